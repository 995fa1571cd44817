package dev.hearth.perf.compare;

import java.util.List;

/**
 * One line of the table that rounds in worker processes fill.
 *
 * @param metric   its name, stable over time
 * @param title    what it says to people
 * @param scenario what lies in the stores
 * @param work     what an operation does
 * @param threads  how many threads do it in each process
 * @param skewed   whether keys are drawn by Zipf's law (0.99) instead of uniformly
 * @param peers    who does it: Hearth or a variant of it first
 * @param goal     what it should come to
 */
record Cell(String metric, String title, Scenario scenario, Work work, int threads, boolean skewed, List<String> peers,
        Goal goal) {
    /** Of processes, that is what the values are told in. */
    private static final String MILLIS = "ms";
    private static final String NANOS = "ns";

    /** One thread, uniform keys. */
    static Cell of(String metric, String title, Scenario scenario, Work work, Goal goal, String... peers) {
        return new Cell(metric, title, scenario, work, 1, false, List.of(peers), goal);
    }

    /** With another number of threads. */
    Cell threads(int newThreads) {
        return new Cell(metric, title, scenario, work, newThreads, skewed, peers, goal);
    }

    /** With another goal for what is measured anyhow, under another name. */
    Cell again(String newMetric, String newTitle, Goal newGoal) {
        return new Cell(newMetric, newTitle, scenario, work, threads, skewed, peers, newGoal);
    }

    /** The unit of its values. */
    String unit() {
        return work == Work.ATTACH ? MILLIS : NANOS;
    }

    /** How many nanoseconds its unit has. */
    double unitNanos() {
        return work == Work.ATTACH ? 1e6 : 1;
    }

    /** With keys by Zipf's law. */
    Cell zipf() {
        return new Cell(metric, title, scenario, work, threads, true, peers, goal);
    }
}
