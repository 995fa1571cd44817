package dev.hearth.perf.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What disturbed the machine while the rounds of a cell ran.
 *
 * <p>
 * Processor time that others had, or that the machine around took, counts whether or not it changed the figures: who is
 * slowed down by it is a matter of luck. So does a fixed piece of arithmetic, timed in front of the rounds, that takes
 * longer than it did at its best in this run. Rounds that differ much among themselves are told apart from that, as the
 * spread of a row: interleaved rounds may still give a ratio.
 *
 * @param lost     part of the time of all processors that went to others
 * @param slowdown how many times as long as at its best the arithmetic took
 */
record Noise(double lost, double slowdown) {
    /** Above this part the figures are not to be trusted. */
    static final double MOST_LOST = 0.05;
    /** Above this factor neither. */
    static final double MOST_SLOWDOWN = 1.25;

    /** None. */
    static final Noise NONE = new Noise(0, 1);

    /** Whether figures measured beside it are not to be trusted. */
    boolean isTooMuch() {
        return lost > MOST_LOST || slowdown > MOST_SLOWDOWN;
    }

    /** What it was, in words. */
    String text() {
        List<String> parts = new ArrayList<>();
        if (lost > MOST_LOST) {
            parts.add(String.format(Locale.ROOT, "%.0f %% of the processors' time went to others", 100 * lost));
        }
        if (slowdown > MOST_SLOWDOWN) {
            parts.add(String.format(Locale.ROOT, "arithmetic took %.2f times as long as at its best", slowdown));
        }
        return String.join(", ", parts);
    }
}
