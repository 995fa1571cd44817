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
    /** One thread, uniform keys. */
    static Cell of(String metric, String title, Scenario scenario, Work work, Goal goal, String... peers) {
        return new Cell(metric, title, scenario, work, 1, false, List.of(peers), goal);
    }

    /** With another number of threads. */
    Cell threads(int newThreads) {
        return new Cell(metric, title, scenario, work, newThreads, skewed, peers, goal);
    }

    /** With keys by Zipf's law. */
    Cell zipf() {
        return new Cell(metric, title, scenario, work, threads, true, peers, goal);
    }
}
