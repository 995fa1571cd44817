package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How much of a skewed stream of requests the store answers, beside an exact LRU that may fill the whole capacity with
 * values: free and open segments, headers and what is dead count against the store.
 */
class HitRatioTest {
    private static final long SEED = 7;
    private static final int VALUE_BYTES = 16 << 10;
    private static final int KEYS = 20_000;
    private static final int WARM_UP = 20_000;
    private static final int REQUESTS = 40_000;
    private static final HearthOptions OPTIONS = HearthOptions.defaults().capacityBytes(32 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(20_000);

    @TempDir
    Path temporary;

    /** Keys by their rank, drawn with probability 1 / rank^0.99. */
    static final class Zipf {
        private final double[] sums;
        private final List<Integer> keys = new ArrayList<>();
        private final Random random;

        Zipf(int count, double exponent, Random random) {
            this.random = random;
            sums = new double[count];
            double sum = 0;
            for (int rank = 0; rank < count; rank++) {
                sum += Math.pow(rank + 1.0, -exponent);
                sums[rank] = sum;
                keys.add(rank);
            }
            Collections.shuffle(keys, random);
        }

        int next() {
            int at = Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
            return keys.get(Math.min(sums.length - 1, at < 0 ? -at - 1 : at));
        }
    }

    /** The exact least recently used order. */
    static final class Lru {
        private final Map<Integer, Boolean> order = new LinkedHashMap<>(16, 0.75f, true);
        private final long capacity;

        Lru(long capacity) {
            this.capacity = capacity;
        }

        boolean request(int key) {
            if (order.get(key) != null) {
                return true;
            }
            order.put(key, true);
            if (order.size() > capacity) {
                order.remove(order.keySet().iterator().next());
            }
            return false;
        }
    }

    private double hitRatio(Namespace namespace, Zipf zipf, Lru lru, double[] ofLru) {
        byte[] value = new byte[VALUE_BYTES];
        new Random(SEED).nextBytes(value);
        MemorySegment target = MemorySegment.ofArray(new byte[VALUE_BYTES]);
        long hits = 0;
        long lruHits = 0;
        for (int i = -WARM_UP; i < REQUESTS; i++) {
            int key = zipf.next();
            MemorySegment name = Keys.utf8("k" + key);
            boolean hit = namespace.read(name, 0, target) != Namespace.ABSENT;
            if (hit) {
                assertTrue(target.get(ValueLayout.JAVA_INT_UNALIGNED, 0) == key, "the value of another key");
            } else {
                MemorySegment.ofArray(value).set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
                namespace.put(name, MemorySegment.ofArray(value), PutOptions.of(Kind.ACTIVATION));
            }
            boolean lruHit = lru.request(key);
            hits += i >= 0 && hit ? 1 : 0;
            lruHits += i >= 0 && lruHit ? 1 : 0;
        }
        ofLru[0] = 100.0 * lruHits / REQUESTS;
        return 100.0 * hits / REQUESTS;
    }

    @Test
    void clock_onAZipfStream_isWithinOnePointOfExactLru() {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), OPTIONS)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            double[] lru = new double[1];
            double ratio = hitRatio(namespace, new Zipf(KEYS, 0.99, new Random(SEED)),
                    new Lru(OPTIONS.capacityBytes() / VALUE_BYTES), lru);
            String result = String.format("hearth=%.2f lru=%.2f seed=%d", ratio, lru[0], SEED);
            double movedPerPut = (double) hearth.stats().counter("bytesMoved") / hearth.stats().counter("bytesStored");
            assertTrue(movedPerPut < 0.7, result + " movedPerPut=" + movedPerPut);
            assertTrue(ratio > lru[0] - 1, result);
        }
    }
}
