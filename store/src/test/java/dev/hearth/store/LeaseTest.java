package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import dev.hearth.store.testing.Garbage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(10_000);

    @TempDir
    Path temporary;

    private Hearth open() {
        return open(SMALL);
    }

    private Hearth open(HearthOptions options) {
        return Hearth.open(temporary.resolve("store"), options);
    }

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static long put(Namespace namespace, String key, byte[] value, Storage storage) {
        return namespace.put(Keys.utf8(key), MemorySegment.ofArray(value),
                PutOptions.of(Kind.PARAMETER).storage(storage));
    }

    private static Lease get(Namespace namespace, String key) {
        Lease lease = namespace.get(Keys.utf8(key));
        assertNotNull(lease, key);
        return lease;
    }

    private static byte[] toBytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Values of every length that matters, of both storages, compressible or not. */
    private static List<byte[]> values() {
        List<byte[]> values = new ArrayList<>();
        for (int length : new int[]{0, 1, 63, 64, 65, 4095, 4096, 4097, 16383, 16384, 16385, 40_000, 1 << 20,
                3_000_000}) {
            values.add(bytes(length, length));
            byte[] flat = new byte[length];
            java.util.Arrays.fill(flat, (byte) length);
            values.add(flat);
        }
        return values;
    }

    @Test
    void get_valuesOfEverySizeAndStorage_showsTheirBytes() {
        List<byte[]> values = values();
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Lease reused = hearth.newLease();
            for (Storage storage : Storage.values()) {
                for (int i = 0; i < values.size(); i++) {
                    String key = storage + "-" + i;
                    long version = put(namespace, key, values.get(i), storage);
                    for (int round = 0; round < 2; round++) {
                        try (Lease lease = get(namespace, key); Lease shared = namespace.getShared(Keys.utf8(key))) {
                            assertArrayEquals(values.get(i), toBytes(lease.segment()), key);
                            assertTrue(lease.segment().isReadOnly(), key);
                            assertEquals(values.get(i).length, lease.byteSize());
                            assertEquals(version, lease.version());
                            assertEquals(0, lease.segment().address() % 64, key);
                            assertNotNull(shared);
                            assertArrayEquals(values.get(i), toBytes(shared.segment()), key);
                        }
                        assertTrue(namespace.get(Keys.utf8(key), reused), key);
                        assertArrayEquals(values.get(i), toBytes(reused.segment()), key);
                        reused.close();
                    }
                }
            }
        }
    }

    @Test
    void get_ranges_showTheBytesAndPagesOfTheRange() {
        byte[] value = bytes(100_000, 3);
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Random random = new Random(11);
            for (Storage storage : Storage.values()) {
                byte[] stored = value.clone();
                if (storage == Storage.COMPACT) {
                    java.util.Arrays.fill(stored, 0, 50_000, (byte) 7);
                }
                put(namespace, storage.name(), stored, storage);
                for (int i = 0; i < 200; i++) {
                    int from = random.nextInt(value.length + 10);
                    int length = random.nextInt(60_000);
                    int end = Math.min(value.length, from + length);
                    byte[] expected = from >= end ? new byte[0] : java.util.Arrays.copyOfRange(stored, from, end);
                    try (Lease lease = namespace.get(Keys.utf8(storage.name()), from, length)) {
                        assertNotNull(lease);
                        List<Byte> pages = new ArrayList<>();
                        for (int page = 0; page < lease.pageCount(); page++) {
                            for (byte b : toBytes(lease.page(page))) {
                                pages.add(b);
                            }
                        }
                        String where = storage + " from=" + from + " length=" + length;
                        assertEquals(expected.length, pages.size(), where);
                        for (int at = 0; at < expected.length; at++) {
                            assertEquals(expected[at], pages.get(at), where);
                        }
                        assertArrayEquals(expected, toBytes(lease.segment()), where);
                    }
                }
            }
        }
    }

    @Test
    void get_absentKey_isAMiss() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Lease reused = hearth.newLease();
            assertNull(namespace.get(Keys.utf8("k")));
            assertNull(namespace.getShared(Keys.utf8("k")));
            assertFalse(namespace.get(Keys.utf8("k"), reused));
            assertThrows(IllegalStateException.class, reused::segment);
            assertEquals(3, hearth.stats().counters().get("misses"));
        }
    }

    @Test
    void spec_ofALease_isTheTensor() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[24]), TensorSpec.of(DType.F32, 2, 3),
                    Kind.PARAMETER);
            try (Lease lease = get(namespace, "k")) {
                assertEquals(TensorSpec.of(DType.F32, 2, 3), lease.spec());
            }
        }
    }

    @Test
    void lease_whileTheEntryIsReplacedAndRemoved_keepsItsBytes() {
        byte[] value = bytes(50_000, 1);
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "k", value, Storage.IN_PLACE);
            try (Lease lease = get(namespace, "k")) {
                put(namespace, "k", bytes(50_000, 2), Storage.IN_PLACE);
                assertArrayEquals(value, toBytes(lease.segment()));
                assertTrue(namespace.remove(Keys.utf8("k")));
                assertArrayEquals(value, toBytes(lease.segment()));
                assertNull(namespace.get(Keys.utf8("k")));
            }
        }
    }

    @Test
    void segment_usedAfterItsLeaseWasClosed_throws() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "k", new byte[100], Storage.IN_PLACE);
            Lease confined = get(namespace, "k");
            MemorySegment kept = confined.segment();
            confined.close();
            confined.close();
            assertThrows(IllegalStateException.class, () -> kept.get(ValueLayout.JAVA_BYTE, 0));
            assertThrows(IllegalStateException.class, confined::segment);
            assertThrows(IllegalStateException.class, confined::byteSize);
            Lease shared = namespace.getShared(Keys.utf8("k"));
            assertNotNull(shared);
            MemorySegment keptShared = shared.segment();
            shared.close();
            shared.close();
            assertThrows(IllegalStateException.class, () -> keptShared.get(ValueLayout.JAVA_BYTE, 0));
            Lease reused = hearth.newLease();
            assertTrue(namespace.get(Keys.utf8("k"), reused));
            assertThrows(IllegalStateException.class, () -> namespace.get(Keys.utf8("k"), reused), "open already");
            reused.close();
            assertThrows(IllegalStateException.class, reused::segment);
        }
    }

    @Test
    void lease_usedByAnotherThread_throwsUnlessItIsShared() throws Exception {
        try (Hearth hearth = open(); ExecutorService other = Executors.newSingleThreadExecutor()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            byte[] value = bytes(1_000, 4);
            put(namespace, "k", value, Storage.IN_PLACE);
            Lease reused = hearth.newLease();
            assertTrue(namespace.get(Keys.utf8("k"), reused));
            Lease shared = namespace.getShared(Keys.utf8("k"));
            assertNotNull(shared);
            try (Lease confined = get(namespace, "k")) {
                Future<?> done = other.submit(() -> {
                    assertThrows(WrongThreadException.class, confined::segment);
                    assertThrows(WrongThreadException.class, confined::close);
                    assertThrows(WrongThreadException.class, reused::segment);
                    assertThrows(WrongThreadException.class, reused::close);
                    assertArrayEquals(value, toBytes(shared.segment()));
                    shared.close();
                });
                done.get();
                MemorySegment segment = confined.segment();
                assertThrows(Exception.class,
                        () -> other.submit(() -> segment.get(ValueLayout.JAVA_BYTE, 0)).get());
                assertArrayEquals(value, toBytes(segment));
            }
            assertArrayEquals(value, toBytes(reused.segment()));
            reused.close();
        }
    }

    @Test
    void get_reusedLease_makesNoGarbage() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "key", bytes(4096, 1), Storage.IN_PLACE);
            MemorySegment key = Keys.utf8("key");
            MemorySegment absent = Keys.utf8("some absent key that is longer than sixteen bytes");
            Lease lease = hearth.newLease();
            long[] sum = {0};
            assertEquals(0, Garbage.of(() -> {
                for (int i = 0; i < 100_000; i++) {
                    sum[0] += hit(namespace, key, lease);
                }
            }), "bytes per 100,000 hits");
            assertTrue(sum[0] != 0);
            sum[0] = 0;
            assertEquals(0, Garbage.of(() -> {
                for (int i = 0; i < 100_000; i++) {
                    sum[0] += namespace.get(absent, lease) ? 1 : 0;
                }
            }), "bytes per 100,000 misses");
            assertEquals(0, sum[0]);
        }
    }

    private static long hit(Namespace namespace, MemorySegment key, Lease lease) {
        if (!namespace.get(key, lease)) {
            return 0;
        }
        try (lease) {
            // Not the segment: a slice is free only where the compiler inlines all of this into its user.
            return lease.byteSize() + lease.version();
        }
    }
}
