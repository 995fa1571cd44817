package dev.hearth.perf.compare;

import org.jspecify.annotations.Nullable;

/**
 * What a cell should come to.
 *
 * @param against what the ratio is taken against: a peer; another metric of Hearth, written {@code hearth:METRIC}; or
 *                {@link #BEST}
 * @param atLeast how many times as good as that Hearth should be; null for no goal
 */
record Goal(String against, @Nullable Double atLeast) {
    /** The best of the peers in the row. */
    static final String BEST = "best peer";
    private static final String OWN = "hearth:";

    /** At least {@code factor} times as good as {@code against}. */
    static Goal atLeast(double factor, String against) {
        return new Goal(against, factor);
    }

    /** The ratio to {@code against} is told, and that is all. */
    static Goal none(String against) {
        return new Goal(against, null);
    }

    /** Against another metric of Hearth itself. */
    static Goal ofOwn(double factor, String metric) {
        return new Goal(OWN + metric, factor);
    }

    /** The metric of Hearth it is taken against; null if it is a peer. */
    @Nullable
    String ownMetric() {
        return against.startsWith(OWN) ? against.substring(OWN.length()) : null;
    }

    /** As the table has it. */
    String text() {
        return atLeast == null ? "" : "≥ " + Numbers.of(atLeast) + " × " + against.replace(OWN, "own ");
    }
}
