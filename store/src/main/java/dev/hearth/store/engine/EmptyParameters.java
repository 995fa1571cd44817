package dev.hearth.store.engine;

import dev.hearth.store.segment.SegmentStates.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Finds segments of parameters in which nothing seems to be any more. Any thread.
 *
 * <p>
 * It remembers of each segment a line of its directory whose entry was there, so that looking again costs one look-up;
 * entries in front of it are gone for good. What it finds is only worth a closer look: a directory line may be lost.
 * One that proved not to be empty is not named again in its generation.
 */
final class EmptyParameters {
    private static final int LINE_BITS = 20;
    /** Stands for a line of a segment that only seems to be empty. */
    private static final int NOT_EMPTY = (1 << LINE_BITS) - 1;
    private final MarkSegments segments;
    private final ParameterMoves moves;
    /** Lower bits of the generation, and a line of it that was seen alive. */
    private final AtomicLongArray seen;

    EmptyParameters(MarkSegments segments, ParameterMoves moves) {
        this.segments = segments;
        this.moves = moves;
        this.seen = new AtomicLongArray(segments.count());
    }

    /** Releases all it finds; whether there was any. */
    boolean release(Sweep sweep) {
        List<Integer> found = new ArrayList<>();
        for (int segment = 0; segment < segments.count(); segment++) {
            if (segments.state(segment) == State.SEALED && moves.isMovable(segment) && isEmpty(sweep, segment)) {
                found.add(segment);
            }
        }
        if (found.isEmpty()) {
            return false;
        }
        long[] generations = found.stream().mapToLong(segments::generation).toArray();
        boolean released = moves.releaseEmpty(found, sweep) > 0;
        for (int i = 0; i < generations.length; i++) {
            int segment = found.get(i);
            if (segments.generation(segment) == generations[i] && moves.isMovable(segment)) {
                seen.set(segment, generations[i] << LINE_BITS | NOT_EMPTY);
            }
        }
        return released;
    }

    private boolean isEmpty(Sweep sweep, int segment) {
        long generation = segments.generation(segment) << LINE_BITS;
        long word = seen.get(segment);
        int from = (word & -(1L << LINE_BITS)) == generation ? (int) (word & (1 << LINE_BITS) - 1) : 0;
        if (from == NOT_EMPTY) {
            return false;
        }
        int live = sweep.firstLive(segment, from);
        if (live < 0) {
            // A line in front of it may have been written late: by a put that took long.
            live = from == 0 ? -1 : sweep.firstLive(segment, 0);
        }
        if (live >= 0) {
            seen.set(segment, generation | live);
        }
        return live < 0;
    }
}
