package dev.hearth.perf.compare;

import org.jspecify.annotations.Nullable;

/**
 * What a cell should come to.
 *
 * @param against what the ratio is taken against: a peer; another metric of Hearth, written {@code hearth:METRIC}; or
 *                {@link #BEST}; or nothing, if there is only a limit
 * @param atLeast how many times as good as that Hearth should be; null for no goal
 * @param kept    the metric whose ratio is kept to that part; null if the ratio itself is what counts
 * @param atMost  the most that Hearth's own value may be, in the unit of the row; null for no limit
 */
record Goal(String against, @Nullable Double atLeast, @Nullable String kept, @Nullable Double atMost) {
    /** The best of the peers in the row. */
    static final String BEST = "best peer";
    private static final String OWN = "hearth:";

    /** At least {@code factor} times as good as {@code against}. */
    static Goal atLeast(double factor, String against) {
        return new Goal(against, factor, null, null);
    }

    /** The ratio to {@code against} is told, and that is all. */
    static Goal none(String against) {
        return new Goal(against, null, null, null);
    }

    /** Against another metric of Hearth itself. */
    static Goal ofOwn(double factor, String metric) {
        return new Goal(OWN + metric, factor, null, null);
    }

    /** The ratio to {@code against} is at least {@code factor} times the one in another metric: both scale alike. */
    static Goal kept(double factor, String against, String metric) {
        return new Goal(against, factor, metric, null);
    }

    /** Hearth's own value is at most so much. */
    static Goal atMost(double value) {
        return new Goal("", null, null, value);
    }

    /** The metric of Hearth it is taken against; null if it is a peer. */
    @Nullable
    String ownMetric() {
        return against.startsWith(OWN) ? against.substring(OWN.length()) : null;
    }

    /** As the table has it. */
    String text() {
        Double most = atMost;
        if (most != null) {
            return "≤ " + Numbers.of(most);
        }
        Double least = atLeast;
        if (least == null) {
            return "";
        }
        return "≥ " + Numbers.of(least) + " × "
                + (kept == null ? against.replace(OWN, "own ") : "the ratio of " + kept);
    }
}
