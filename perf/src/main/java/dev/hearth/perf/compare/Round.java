package dev.hearth.perf.compare;

/**
 * What a round took.
 *
 * @param operations     operations of all threads
 * @param nanos          time of one operation of one thread
 * @param allocatedBytes what the threads allocated on the heap, for each operation
 * @param missShare      part of the lookups that found nothing, where that is told; else 0
 */
record Round(long operations, double nanos, double allocatedBytes, double missShare) {
    /** As a worker writes it. */
    String line() {
        return "round " + operations + " " + nanos + " " + allocatedBytes + " " + missShare;
    }

    /** What {@link #line} wrote. */
    static Round parse(String line) {
        String[] parts = line.split(" ", -1);
        if (parts.length != 5 || !parts[0].equals("round")) {
            throw new IllegalStateException("a worker answered " + line);
        }
        return new Round(Long.parseLong(parts[1]), Double.parseDouble(parts[2]), Double.parseDouble(parts[3]),
                Double.parseDouble(parts[4]));
    }
}
