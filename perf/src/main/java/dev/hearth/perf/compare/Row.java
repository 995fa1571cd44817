package dev.hearth.perf.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of the table.
 *
 * @param metric  its name, stable over time
 * @param title   what it says to people
 * @param unit    of the values of Hearth and of the peers
 * @param hearth  Hearth's rounds
 * @param peers   those of the peers by name, in the order of the cell
 * @param against what the ratio is taken against; empty if there is none
 * @param ratio   how many times as good Hearth is as that
 * @param goal    what it should come to; empty for no goal
 * @param reached whether it does
 * @param noise   what went on while it was measured
 */
record Row(String metric, String title, String unit, Sample hearth, Map<String, Sample> peers, String against,
        @Nullable Double ratio, String goal, @Nullable Boolean reached, Noise noise) {

    /** A row in which less is better, held to a goal. */
    static Row judged(Cell cell, Sample hearth, Map<String, Sample> peers, Noise noise, Map<String, Row> done) {
        Goal goal = cell.goal();
        String against = goal.against();
        Double ratio = null;
        String own = goal.ownMetric();
        if (own != null) {
            Row other = done.get(own);
            ratio = other == null ? null : Double.valueOf(other.hearth().median() / hearth.median());
        } else {
            against = against.equals(Goal.BEST) ? best(peers) : against;
            Sample other = peers.get(against);
            ratio = other == null ? null : Double.valueOf(hearth.ratioOf(other));
        }
        return new Row(cell.metric(), cell.title(), cell.unit(), hearth, new LinkedHashMap<>(peers),
                ratio == null ? "" : against, ratio, goal.text(), reached(goal, hearth, ratio, done), noise);
    }

    private static @Nullable Boolean reached(Goal goal, Sample hearth, @Nullable Double ratio, Map<String, Row> done) {
        Double most = goal.atMost();
        if (most != null) {
            return hearth.median() <= most;
        }
        Double least = goal.atLeast();
        Double scale = goal.kept() == null ? Double.valueOf(1) : ratioOf(done.get(goal.kept()));
        return (ratio == null || least == null || scale == null) ? null : Boolean.valueOf(ratio >= least * scale);
    }

    private static @Nullable Double ratioOf(@Nullable Row row) {
        return row == null ? null : row.ratio();
    }

    private static String best(Map<String, Sample> peers) {
        String best = "";
        double least = Double.POSITIVE_INFINITY;
        for (Map.Entry<String, Sample> peer : peers.entrySet()) {
            if (peer.getValue().median() < least) {
                least = peer.getValue().median();
                best = peer.getKey();
            }
        }
        return best;
    }

    /** Whether the machine was steady enough for this. */
    boolean isTrusted() {
        return !noise.isTooMuch();
    }

    /** The larger spread of the two that the ratio compares. */
    double spread() {
        Sample other = peers.get(against);
        return other == null ? hearth.spread() : Math.max(hearth.spread(), other.spread());
    }
}
