package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.ValueSupplier;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.io.Host;
import dev.hearth.store.mark.LockBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Computing beside somebody with a process slot of his own, whom the kernel takes for another process. */
@Timeout(300)
class MemoizerTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20).segmentBytes(256 << 10)
            .pageBytes(16 << 10).maxEntries(5_000);
    private static final PutOptions ACTIVATION = PutOptions.of(Kind.ACTIVATION);
    private static final MemorySegment KEY = Keys.utf8("k");

    @TempDir
    Path temporary;

    private final Closer closer = new Closer();
    private final CallGate gate = new CallGate("the store");
    private final EngineLease lease = EngineLease.reused();
    private WritableAttachment ours;
    private WritableAttachment others;
    private NamespaceInfo namespace;

    @BeforeEach
    void open() {
        ours = attach();
        others = attach();
        ours.writes().define(Fingerprint.of("n"));
        namespace = ours.view().namespace(Fingerprint.of("n")).orElseThrow();
    }

    private WritableAttachment attach() {
        return closer.add(WritableAttachment.open(temporary.resolve("store"), SMALL, Host.current(),
                System::currentTimeMillis));
    }

    @AfterEach
    void close() {
        lease.close();
        closer.close();
    }

    private <E extends Exception> byte[] compute(WritableAttachment by, PutOptions options, long limitMs,
            ValueSupplier<E> supplier) throws E {
        by.memoizer().open(namespace, KEY, new Memoizer.Request<>(options, TimeUnit.MILLISECONDS.toNanos(limitMs),
                Computation.of(supplier)), lease, gate);
        byte[] bytes = lease.segment().toArray(ValueLayout.JAVA_BYTE);
        lease.close();
        return bytes;
    }

    private static MemorySegment value(int length) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) length);
        return MemorySegment.ofArray(bytes);
    }

    private long recordedCostNs() {
        ReadContext context = ours.view().contexts().take();
        try {
            new KeyDigester(ours.view().geometry().digestSeedHi()).digest(namespace.number(), KEY, context.digest);
            assertTrue(ours.view().table().find(context.digest.hi(), context.digest.lo(), context.entry));
            return context.reader.open(context.place()).recomputeCostNs();
        } finally {
            ours.view().contexts().give(context);
        }
    }

    @Test
    void open_computed_recordsWhatItTookUnlessTheOptionsSay() {
        byte[] _ = compute(ours, ACTIVATION.weight(7, 0), 0, () -> {
            long start = System.nanoTime();
            while (System.nanoTime() - start < 2_000_000) {
                Thread.onSpinWait();
            }
            return value(10);
        });
        assertTrue(recordedCostNs() >= 1_000_000, "ns=" + recordedCostNs());
        assertTrue(ours.writes().remove(namespace, KEY));
        byte[] _ = compute(ours, ACTIVATION.weight(0, 123), 0, () -> value(10));
        assertEquals(123, recordedCostNs());
    }

    @Test
    void open_anotherAttachmentComputes_isExcludedFromBeforeToTheEnd() {
        AtomicInteger refused = new AtomicInteger();
        EngineLease second = EngineLease.reused();
        byte[] _ = compute(ours, ACTIVATION, 0, () -> {
            HearthException.Busy busy = assertThrows(HearthException.Busy.class,
                    () -> others.memoizer().open(namespace, KEY, new Memoizer.Request<>(ACTIVATION, 0,
                            Computation.of(() -> value(20))), second, gate));
            assertTrue(String.valueOf(busy.getMessage()).contains("pid " + ProcessHandle.current().pid()),
                    busy.getMessage());
            refused.incrementAndGet();
            return value(10);
        });
        assertEquals(1, refused.get());
        assertArrayEquals(value(10).toArray(ValueLayout.JAVA_BYTE), compute(others, ACTIVATION, 0, () -> {
            throw new AssertionError("computed although it was put before the turn was taken");
        }));
    }

    @Test
    void open_whateverHappened_leavesNoTurnBehind() throws IOException {
        byte[] _ = compute(ours, ACTIVATION, 0, () -> value(10));
        assertTrue(ours.writes().remove(namespace, KEY));
        assertThrows(IOException.class, () -> compute(ours, ACTIVATION, 0, () -> {
            throw new IOException("no");
        }));
        assertThrows(IllegalStateException.class, () -> compute(ours, ACTIVATION, 0,
                () -> MemorySegment.ofArray(compute(ours, ACTIVATION, 0, () -> value(1)))));
        byte[] _ = compute(ours, ACTIVATION, 0, () -> {
            assertThrows(HearthException.Busy.class, () -> compute(others, ACTIVATION, 5, () -> value(1)));
            return value(1);
        });
        assertEquals(0, ours.memoizer().turns().size());
        assertEquals(0, others.memoizer().turns().size());
    }

    @Test
    void commitIfAbsent_putMeanwhile_isRefusedUnlessThatOneMayBeReplaced() throws IOException {
        Intent.Put late = ours.writes().write(namespace, KEY, 10, Writes.source(value(10)), ACTIVATION, 0);
        long version = others.writes().put(namespace, KEY, value(20), ACTIVATION);
        assertFalse(ours.writes().commitIfAbsent(late, 0));
        assertFalse(ours.writes().commitIfAbsent(late, version + 1));
        assertEquals(20, ours.view().reads().find(namespace, KEY).orElseThrow().logicalBytes());
        assertTrue(ours.writes().commitIfAbsent(late, version));
        ours.writes().letGo(late);
        assertEquals(10, ours.view().reads().find(namespace, KEY).orElseThrow().logicalBytes());
        assertTrue(ours.view().verifier().run(dev.hearth.store.Progress.NONE).isSound());
    }

    @Test
    void lockByte_ofAKey_isBehindAllOthersAndNotNegative() {
        for (long digestHi : new long[]{0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertTrue(LockBytes.computation(digestHi) >= 1L << 62, "digestHi=" + digestHi);
        }
        assertEquals(0x6AF3_0ACC_4000_0001L, LockBytes.computation(0xABCC_2B31_0000_0007L));
    }
}
