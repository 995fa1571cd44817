package dev.hearth.perf.replay;

import java.util.Arrays;

/**
 * What a replay of a trace found.
 *
 * @param requests        requests
 * @param blockReferences blocks of all requests
 * @param prefixHits      blocks that were present with all before them
 * @param meanNs          mean time of a request
 * @param p99Ns           time that 99 of 100 requests do not exceed
 */
record ReplayResult(long requests, long blockReferences, long prefixHits, double meanNs, long p99Ns) {
    /** Prefix hits over references, 0 to 1; 0 without references. */
    double hitRatio() {
        return blockReferences == 0 ? 0 : (double) prefixHits / blockReferences;
    }

    /** Collects the requests of one replay. */
    static final class Builder {
        private long[] timesNs = new long[1_024];
        private int requests;
        private long references;
        private long hits;

        /** One request. */
        void add(int blocks, int prefixHits, long timeNs) {
            timesNs = requests == timesNs.length ? Arrays.copyOf(timesNs, 2 * requests) : timesNs;
            timesNs[requests++] = timeNs;
            references += blocks;
            hits += prefixHits;
        }

        /** What they come to. */
        ReplayResult build() {
            long[] sorted = Arrays.copyOf(timesNs, requests);
            Arrays.sort(sorted);
            long p99 = requests == 0 ? 0 : sorted[(int) Math.min(requests - 1L, requests * 99L / 100)];
            return new ReplayResult(requests, references, hits, Arrays.stream(sorted).average().orElse(0), p99);
        }
    }
}
