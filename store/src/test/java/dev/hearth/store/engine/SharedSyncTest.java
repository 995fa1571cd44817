package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedSyncTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicInteger syncs = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile Runnable during = () -> {
    };
    private final SharedSync sync = new SharedSync(new SharedSync.Work() {
        @Override
        public long done() {
            return done.get();
        }

        @Override
        public long begin() {
            return begun.incrementAndGet();
        }

        @Override
        public void sync() {
            syncs.incrementAndGet();
            during.run();
        }

        @Override
        public void finish(long number) {
            done.accumulateAndGet(number, Math::max);
        }
    });

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private Future<?> start() {
        return threads.submit(() -> {
            long number = begun.get() + 1;
            waiting.incrementAndGet();
            sync.await(number);
            assertTrue(done.get() >= number, "durable");
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(300, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void await_whileASyncIsUnderWay_allWhoComeShareTheNextOne() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        during = () -> {
            entered.countDown();
            await(go);
        };
        List<Future<?>> all = new ArrayList<>();
        all.add(start());
        await(entered);
        for (int i = 0; i < 20; i++) {
            all.add(start());
        }
        while (waiting.get() < 21) {
            Thread.onSpinWait();
        }
        go.countDown();
        for (Future<?> each : all) {
            each.get(300, TimeUnit.SECONDS);
        }
        // Who had not begun to wait when the second one began gets a third.
        assertTrue(syncs.get() >= 2 && syncs.get() <= 4, "syncs=" + syncs.get());
    }

    @Test
    void await_numberReachedByAnotherProcess_syncsNothing() {
        done.set(10);
        sync.await(10);
        assertEquals(0, syncs.get());
        sync.await(3);
        assertEquals(0, syncs.get());
        begun.set(10);
        sync.await(11);
        assertEquals(1, syncs.get());
    }

    @Test
    void await_syncFails_isHeardByEverybodyAndNothingCountsAsDone() {
        during = () -> {
            throw new HearthException.Io(Path.of("x"), "fdatasync", 5, "told to fail");
        };
        assertThrows(HearthException.Io.class, () -> sync.await(1));
        assertEquals(0, done.get());
        assertThrows(HearthException.Io.class, () -> sync.await(1));
    }

    @Test
    void await_interrupted_waitsOnAndKeepsTheInterrupt() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        during = () -> {
            entered.countDown();
            await(go);
        };
        Future<?> first = start();
        await(entered);
        Future<Boolean> second = threads.submit(() -> {
            Thread.currentThread().interrupt();
            waiting.incrementAndGet();
            sync.await(2);
            return Thread.interrupted();
        });
        while (waiting.get() < 2) {
            Thread.onSpinWait();
        }
        during = () -> {
        };
        go.countDown();
        first.get(300, TimeUnit.SECONDS);
        assertTrue(second.get(300, TimeUnit.SECONDS), "interrupted afterwards");
        assertTrue(done.get() >= 2);
    }
}
