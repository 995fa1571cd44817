package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkTestSupport.Attachment;
import dev.hearth.store.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WriterLockTest {
    private static final long HOLD_NS = 4_000_000;
    /** A word that nobody else uses here. */
    private static final MarkWord TAKEN = MarkWord.BACKGROUND;

    @TempDir
    Path temporary;
    private StoreDirectory directory;

    @BeforeEach
    void create() {
        directory = MarkTestSupport.createStore(temporary.resolve("store"));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void acquire_free_setsAndClearsTheInLockWord() {
        try (Attachment one = new Attachment(directory)) {
            assertFalse(one.writer.acquire(0));
            assertTrue(one.writer.isHeldByCurrentThread());
            assertEquals(one.slot.word(), one.mark.words().get(MarkWord.IN_LOCK));
            assertFalse(one.writer.needsRedo());
            one.writer.release();
            assertEquals(0, one.mark.words().get(MarkWord.IN_LOCK));
            assertThrows(IllegalStateException.class, one.writer::release);
            assertEquals(WriterLock.Attempt.ACQUIRED, one.writer.tryAcquire());
            assertThrows(IllegalStateException.class, () -> one.writer.acquire(0), "not reentrant");
            assertThrows(IllegalStateException.class, one.writer::tryAcquire, "not reentrant");
            one.writer.release();
        }
    }

    @Test
    void acquire_heldByAnotherAttachment_isBusyNamingIt() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            assertFalse(one.writer.acquire(0));
            HearthException.Busy thrown = assertThrows(HearthException.Busy.class, () -> two.writer.acquire(20));
            assertTrue(thrown.toString().contains("slot 0 tenancy 1 pid " + ProcessHandle.current().pid()),
                    thrown.toString());
            assertEquals(WriterLock.Attempt.TAKEN_BY_OTHER, two.writer.tryAcquire());
            assertFalse(two.writer.needsRedo());
            one.writer.release();
            assertFalse(two.writer.acquire(1000));
            two.writer.release();
        }
    }

    @Test
    void acquire_heldByAnotherThread_isBusySayingSo() throws InterruptedException {
        try (Attachment one = new Attachment(directory)) {
            assertFalse(one.writer.acquire(0));
            AtomicReference<String> message = new AtomicReference<>("");
            Thread thread = Thread.ofPlatform().start(() -> {
                Thread.currentThread().interrupt();
                try {
                    one.writer.acquire(20);
                } catch (HearthException.Busy e) {
                    message.set(e + " interrupted=" + Thread.currentThread().isInterrupted());
                }
            });
            thread.join();
            String said = String.valueOf(message.get());
            assertTrue(said.contains("another thread of this process"), said);
            assertTrue(said.contains("interrupted=true"), said);
            AtomicBoolean redo = new AtomicBoolean(true);
            Thread looking = Thread.ofPlatform().start(() -> redo.set(one.writer.needsRedo()));
            looking.join();
            assertFalse(redo.get(), "it is held, by another thread");
            one.writer.release();
        }
    }

    @Test
    void acquire_behindAThreadThatWaitsForAnotherAttachment_isBusyNamingThatOne() throws InterruptedException {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            assertFalse(one.writer.acquire(0));
            Thread fellow = Thread.ofPlatform().start(() -> {
                boolean _ = two.writer.acquire(240_000);
                two.writer.release();
            });
            while (fellow.getState() != Thread.State.TIMED_WAITING) {
                assertTrue(fellow.isAlive(), "it waits");
                Thread.onSpinWait();
            }
            HearthException.Busy thrown = assertThrows(HearthException.Busy.class, () -> two.writer.acquire(20));
            assertTrue(thrown.toString().contains("slot 0 tenancy 1 pid "), thrown.toString());
            one.writer.release();
            fellow.join();
            assertFalse(one.writer.acquire(1_000));
            one.writer.release();
        }
    }

    @Test
    void abandon_inTheMiddle_nextHasToRedo() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            assertFalse(one.writer.acquire(0));
            one.writer.abandon();
            assertTrue(two.writer.needsRedo());
            assertEquals(WriterLock.Attempt.ACQUIRED_REDO, two.writer.tryAcquire());
            two.writer.abandon();
            assertTrue(one.writer.acquire(0), "the second did not redo it either");
            one.writer.release();
            assertFalse(two.writer.acquire(0));
            two.writer.release();
            assertFalse(one.writer.needsRedo());
        }
    }

    @Test
    void acquire_wordOfATenantThatIsGone_isTakenAndRedoIsAskedFor() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            long gone = SlotWord.of(two.slot.index(), two.slot.tenancy() + 1);
            for (long word : new long[]{gone, SlotWord.of(3, 9), SlotWord.of(1_000_000, 1)}) {
                one.mark.words().set(MarkWord.WRITER, word);
                one.mark.words().set(MarkWord.IN_LOCK, word);
                assertTrue(one.writer.needsRedo());
                assertTrue(one.writer.acquire(1_000), "redo");
                assertEquals(one.slot.word(), two.mark.words().get(MarkWord.WRITER));
                assertEquals(WriterLock.Attempt.TAKEN_BY_OTHER, two.writer.tryAcquire());
                one.writer.release();
            }
            one.mark.words().set(MarkWord.WRITER, two.slot.word());
            assertThrows(HearthException.Busy.class, () -> one.writer.acquire(20), "that one lives");
            one.mark.words().set(MarkWord.WRITER, 0);
        }
    }

    @Test
    void acquire_threadsOfTwoAttachments_oneAtATimeAndNobodyStarves() throws InterruptedException {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            int rounds = 300;
            long[] unguarded = new long[1];
            List<Thread> threads = new ArrayList<>();
            AtomicReference<String> failure = new AtomicReference<>("");
            for (Attachment attachment : List.of(one, one, two, two)) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        for (int i = 0; i < rounds; i++) {
                            if (attachment.writer.acquire(60_000)) {
                                failure.set("a redo is asked for though nobody failed");
                            }
                            long before = unguarded[0];
                            Thread.onSpinWait();
                            unguarded[0] = before + 1;
                            attachment.writer.release();
                        }
                    } catch (RuntimeException e) {
                        failure.set(e.toString());
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals("", failure.get());
            assertEquals(4L * rounds, unguarded[0]);
        }
    }

    @Test
    void acquire_whileAnotherTakesItWithoutAPause_isHadInTurn() throws InterruptedException {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            int rounds = 100;
            AtomicLong taken = new AtomicLong();
            AtomicBoolean enough = new AtomicBoolean();
            Thread other = Thread.ofPlatform().start(() -> {
                while (!enough.get()) {
                    one.writer.acquire(60_000);
                    taken.incrementAndGet();
                    // Nobody needs a CPU for that, so that a busy machine changes nothing.
                    LockSupport.parkNanos(HOLD_NS);
                    one.writer.release();
                }
            });
            long overtaken = 0;
            for (int round = 0; round < rounds; round++) {
                long before = taken.get();
                while (taken.get() == before) {
                    LockSupport.parkNanos(HOLD_NS / 20);
                }
                two.writer.acquire(60_000);
                // One is what it found the lock taken by.
                overtaken += taken.get() - before - 1;
                two.writer.release();
            }
            enough.set(true);
            other.join();
            assertTrue(overtaken <= rounds, "overtaken=" + overtaken + " rounds=" + rounds);
            assertEquals(0, one.mark.words().get(MarkWord.IN_LOCK));
        }
    }

    @Test
    void acquire_whileOneThatIsDueDoesNotTakeIt_isHadAfterItsPatience() {
        try (Attachment here = new Attachment(directory); Attachment dead = new Attachment(directory)) {
            dead.slot.setWriterNumber(here.mark.words().increment(MarkWord.WRITER_NUMBER));
            here.mark.words().set(MarkWord.WRITER_WANTED, 1);
            long startNs = System.nanoTime();
            assertFalse(here.writer.acquire(60_000));
            long waitedNs = System.nanoTime() - startNs;
            assertTrue(waitedNs >= WriterQueue.PATIENCE_NS, "it was let go first: waitedNs=" + waitedNs);
            here.writer.release();
            assertEquals(0, here.slots.writerNumber(dead.slot.index()), "its number was cleared");
            assertFalse(here.writer.acquire(0), "nobody is due any more");
            here.writer.release();
            dead.slot.setWriterNumber(here.mark.words().increment(MarkWord.WRITER_NUMBER));
            here.mark.words().set(MarkWord.WRITER_WANTED, 1);
            assertFalse(here.writer.acquire(0), "who may not wait does not");
            here.writer.release();
        }
    }

    @Test
    void byteLock_twoAttachments_excludes() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            ByteLock mine = new ByteLock("allocation", one.locks, LockBytes.ALLOCATION, () -> "somebody");
            ByteLock theirs = new ByteLock("allocation", two.locks, LockBytes.ALLOCATION, () -> "somebody");
            mine.acquire(0);
            assertFalse(theirs.tryAcquire());
            assertTrue(theirs.isHeld());
            HearthException.Busy thrown = assertThrows(HearthException.Busy.class, () -> theirs.acquire(0));
            assertTrue(thrown.toString().contains("lock=allocation timeoutMs=0 holder=somebody"), thrown.toString());
            mine.release();
            assertTrue(theirs.tryAcquire());
            theirs.release();
            assertFalse(mine.isHeld());
        }
    }

    @Test
    @Tag("system")
    void acquire_holderKilled_isHadWithinASecondAndRedoIsAskedFor() {
        try (Attachment here = new Attachment(directory);
                ForkedJvm holder = ForkedJvm.of(Holder.class).args(directory.directory().toString()).start()) {
            String pid = holder.awaitLine("locked by");
            HearthException.Busy thrown = assertThrows(HearthException.Busy.class, () -> here.writer.acquire(0));
            assertTrue(thrown.toString().contains("slot 1 tenancy 1 pid " + pid), thrown.toString());
            assertFalse(here.writer.needsRedo(), "it lives");
            holder.kill();
            assertTrue(here.writer.needsRedo());
            assertTrue(here.writer.acquire(1000), "redo");
            here.writer.release();
        }
    }

    @Test
    @Tag("system")
    void acquire_holderStopped_isBusyAndGoesOnAfterwards() {
        try (Attachment here = new Attachment(directory);
                ForkedJvm holder = ForkedJvm.of(Holder.class).args(directory.directory().toString()).start()) {
            holder.awaitLine("locked by");
            holder.stop();
            assertThrows(HearthException.Busy.class, () -> here.writer.acquire(50));
            assertFalse(here.writer.needsRedo(), "stopped is not dead");
            holder.resume();
            holder.send("release");
            holder.awaitLine("released");
            assertFalse(here.writer.acquire(1000), "nothing to redo");
            here.writer.release();
        }
    }

    @Test
    @Tag("system")
    void acquire_whileOtherProcessesTakeItWithoutAPause_isHadInTurn() {
        String store = directory.directory().toString();
        try (Attachment here = new Attachment(directory);
                ForkedJvm one = ForkedJvm.of(Taker.class).args(store).start();
                ForkedJvm two = ForkedJvm.of(Taker.class).args(store).start()) {
            one.awaitLine("taken");
            two.awaitLine("taken");
            int rounds = 50;
            long overtaken = 0;
            for (int round = 0; round < rounds; round++) {
                long before = here.mark.words().get(TAKEN);
                while (here.mark.words().get(TAKEN) == before) {
                    LockSupport.parkNanos(HOLD_NS / 20);
                }
                here.writer.acquire(60_000);
                overtaken += here.mark.words().get(TAKEN) - before - 1;
                here.writer.release();
            }
            System.out.println("overtakenByProcesses=" + overtaken);
            assertTrue(overtaken <= 2L * rounds, "overtaken=" + overtaken + " rounds=" + rounds);
        }
    }

    /** Takes the writer lock again and again, and counts. */
    static final class Taker {
        public static void main(String[] args) throws Exception {
            Attachment attachment = new Attachment(StoreDirectory.open(Path.of(args[0])));
            for (int i = 0; System.in.available() == 0; i++) {
                attachment.writer.acquire(60_000);
                attachment.mark.words().increment(TAKEN);
                LockSupport.parkNanos(HOLD_NS);
                attachment.writer.release();
                if (i == 10) {
                    ForkedJvm.say("taken");
                }
            }
        }
    }

    /** Takes the writer lock; releases it when told to. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            Attachment attachment = new Attachment(StoreDirectory.open(Path.of(args[0])));
            attachment.writer.acquire(0);
            ForkedJvm.say("locked by " + ProcessHandle.current().pid());
            if (System.in.read() >= 0) {
                attachment.writer.release();
                ForkedJvm.say("released");
                int _ = System.in.read();
            }
        }
    }
}
