package dev.hearth.perf.compare;

/**
 * What a round took.
 *
 * @param operations     operations of all threads
 * @param nanos          time of one operation of one thread
 * @param allocatedBytes what the threads allocated on the heap, for each operation
 */
record Round(long operations, double nanos, double allocatedBytes) {
    /** As a worker writes it. */
    String line() {
        return "round " + operations + " " + nanos + " " + allocatedBytes;
    }

    /** What {@link #line} wrote. */
    static Round parse(String line) {
        String[] parts = line.split(" ", -1);
        if (parts.length != 4 || !parts[0].equals("round")) {
            throw new IllegalStateException("a worker answered " + line);
        }
        return new Round(Long.parseLong(parts[1]), Double.parseDouble(parts[2]), Double.parseDouble(parts[3]));
    }
}
