package dev.hearth.store.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OfdLocksTest {
    private static final String NAME = "hearth.lock";

    @TempDir
    Path temporary;
    private StoreDirectory directory;

    @BeforeEach
    void open() {
        directory = StoreDirectory.create(temporary.resolve("store"));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void tryLock_twoDescriptionsInOneJvm_excludeEachOtherPerByte() {
        try (OfdLocks one = OfdLocks.openOrCreate(directory, NAME);
                OfdLocks two = OfdLocks.openOrCreate(directory, NAME)) {
            assertTrue(one.tryLock(0));
            assertFalse(two.tryLock(0));
            assertTrue(two.tryLock(1));
            assertTrue(two.isHeldByOther(0));
            assertFalse(one.isHeldByOther(0), "its own");
            assertTrue(one.isHeldByOther(1));
            assertFalse(one.isHeldByOther(2));
            one.unlock(0);
            assertTrue(two.tryLock(0));
            assertTrue(two.tryLock(0), "again by the same description");
        }
    }

    @Test
    void close_anotherDescription_locksStay() {
        try (OfdLocks one = OfdLocks.openOrCreate(directory, NAME)) {
            assertTrue(one.tryLock(64));
            OfdLocks.openOrCreate(directory, NAME).close();
            directory.open(NAME, false).close();
            try (OfdLocks two = OfdLocks.openOrCreate(directory, NAME)) {
                assertTrue(two.isHeldByOther(64));
            }
        }
    }

    @Test
    void close_ownDescription_locksAreFree() {
        OfdLocks one = OfdLocks.openOrCreate(directory, NAME);
        assertTrue(one.tryLock(64));
        try (OfdLocks two = OfdLocks.openOrCreate(directory, NAME)) {
            one.close();
            assertTrue(two.tryLock(64));
        }
    }

    @Test
    void openReadOnly_seesButTakesNone() {
        try (OfdLocks one = OfdLocks.openOrCreate(directory, NAME);
                OfdLocks reader = OfdLocks.openReadOnly(directory, NAME)) {
            assertTrue(one.tryLock(3));
            assertTrue(reader.isHeldByOther(3));
            assertFalse(reader.isHeldByOther(4));
            assertThrows(IllegalStateException.class, () -> reader.tryLock(4));
        }
    }

    @Test
    void lock_heldLongerThanTheLimit_givesUpInTime() {
        try (OfdLocks one = OfdLocks.openOrCreate(directory, NAME);
                OfdLocks two = OfdLocks.openOrCreate(directory, NAME)) {
            assertTrue(one.tryLock(0));
            long startNs = System.nanoTime();
            assertFalse(two.lock(0, 50));
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            assertTrue(tookMs >= 50 && tookMs < 120_000, "tookMs=" + tookMs);
            assertFalse(two.lock(0, 0));
            assertThrows(IllegalArgumentException.class, () -> two.lock(0, -1));
        }
    }

    @Test
    void lock_releasedWhileWaiting_isTaken() throws InterruptedException {
        try (OfdLocks one = OfdLocks.openOrCreate(directory, NAME);
                OfdLocks two = OfdLocks.openOrCreate(directory, NAME)) {
            assertTrue(one.tryLock(0));
            CountDownLatch waiting = new CountDownLatch(1);
            Thread releaser = Thread.ofPlatform().start(() -> {
                await(waiting);
                one.unlock(0);
            });
            waiting.countDown();
            assertTrue(two.lock(0, 30_000));
            releaser.join();
        }
    }

    @Test
    void lock_interruptedThread_waitsOnAndKeepsTheInterrupt() throws InterruptedException {
        try (OfdLocks one = OfdLocks.openOrCreate(directory, NAME);
                OfdLocks two = OfdLocks.openOrCreate(directory, NAME)) {
            assertTrue(one.tryLock(0));
            Thread.currentThread().interrupt();
            assertFalse(two.lock(0, 30));
            assertTrue(Thread.interrupted());
            one.unlock(0);
            Thread.currentThread().interrupt();
            assertTrue(two.lock(0, 30));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    @Tag("system")
    void tryLock_holderKilled_isFreeWithinASecond() {
        try (OfdLocks here = OfdLocks.openOrCreate(directory, NAME);
                ForkedJvm holder = ForkedJvm.of(Holder.class).args(directory.directory().toString()).start()) {
            holder.awaitLine("locked");
            assertFalse(here.tryLock(0));
            assertTrue(here.isHeldByOther(0));
            holder.kill();
            assertTrue(here.lock(0, 1000));
            assertEquals(0, here.file().sizeBytes(), "locks need no bytes");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Locks byte 0 and waits to be killed. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            OfdLocks locks = OfdLocks.openOrCreate(StoreDirectory.open(Path.of(args[0])), NAME);
            ForkedJvm.say(locks.tryLock(0) ? "locked" : "refused");
            int _ = System.in.read();
        }
    }
}
