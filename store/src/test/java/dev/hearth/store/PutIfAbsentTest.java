package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Puts where nothing is there. */
@Timeout(300)
class PutIfAbsentTest extends ComputeFixture {
    @Test
    void putIfAbsent_presentAbsentAndExpired_putsOnlyWhereThereIsNone() {
        MemorySegment first = value(100, 1);
        long version = namespace.putIfAbsent(KEY, first, ACTIVATION).orElseThrow();
        assertEquals(version, namespace.find(KEY).orElseThrow().version());
        assertTrue(namespace.putIfAbsent(KEY, value(100, 2), ACTIVATION).isEmpty());
        try (Lease lease = namespace.get(KEY)) {
            assertNotNull(lease);
            assertArrayEquals(toBytes(first), toBytes(lease));
        }
        assertEquals(1, hearth.stats().counters().get("puts"));
        assertTrue(namespace.remove(KEY));
        assertTrue(namespace.putIfAbsent(KEY, value(100, 3), ACTIVATION.expiresAtMs(1)).isPresent());
        assertTrue(namespace.putIfAbsent(KEY, value(100, 4), ACTIVATION).isPresent());
        assertThrows(IllegalArgumentException.class, () -> namespace.putIfAbsent(KEY, value(3, 1),
                ACTIVATION.spec(TensorSpec.of(DType.F32, 1))));
    }

    @Test
    void putIfAbsent_manyThreads_oneOfThemPuts() throws Exception {
        for (int round = 0; round < 200; round++) {
            MemorySegment key = Keys.utf8("round " + round);
            CountDownLatch go = new CountDownLatch(1);
            List<Future<Boolean>> all = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                all.add(threads.submit(() -> {
                    await(go);
                    return namespace.putIfAbsent(key, value(3_000, 1), ACTIVATION).isPresent();
                }));
            }
            go.countDown();
            int put = 0;
            for (Future<Boolean> one : all) {
                put += one.get() ? 1 : 0;
            }
            assertEquals(1, put, "round=" + round);
        }
        assertTrue(hearth.verify(Progress.NONE).isSound());
    }
}
