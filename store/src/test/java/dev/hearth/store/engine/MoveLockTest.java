package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.LockBytes;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Puts that need room while somebody else has the lock of those who move parameters. */
class MoveLockTest {
    private static final int LIMIT_MS = 300;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(2 << 20).segmentBytes(256 << 10)
            .pageBytes(16 << 10).maxEntries(1_000).lockTimeoutMs(LIMIT_MS);
    private static final MemorySegment VALUE = MemorySegment.ofArray(new byte[50_000]);

    @TempDir
    Path temporary;

    private static void put(Namespace namespace, int key) {
        namespace.put(MemorySegment.ofArray(("k" + key).getBytes(StandardCharsets.UTF_8)), VALUE,
                PutOptions.of(Kind.PARAMETER));
    }

    /** Puts until no more parameters fit; returns how many there are. */
    private static int fill(Namespace namespace) {
        for (int key = 0;; key++) {
            try {
                put(namespace, key);
            } catch (HearthException.Full e) {
                return key;
            }
        }
    }

    @Test
    void put_whileSomebodyElseMovesForAllOfTheLimit_isBusyAndNotFull() {
        Path store = temporary.resolve("store");
        try (Hearth hearth = Hearth.open(store, SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int full = fill(namespace);
            assertTrue(full > 10, "full=" + full);
            try (StoreDirectory directory = StoreDirectory.open(store);
                    OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
                assertTrue(locks.lock(LockBytes.MOVE, 10_000));
                long startNs = System.nanoTime();
                assertThrows(HearthException.Busy.class, () -> put(namespace, full));
                long waitedMs = (System.nanoTime() - startNs) / 1_000_000;
                assertTrue(waitedMs >= LIMIT_MS, "waitedMs=" + waitedMs);
                assertEquals(full, hearth.stats().entries());
            }
            assertThrows(HearthException.Full.class, () -> put(namespace, full));
        }
    }

    /** What is left free to move into is taken if that is of no use, without waiting for who may be making some. */
    @Test
    void put_whileSomebodyElseMovesAndThereIsRoom_doesNotWaitForHim() {
        Path store = temporary.resolve("store");
        int limitMs = 30_000;
        HearthOptions options = SMALL.capacityBytes(6 << 20).lockTimeoutMs(limitMs);
        MemorySegment large = MemorySegment.ofArray(new byte[300_000]);
        try (Hearth hearth = Hearth.open(store, options)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (StoreDirectory directory = StoreDirectory.open(store);
                    OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
                assertTrue(locks.lock(LockBytes.MOVE, 10_000));
                long startNs = System.nanoTime();
                int values = 0;
                for (; hearth.stats().freeSegments() > 3; values++) {
                    namespace.put(MemorySegment.ofArray(new byte[]{(byte) values}), large,
                            PutOptions.of(Kind.PARAMETER));
                }
                long tookMs = (System.nanoTime() - startNs) / 1_000_000;
                assertTrue(tookMs < limitMs, "tookMs=" + tookMs);
                assertTrue(values >= 14, "values=" + values);
            }
        }
    }
}
