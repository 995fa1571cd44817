package dev.hearth.store.model;

import dev.hearth.store.HearthOptions;

/**
 * How large a model run is.
 *
 * @param seed      of all that is random
 * @param processes how many
 * @param threads   of each process
 * @param seconds   how long
 * @param keys      how many
 * @param leases    that a thread keeps open at the most
 */
record ModelSettings(long seed, int processes, int threads, int seconds, int keys, int leases) {
    /** All threads of all processes. */
    int workers() {
        return processes * threads;
    }

    /** A store in which about a third of the activations has room. */
    HearthOptions options() {
        return HearthOptions.defaults().capacityBytes(24 << 20).segmentBytes(256 << 10).pageBytes(16 << 10)
                .maxEntries(4L * keys).frameBytes(4 << 20);
    }

    String text() {
        return seed + "," + processes + "," + threads + "," + seconds + "," + keys + "," + leases;
    }

    static ModelSettings parse(String text) {
        String[] parts = text.split(",", -1);
        return new ModelSettings(Long.parseLong(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]), Integer.parseInt(parts[4]), Integer.parseInt(parts[5]));
    }
}
