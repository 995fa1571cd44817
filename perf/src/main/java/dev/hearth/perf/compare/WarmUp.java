package dev.hearth.perf.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * When a peer has become as fast as it will be. One thread.
 *
 * <p>
 * A few rounds without improvement say little: compilers get to what is called once in hundreds of operations, and
 * caches to what they have, after seconds in which hardly anything seems to happen. So a peer that has had its usual
 * time, or has done so much that the compiler must be through and stands still, goes on as long as the best round of
 * the last third of the time is clearly better than the best one before: up to {@value #LONGEST} times as long as
 * usual.
 */
final class WarmUp {
    static final int LONGEST = 3;
    private static final int STEADY_ROUNDS = 5;
    /** What is less of an improvement than this from one round to the next is none. */
    private static final double STEP = 0.97;
    /** What is less of an improvement than this over a third of the time is none. */
    private static final double THIRD = 0.97;

    private final long leastOperations;
    private final long usualNanos;
    private final List<Double> rounds = new ArrayList<>();
    private final List<Long> ends = new ArrayList<>();
    private long operations;
    private double best = Double.POSITIVE_INFINITY;
    private int steady;

    /**
     * One that has not begun.
     *
     * @param leastOperations after which the compiler is through with most
     * @param usualNanos      how long a peer has that does not get to so many
     */
    WarmUp(long leastOperations, long usualNanos) {
        this.leastOperations = leastOperations;
        this.usualNanos = usualNanos;
    }

    /**
     * Notes a round.
     *
     * @param count   operations in it
     * @param nanos   how long one of them took
     * @param elapsed nanoseconds since the first round began
     */
    void add(long count, double nanos, long elapsed) {
        operations += count;
        rounds.add(nanos);
        ends.add(elapsed);
        steady = nanos < STEP * best ? 0 : steady + 1;
        best = Math.min(best, nanos);
    }

    /** Whether it is enough. */
    boolean isOver() {
        long elapsed = ends.isEmpty() ? 0 : ends.getLast();
        if (elapsed >= LONGEST * usualNanos) {
            return true;
        }
        boolean usual = elapsed >= usualNanos || (steady >= STEADY_ROUNDS && operations >= leastOperations);
        return usual && !isImproving(elapsed);
    }

    private boolean isImproving(long elapsed) {
        double before = Double.POSITIVE_INFINITY;
        double last = Double.POSITIVE_INFINITY;
        for (int i = 0; i < rounds.size(); i++) {
            if (ends.get(i) <= elapsed / 3 * 2) {
                before = Math.min(before, rounds.get(i));
            } else {
                last = Math.min(last, rounds.get(i));
            }
        }
        return last < THIRD * before;
    }
}
