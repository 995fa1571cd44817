package dev.hearth.perf.compare;

/**
 * What a worker is told to do in a round.
 *
 * @param work       what an operation does
 * @param operations how often each thread does it
 * @param threads    how many threads do it
 * @param skewed     whether keys are drawn by Zipf's law
 * @param seed       makes the order of the keys
 */
record RoundOrder(Work work, long operations, int threads, boolean skewed, long seed) {
    /** As the worker reads it. */
    String line() {
        return "round " + work + " " + operations + " " + threads + " " + skewed + " " + seed;
    }

    /** What {@link #line} wrote. */
    static RoundOrder parse(String line) {
        String[] parts = line.split(" ", -1);
        return new RoundOrder(Work.valueOf(parts[1]), Long.parseLong(parts[2]), Integer.parseInt(parts[3]),
                Boolean.parseBoolean(parts[4]), Long.parseLong(parts[5]));
    }
}
