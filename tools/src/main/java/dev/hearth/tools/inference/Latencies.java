package dev.hearth.tools.inference;

import java.util.Arrays;
import java.util.Collection;

/**
 * What times of requests come to; zeros if there was none.
 *
 * @param count     requests
 * @param meanNanos mean, in ns
 * @param p50Nanos  the time that half of them took at most
 * @param p99Nanos  the time that 99 in 100 took at most, by nearest rank: one that was measured
 */
public record Latencies(int count, long meanNanos, long p50Nanos, long p99Nanos) {
    /** The figures of these times in ns. */
    public static Latencies of(Collection<Long> nanos) {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        if (sorted.length == 0) {
            return new Latencies(0, 0, 0, 0);
        }
        return new Latencies(sorted.length, Math.round(Arrays.stream(sorted).average().orElseThrow()),
                sorted[rank(sorted.length, 50)], sorted[rank(sorted.length, 99)]);
    }

    private static int rank(int count, int percent) {
        return Math.ceilDiv(count * percent, 100) - 1;
    }
}
