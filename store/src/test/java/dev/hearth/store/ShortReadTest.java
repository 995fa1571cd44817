package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copying reads, which go a short way if they can: whichever they go, what comes is the same. */
@Timeout(300)
class ShortReadTest {
    private static final long SEED = 20_261_123L;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20).segmentBytes(256 << 10)
            .pageBytes(16 << 10).maxEntries(20_000);
    private static final MemorySegment KEY = Keys.utf8("k");
    private static final int VALUE_BYTES = 50_000;

    @TempDir
    Path temporary;

    private Hearth open() {
        return Hearth.open(temporary.resolve("store"), SMALL);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(SEED + length).nextBytes(bytes);
        return bytes;
    }

    private static Namespace put(Hearth hearth, byte[] value, Storage storage) {
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        namespace.put(KEY, MemorySegment.ofArray(value), PutOptions.of(Kind.PARAMETER).storage(storage));
        return namespace;
    }

    private static byte[] read(Namespace namespace, long offset, int most) {
        byte[] target = new byte[most];
        long count = namespace.read(KEY, offset, MemorySegment.ofArray(target));
        return Arrays.copyOf(target, Math.toIntExact(count));
    }

    private static void assertReads(Namespace namespace, byte[] value) {
        Random random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            int offset = i % 5 == 0 ? value.length - i / 5 : random.nextInt(value.length);
            int most = i % 3 == 0 ? value.length : random.nextInt(VALUE_BYTES);
            byte[] expected = Arrays.copyOfRange(value, offset, Math.min(value.length, offset + most));
            assertArrayEquals(expected, read(namespace, offset, most), "seed=" + SEED + " i=" + i);
        }
        assertEquals(0, read(namespace, value.length + 10L, 10).length);
    }

    @Test
    void read_anyRangeOfAnyValue_givesItsBytes() {
        try (Hearth hearth = open()) {
            for (Storage storage : List.of(Storage.IN_PLACE, Storage.COMPACT)) {
                for (int length : new int[]{VALUE_BYTES, 1 << 20, (1 << 20) + 1}) {
                    byte[] value = bytes(length);
                    assertReads(put(hearth, value, storage), value);
                }
            }
        }
    }

    @Test
    void read_eachTime_isCounted() {
        try (Hearth hearth = open()) {
            Namespace namespace = put(hearth, bytes(VALUE_BYTES), Storage.IN_PLACE);
            long hits = hearth.stats().counter("hits");
            long bytes = hearth.stats().counter("bytesRead");
            for (int i = 1; i <= 10; i++) {
                assertEquals(1_000, read(namespace, 0, 1_000).length);
                assertEquals(hits + i, hearth.stats().counter("hits"));
                assertEquals(bytes + 1_000L * i, hearth.stats().counter("bytesRead"));
            }
        }
    }

    @Test
    void read_byMoreThreadsThanThereAreShortWays_givesItsBytes() throws Exception {
        try (Hearth hearth = open()) {
            byte[] value = bytes(VALUE_BYTES);
            Namespace namespace = put(hearth, value, Storage.IN_PLACE);
            CountDownLatch all = new CountDownLatch(150);
            List<Callable<Boolean>> readers = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                readers.add(() -> {
                    all.countDown();
                    all.await();
                    for (int round = 0; round < 20; round++) {
                        assertArrayEquals(value, read(namespace, 0, VALUE_BYTES));
                    }
                    return true;
                });
            }
            for (ExecutorService executor : List.of(Executors.newCachedThreadPool(),
                    Executors.newVirtualThreadPerTaskExecutor())) {
                try (executor) {
                    for (Future<Boolean> done : executor.invokeAll(readers)) {
                        assertTrue(done.get());
                    }
                }
            }
        }
    }

    /** Segments are used again and again under the readers: the value of a key is one byte, over and over. */
    @Test
    void read_whileEverythingIsEvictedAndReplaced_givesWholeValues() throws Exception {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL.capacityBytes(2 << 20));
                ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            AtomicBoolean over = new AtomicBoolean();
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(executor.submit(() -> readWhole(namespace, over)));
            }
            try {
                Random random = new Random(SEED);
                for (int i = 0; i < 2_000; i++) {
                    byte[] value = new byte[20_000];
                    Arrays.fill(value, (byte) (1 + i % 100));
                    namespace.put(Keys.utf8("key " + random.nextInt(150)), MemorySegment.ofArray(value),
                            PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE));
                }
            } finally {
                over.set(true);
            }
            int hits = 0;
            for (Future<Integer> reader : readers) {
                hits += reader.get();
            }
            assertTrue(hits > 500 && hearth.stats().counter("evictions") > 500, "hits=" + hits);
        }
    }

    private static int readWhole(Namespace namespace, AtomicBoolean over) {
        byte[] target = new byte[20_000];
        MemorySegment bytes = MemorySegment.ofArray(target);
        int hits = 0;
        for (int key = 0; !over.get(); key = (key + 1) % 150) {
            long count = namespace.read(Keys.utf8("key " + key), 0, bytes);
            if (count != Namespace.ABSENT) {
                assertEquals(target.length, count);
                byte first = target[0];
                for (byte each : target) {
                    assertEquals(first, each);
                }
                hits++;
            }
        }
        return hits;
    }

    @Test
    void read_whileTheStoreIsClosed_isWholeOrSaysSo() throws Exception {
        byte[] value = bytes(VALUE_BYTES);
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 20; round++) {
                Hearth hearth = open();
                Namespace namespace = put(hearth, value, Storage.IN_PLACE);
                CountDownLatch reading = new CountDownLatch(2);
                List<Future<HearthException.Closed>> readers = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    readers.add(executor.submit(() -> {
                        assertArrayEquals(value, read(namespace, 0, VALUE_BYTES));
                        reading.countDown();
                        return assertThrows(HearthException.Closed.class, () -> {
                            while (true) {
                                assertArrayEquals(value, read(namespace, 0, VALUE_BYTES));
                            }
                        });
                    }));
                }
                reading.await();
                hearth.close();
                for (Future<HearthException.Closed> reader : readers) {
                    assertTrue(String.valueOf(reader.get().getMessage()).contains("closed"));
                }
            }
        }
    }

    @Test
    void read_intoWhatCannotBeWritten_isRefusedAndTheNextIsNot() {
        try (Hearth hearth = open()) {
            byte[] value = bytes(VALUE_BYTES);
            Namespace namespace = put(hearth, value, Storage.IN_PLACE);
            assertArrayEquals(value, read(namespace, 0, VALUE_BYTES));
            MemorySegment readOnly = MemorySegment.ofArray(new byte[10]).asReadOnly();
            assertThrows(IllegalArgumentException.class, () -> namespace.read(KEY, 0, readOnly));
            assertArrayEquals(value, read(namespace, 0, VALUE_BYTES));
        }
    }
}
