package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import dev.hearth.store.testing.Garbage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is computed where nothing is there, and when nothing is. */
@Timeout(300)
class GetOrComputeTest extends ComputeFixture {
    @Test
    void getOrCompute_absentKey_putsWhatIsComputedOnce() {
        AtomicInteger computed = new AtomicInteger();
        MemorySegment value = value(24, 1);
        TensorSpec spec = TensorSpec.of(DType.F32, 2, 3);
        for (int i = 0; i < 3; i++) {
            try (Lease lease = namespace.getOrCompute(KEY, spec, () -> {
                computed.incrementAndGet();
                return value;
            })) {
                assertArrayEquals(toBytes(value), toBytes(lease));
                assertEquals(spec, lease.spec());
                assertNotEquals(0, lease.version());
            }
        }
        assertEquals(1, computed.get());
        EntryInfo entry = namespace.find(KEY).orElseThrow();
        assertEquals(Kind.ACTIVATION, entry.kind());
        assertEquals(1, hearth.stats().counters().get("misses"));
        assertEquals(2, hearth.stats().counters().get("hits"));
        assertEquals(1, hearth.stats().counters().get("puts"));
    }

    @Test
    void getOrCompute_allForms_leaseTheValue() throws Exception {
        MemorySegment small = value(1_000, 2);
        PutOptions inPlace = PutOptions.of(Kind.PARAMETER);
        Lease reused = hearth.newLease();
        namespace.getOrCompute(KEY, inPlace, LONG, () -> small, reused);
        assertArrayEquals(toBytes(small), toBytes(reused));
        assertThrows(IllegalStateException.class,
                () -> namespace.getOrCompute(KEY, inPlace, LONG, () -> small, reused), "open already");
        reused.close();
        namespace.getOrCompute(KEY, inPlace, LONG, ComputeFixture::mustNotRun, reused);
        assertArrayEquals(toBytes(small), toBytes(reused));
        reused.close();
        try (Lease shared = namespace.getOrComputeShared(Keys.utf8("shared"), inPlace, LONG, () -> small)) {
            assertArrayEquals(toBytes(small), threads.submit(() -> toBytes(shared)).get());
        }
        byte[] large = LeaseTest.bytes(3_000_000, 3);
        SourceSupplier source = () -> streamed(large);
        try (Lease lease = namespace.getOrCompute(Keys.utf8("large"), large.length, inPlace, LONG, source);
                Lease again = namespace.get(Keys.utf8("large"))) {
            assertArrayEquals(large, toBytes(lease));
            assertNotNull(again);
        }
    }

    private static ValueSource streamed(byte[] bytes) {
        return new ValueSource() {
            private int at;

            @Override
            public void read(MemorySegment target) {
                MemorySegment.copy(MemorySegment.ofArray(bytes), at, target, 0, target.byteSize());
                at += (int) target.byteSize();
            }
        };
    }

    @Test
    void getOrCompute_errorOfSupplier_comesAsItIs() {
        InternalError error = new InternalError("the supplier's own");
        assertSame(error, assertThrows(InternalError.class,
                () -> namespace.getOrCompute(KEY, ACTIVATION, LONG, () -> {
                    throw error;
                })));
        assertSame(error, assertThrows(InternalError.class,
                () -> namespace.getOrCompute(KEY, 10, ACTIVATION, LONG, () -> target -> {
                    throw error;
                })));
        IOException failed = new IOException("no");
        assertSame(failed, assertThrows(IOException.class,
                () -> namespace.getOrCompute(KEY, 10, ACTIVATION, LONG, () -> {
                    throw failed;
                })));
        assertFalse(namespace.contains(KEY));
    }

    @Test
    void getOrCompute_withinItsOwnSupplier_throwsAndNamesTheKey() {
        IllegalStateException e = assertThrows(IllegalStateException.class,
                () -> namespace.getOrCompute(KEY, ACTIVATION, LONG,
                        () -> namespace.getOrCompute(KEY, ACTIVATION, LONG, () -> value(1, 1)).segment()));
        assertTrue(String.valueOf(e.getMessage()).contains("the key"), e.getMessage());
        MemorySegment inner = value(1_000, 8);
        try (Lease outer = namespace.getOrCompute(KEY, ACTIVATION, LONG, () -> {
            try (Lease lease = namespace.getOrCompute(Keys.utf8("inner"), ACTIVATION, LONG, () -> inner)) {
                return MemorySegment.ofArray(toBytes(lease));
            }
        })) {
            assertArrayEquals(toBytes(inner), toBytes(outer));
        }
    }

    @Test
    @SuppressWarnings("NullAway") // a supplier that breaks its promise
    void getOrCompute_wrongValue_isTheCallersMistakeAndNothingIsPut() {
        TensorSpec spec = TensorSpec.of(DType.F32, 4);
        assertThrows(IllegalArgumentException.class,
                () -> namespace.getOrCompute(KEY, spec, () -> value(15, 1)));
        assertThrows(IllegalStateException.class, () -> namespace.getOrCompute(KEY, spec, () -> null));
        assertThrows(IllegalArgumentException.class,
                () -> namespace.getOrCompute(MemorySegment.ofArray(new byte[0]), spec, () -> value(16, 1)));
        assertFalse(namespace.contains(KEY));
        try (Lease lease = namespace.getOrCompute(KEY, spec, () -> value(16, 1))) {
            assertEquals(16, lease.byteSize());
        }
    }

    @Test
    void getOrCompute_keyMemoryReusedBySupplier_putsUnderTheKeyAsked() {
        MemorySegment key = MemorySegment.ofArray("first".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        namespace.getOrCompute(key, ACTIVATION, LONG, () -> {
            key.fill((byte) 'x');
            return value(10, 1);
        }).close();
        assertTrue(namespace.contains(Keys.utf8("first")));
        assertFalse(namespace.contains(Keys.utf8("xxxxx")));
    }

    @Test
    void close_withinSupplier_throwsInsteadOfWaitingForItself() {
        try (Lease lease = namespace.getOrCompute(KEY, ACTIVATION, LONG, () -> {
            assertThrows(IllegalStateException.class, hearth::close);
            try (Hearth another = Hearth.open(temporary.resolve("store"), SMALL)) {
                assertFalse(another.namespace(Fingerprint.of("n")).contains(KEY));
            }
            return value(9, 1);
        })) {
            assertEquals(9, lease.byteSize());
        }
    }

    @Test
    void getOrCompute_readOnly_copiesWhatIsThereAndComputesNothing() {
        namespace.put(KEY, value(5_000, 1), ACTIVATION);
        try (Hearth reader = Hearth.open(temporary.resolve("store"), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            Namespace read = reader.namespace(Fingerprint.of("n"));
            try (Lease lease = read.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun)) {
                assertArrayEquals(toBytes(value(5_000, 1)), toBytes(lease));
            }
            assertThrows(IllegalStateException.class, () -> read.getOrCompute(Keys.utf8("absent"), ACTIVATION, LONG,
                    ComputeFixture::mustNotRun));
        }
    }

    @Test
    void getOrCompute_expiredEntry_isComputedAnew() {
        namespace.put(KEY, value(100, 1), ACTIVATION.expiresAtMs(1));
        try (Lease lease = namespace.getOrCompute(KEY, ACTIVATION, LONG, () -> value(100, 2))) {
            assertArrayEquals(toBytes(value(100, 2)), toBytes(lease));
            assertNotEquals(0, lease.version());
        }
    }

    @Test
    void getOrCompute_damagedActivation_isReplacedAndDamagedParameterIsNot() throws Exception {
        namespace.put(KEY, value(100_000, 1), ACTIVATION.storage(Storage.IN_PLACE));
        namespace.put(Keys.utf8("parameter"), value(100_000, 2), PutOptions.of(Kind.PARAMETER));
        for (String key : List.of("the key", "parameter")) {
            EntryInfo.Location place = namespace.find(Keys.utf8(key)).orElseThrow().location();
            try (RandomAccessFile data = new RandomAccessFile(temporary.resolve("store/data").toFile(), "rw")) {
                data.seek(place.offsetBytes() + 50_000);
                data.write(new byte[3_000]);
            }
        }
        try (Lease lease = namespace.getOrCompute(KEY, ACTIVATION, LONG, () -> value(100_000, 3))) {
            assertArrayEquals(toBytes(value(100_000, 3)), toBytes(lease));
            assertNotEquals(0, lease.version());
        }
        assertThrows(HearthException.Corrupt.class, () -> namespace.getOrCompute(Keys.utf8("parameter"),
                PutOptions.of(Kind.PARAMETER), LONG, ComputeFixture::mustNotRun));
    }

    @Test
    void getOrCompute_fullStore_leasesAnActivationFromPrivateMemoryAndRefusesAParameter() throws Exception {
        PutOptions parameter = PutOptions.of(Kind.PARAMETER);
        int parameters = 0;
        try {
            while (true) {
                namespace.put(Keys.utf8("p" + parameters), value(200_000, parameters), parameter);
                parameters++;
            }
        } catch (HearthException.Full e) {
            assertTrue(parameters > 10, "parameters=" + parameters);
        }
        byte[] computed = LeaseTest.bytes(200_000, 99);
        PutOptions tensor = ACTIVATION.spec(TensorSpec.of(DType.U8, 200_000));
        Lease reused = hearth.newLease();
        for (int i = 0; i < 2; i++) {
            namespace.getOrCompute(KEY, tensor, LONG, () -> MemorySegment.ofArray(computed), reused);
            assertArrayEquals(computed, toBytes(reused));
            assertTrue(reused.segment().isReadOnly());
            assertEquals(0, reused.version());
            assertEquals(tensor.spec(), reused.spec());
            assertEquals(13, reused.pageCount());
            reused.close();
        }
        assertFalse(namespace.contains(KEY));
        SourceSupplier source = () -> streamed(computed);
        try (Lease lease = namespace.getOrCompute(KEY, computed.length, ACTIVATION, LONG, source)) {
            assertArrayEquals(computed, toBytes(lease));
        }
        assertThrows(HearthException.Full.class,
                () -> namespace.getOrCompute(KEY, parameter, LONG, () -> MemorySegment.ofArray(computed)));
        namespace.remove(Keys.utf8("p0"));
    }

    @Test
    void getOrCompute_whatItContinuesIsGone_stillYieldsTheBytes() {
        try (Lease lease = namespace.getOrCompute(KEY, ACTIVATION.after(Keys.utf8("gone")), LONG,
                () -> value(1_000, 4))) {
            assertArrayEquals(toBytes(value(1_000, 4)), toBytes(lease));
            assertEquals(0, lease.version());
        }
        assertFalse(namespace.contains(KEY));
    }

    @Test
    void getOrCompute_namespaceRemoved_throwsAndComputesNothing() {
        assertTrue(hearth.remove(namespace));
        assertThrows(IllegalStateException.class,
                () -> namespace.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun));
        assertThrows(IllegalStateException.class, () -> namespace.putIfAbsent(KEY, value(1, 1), ACTIVATION));
    }

    @Test
    void getOrCompute_hitWithReusedLease_makesNoGarbage() {
        namespace.put(KEY, value(4096, 1), PutOptions.of(Kind.PARAMETER));
        Lease lease = hearth.newLease();
        long[] sum = {0};
        assertEquals(0, Garbage.of(() -> {
            for (int i = 0; i < 100_000; i++) {
                sum[0] += hit(lease);
            }
        }), "bytes per 100,000 hits");
        assertTrue(sum[0] != 0);
    }

    private long hit(Lease lease) {
        namespace.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun, lease);
        try (lease) {
            return lease.byteSize() + lease.version();
        }
    }
}
