package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.BitSet;
import java.util.function.IntUnaryOperator;

/**
 * Chooses adjacent segments to be freed for a run: those of which the most are free already, from the front of the
 * file, where parameters grow from. Reads the segment table only.
 */
final class Windows {
    private Windows() {}

    /**
     * The first of the {@code wanted} segments that are the cheapest to free; -1 if none can be.
     *
     * @param parameterCost what it costs to move a segment of parameters, in segments; -1 if it cannot be
     */
    static int cheapest(MarkSegments segments, int wanted, BitSet unusable, IntUnaryOperator parameterCost) {
        int best = -1;
        int bestCost = Integer.MAX_VALUE;
        int usable = 0;
        int cost = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            if (cost(segments, segment, unusable, parameterCost) < 0) {
                usable = 0;
                cost = 0;
                continue;
            }
            cost += cost(segments, segment, unusable, parameterCost);
            if (usable == wanted) {
                cost -= cost(segments, segment - wanted, unusable, parameterCost);
            } else {
                usable++;
            }
            if (usable == wanted && cost < bestCost && cost > 0) {
                best = segment - wanted + 1;
                bestCost = cost;
            }
        }
        return best;
    }

    /** 0 if it is free, -1 if it cannot be freed. */
    private static int cost(MarkSegments segments, int segment, BitSet unusable,
            IntUnaryOperator parameterCost) {
        int head = head(segments, segment);
        if (unusable.get(segment) || unusable.get(head)) {
            return -1;
        }
        State state = segments.state(head);
        if (state == State.FREE) {
            return 0;
        }
        if (state != State.SEALED) {
            return -1;
        }
        return segments.kind(head) == Kind.ACTIVATION ? 1 : parameterCost.applyAsInt(head);
    }

    /** The head of the run that a segment is in: itself if it stands alone. */
    static int head(MarkSegments segments, int segment) {
        return segments.state(segment) == State.RUN_MEMBER ? segments.headOf(segment) : segment;
    }
}
