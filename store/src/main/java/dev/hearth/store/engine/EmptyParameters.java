package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Finds sealed segments of parameters in which nothing is any more. Any thread.
 *
 * <p>
 * It remembers of each segment a line whose entry was there, so that looking again costs one look-up; entries in front
 * of it are gone for good.
 */
final class EmptyParameters {
    private static final int LINE_BITS = 20;
    private final MarkSegments segments;
    /** Lower bits of the generation, and a line of it that was seen alive. */
    private final AtomicLongArray seen;

    EmptyParameters(MarkSegments segments) {
        this.segments = segments;
        this.seen = new AtomicLongArray(segments.count());
    }

    /** Releases all it finds; whether there was any. */
    boolean release(Sweep sweep) {
        boolean released = false;
        for (int segment = 0; segment < segments.count(); segment++) {
            if (segments.state(segment) == State.SEALED && segments.kind(segment) == Kind.PARAMETER
                    && isEmpty(sweep, segment)) {
                released |= sweep.releaseEmpty(segment);
            }
        }
        return released;
    }

    private boolean isEmpty(Sweep sweep, int segment) {
        long generation = segments.generation(segment) << LINE_BITS;
        long word = seen.get(segment);
        int from = (word & -(1L << LINE_BITS)) == generation ? (int) (word & (1 << LINE_BITS) - 1) : 0;
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
