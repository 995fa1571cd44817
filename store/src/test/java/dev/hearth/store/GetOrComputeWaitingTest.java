package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads of one process that want the same values. */
@Timeout(300)
class GetOrComputeWaitingTest extends ComputeFixture {
    @Test
    void getOrCompute_manyThreads_oneComputesAndAllGetTheSame() throws Exception {
        for (int round = 0; round < 20; round++) {
            MemorySegment key = Keys.utf8("round " + round);
            AtomicInteger computed = new AtomicInteger();
            CountDownLatch go = new CountDownLatch(1);
            List<Future<byte[]>> all = new ArrayList<>();
            for (int thread = 0; thread < 16; thread++) {
                int seed = thread;
                all.add(threads.submit(() -> {
                    await(go);
                    try (Lease lease = namespace.getOrCompute(key, ACTIVATION, LONG, () -> {
                        computed.incrementAndGet();
                        Thread.onSpinWait();
                        return value(20_000, seed);
                    })) {
                        return toBytes(lease);
                    }
                }));
            }
            go.countDown();
            byte[] first = all.getFirst().get();
            for (Future<byte[]> one : all) {
                assertArrayEquals(first, one.get());
            }
            assertEquals(1, computed.get(), "round=" + round);
        }
    }

    @Test
    void getOrCompute_supplierThrows_onlyItsCallerHearsAndAnotherComputes() throws Exception {
        IOException thrown = new IOException("no");
        Held failing = new Held(() -> {
            throw thrown;
        });
        Future<byte[]> first = start(LONG, failing);
        await(failing.began);
        AtomicInteger computed = new AtomicInteger();
        List<Future<byte[]>> others = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            others.add(start(LONG, () -> {
                computed.incrementAndGet();
                return value(100, 5);
            }));
        }
        failing.end.countDown();
        assertSame(thrown, failure(first));
        for (Future<byte[]> other : others) {
            assertArrayEquals(toBytes(value(100, 5)), other.get());
        }
        assertEquals(1, computed.get());
    }

    @Test
    void getOrCompute_limitPasses_busyForThisWaiterOnly() throws Exception {
        Held held = new Held(() -> value(100, 1));
        Future<byte[]> first = start(LONG, held);
        await(held.began);
        Future<byte[]> patient = start(LONG, ComputeFixture::mustNotRun);
        long startNs = System.nanoTime();
        HearthException.Busy busy = assertThrows(HearthException.Busy.class,
                () -> namespace.getOrCompute(KEY, ACTIVATION, Duration.ofMillis(60), ComputeFixture::mustNotRun));
        assertTrue(System.nanoTime() - startNs >= 60_000_000, "not before the limit");
        assertTrue(String.valueOf(busy.getMessage()).contains("the key"), busy.getMessage());
        assertThrows(HearthException.Busy.class,
                () -> namespace.getOrCompute(KEY, ACTIVATION, Duration.ZERO, ComputeFixture::mustNotRun));
        held.end.countDown();
        assertArrayEquals(toBytes(value(100, 1)), first.get());
        assertArrayEquals(toBytes(value(100, 1)), patient.get());
        namespace.getOrCompute(Keys.utf8("free"), ACTIVATION, Duration.ZERO, () -> value(1, 1)).close();
        assertThrows(IllegalArgumentException.class, () -> namespace.getOrCompute(Keys.utf8("negative"), ACTIVATION,
                Duration.ofNanos(-1), ComputeFixture::mustNotRun));
        namespace.getOrCompute(Keys.utf8("ever"), ACTIVATION, Duration.ofSeconds(Long.MAX_VALUE), () -> value(1, 1))
                .close();
    }

    @Test
    void getOrCompute_threadsThatWaitForEachOther_oneIsToldAtOnce() throws Exception {
        MemorySegment other = Keys.utf8("other");
        CountDownLatch both = new CountDownLatch(2);
        List<Future<byte[]>> futures = new ArrayList<>();
        for (boolean swap : new boolean[]{false, true}) {
            futures.add(threads.submit(() -> {
                try (Lease outer = namespace.getOrCompute(swap ? other : KEY, ACTIVATION, LONG, () -> {
                    both.countDown();
                    await(both);
                    try (Lease inner = namespace.getOrCompute(swap ? KEY : other, ACTIVATION, LONG,
                            () -> value(7, 7))) {
                        return MemorySegment.ofArray(toBytes(inner));
                    }
                })) {
                    return toBytes(outer);
                }
            }));
        }
        int refused = 0;
        for (Future<byte[]> future : futures) {
            try {
                assertArrayEquals(toBytes(value(7, 7)), future.get(300, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                assertInstanceOf(IllegalStateException.class, e.getCause());
                refused++;
            }
        }
        assertEquals(1, refused);
    }

    @Test
    void getOrCompute_interruptedWhileWaiting_endsAndOthersGoOn() throws Exception {
        Held held = new Held(() -> value(100, 1));
        Future<byte[]> first = start(LONG, held);
        await(held.began);
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Future<Boolean> interrupted = threads.submit(() -> {
            waiter.set(Thread.currentThread());
            assertThrows(HearthException.Busy.class,
                    () -> namespace.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun));
            return Thread.interrupted();
        });
        Future<byte[]> other = start(LONG, ComputeFixture::mustNotRun);
        awaitParked(waiter).interrupt();
        assertTrue(interrupted.get(300, TimeUnit.SECONDS), "the interrupt is kept");
        held.end.countDown();
        assertArrayEquals(first.get(), other.get());
        Thread.currentThread().interrupt();
        try (Lease hit = namespace.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun);
                Lease free = namespace.getOrCompute(Keys.utf8("free"), ACTIVATION, LONG, () -> value(1, 1))) {
            assertEquals(101, hit.byteSize() + free.byteSize());
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt is kept");
        }
    }

    @Test
    void close_whileOthersWait_endsTheirWaitingAndLetsTheSupplierFinish() throws Exception {
        Hearth second = Hearth.open(temporary.resolve("store"), SMALL);
        Namespace same = second.namespace(Fingerprint.of("n"));
        Held held = new Held(() -> value(100, 1));
        Future<byte[]> first = start(LONG, held);
        await(held.began);
        AtomicReference<Thread> waiter = new AtomicReference<>();
        Future<byte[]> closed = threads.submit(() -> {
            waiter.set(Thread.currentThread());
            try (Lease lease = same.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun)) {
                return toBytes(lease);
            }
        });
        assertTrue(awaitParked(waiter).isAlive());
        second.close();
        assertEquals(HearthException.Closed.class, failure(closed).getClass());
        Future<?> closing = threads.submit(hearth::close);
        assertFalse(closing.isDone(), "close waits for the supplier");
        held.end.countDown();
        closing.get(300, TimeUnit.SECONDS);
        assertArrayEquals(toBytes(value(100, 1)), first.get());
        assertThrows(HearthException.Closed.class,
                () -> namespace.getOrCompute(KEY, ACTIVATION, LONG, ComputeFixture::mustNotRun));
    }

    @Test
    void put_whileOthersCompute_winsAndServesThoseWhoWait() throws Exception {
        Held held = new Held(() -> value(100, 1));
        Future<byte[]> first = start(LONG, held);
        await(held.began);
        Future<byte[]> waiter = start(LONG, ComputeFixture::mustNotRun);
        namespace.put(KEY, value(200, 2), ACTIVATION);
        assertArrayEquals(toBytes(value(200, 2)), waiter.get(), "need not wait for the supplier");
        held.end.countDown();
        assertArrayEquals(toBytes(value(200, 2)), first.get());
        assertEquals(200, namespace.find(KEY).orElseThrow().logicalBytes());
    }

    @Test
    void getOrCompute_underEviction_alwaysYieldsTheRightBytes() throws Exception {
        List<Future<Integer>> all = new ArrayList<>();
        AtomicInteger computed = new AtomicInteger();
        for (int thread = 0; thread < 4; thread++) {
            Random random = new Random(thread);
            all.add(threads.submit(() -> {
                int hits = 0;
                for (int i = 0; i < 600; i++) {
                    int key = (int) (400 * Math.pow(random.nextDouble(), 3));
                    int before = computed.get();
                    try (Lease lease = namespace.getOrCompute(Keys.utf8("k" + key), ACTIVATION, LONG, () -> {
                        computed.incrementAndGet();
                        return value(40_000, key);
                    })) {
                        assertArrayEquals(toBytes(value(40_000, key)), toBytes(lease), "seed=" + key);
                        assertNotEquals(0, lease.version(), "a store that can make room takes it");
                    }
                    hits += computed.get() == before ? 1 : 0;
                }
                return hits;
            }));
        }
        int hits = 0;
        for (Future<Integer> one : all) {
            hits += one.get();
        }
        assertTrue(hits > 0 && hearth.stats().counter("segmentsReleased") > 0,
                "hits=" + hits + " " + hearth.stats().counters());
    }
}
