package dev.hearth.store.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Hearth;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.StoreStats;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether all space of a store is accounted for: what is free, live, dead and held is its capacity, of each segment
 * and of all.
 */
final class SpaceAccount {
    private static final long LIMIT_NS = 240_000_000_000L;
    private static final long LOOK_NS = 20_000_000;
    private static final Set<String> QUIET = Set.of("free", "open", "sealed");

    private SpaceAccount() {}

    /** Waits until the accounts of a store to which nobody puts are in order, as background work comes to an end. */
    static void await(Hearth hearth) {
        long endNs = System.nanoTime() + LIMIT_NS;
        String problem = problem(hearth);
        while (!problem.isEmpty() && System.nanoTime() < endNs) {
            LockSupport.parkNanos(LOOK_NS);
            problem = problem(hearth);
        }
        assertTrue(problem.isEmpty(), problem);
    }

    /** What does not add up; empty if all does. */
    private static String problem(Hearth hearth) {
        StoreStats stats = hearth.stats();
        List<SegmentInfo> segments = hearth.segments();
        StringBuilder problems = new StringBuilder();
        long run = 0;
        long stored = 0;
        long entries = 0;
        for (SegmentInfo segment : segments) {
            run += segment.run();
            stored += segment.storedBytes();
            entries += segment.entries();
            if (segment.storedBytes() > segment.givenBytes()
                    || segment.givenBytes() > segment.run() * stats.segmentBytes() || !QUIET.contains(segment.state())
                    || (segment.state().equals("free") && segment.storedBytes() != 0)) {
                problems.append(segment).append('\n');
            }
        }
        long sum = stats.freeBytes() + stats.storedBytes() + stats.deadBytes() + stats.heldBytes();
        // The manifests of groups are in segments, but no entries of anybody.
        if (run != stats.segments() || stored != stats.storedBytes() || entries < stats.entries()
                || sum != stats.capacityBytes() || stats.heldBytes() != 0) {
            problems.append("segments=").append(run).append(" stored=").append(stored).append(" entries=")
                    .append(entries).append(" sum=").append(sum).append(' ').append(stats);
        }
        return problems.toString();
    }
}
