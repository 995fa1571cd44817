package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkTestSupport.Attachment;
import dev.hearth.store.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessSlotsTest {
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
    void take_free_showsThisProcess() {
        try (Attachment one = new Attachment(directory)) {
            assertEquals(0, one.slot.index());
            assertEquals(1, one.slot.tenancy());
            Host host = Host.current();
            assertEquals(
                    List.of(new ProcessSlots.Tenant(0, 1, host.pid(), host.pidNamespace(), host.startTicks(),
                            MarkTestSupport.NOW_MS, MarkTestSupport.NOW_MS, 7, 0, 0, true, true)),
                    one.slots.tenants());
            one.slot.heartbeat(MarkTestSupport.NOW_MS + 5);
            one.slot.putBegins(99);
            one.slot.putBegins(1);
            one.slot.putEnds(1);
            assertEquals(MarkTestSupport.NOW_MS + 5, one.slots.tenant(0).heartbeatMs());
            assertEquals(1, one.slots.tenant(0).putsInFlight());
            assertEquals(99, one.slots.tenant(0).bytesInFlight());
            one.slot.setComputation(3, 99);
            assertEquals(99, one.slots.computation(0, 3));
            assertThrows(IllegalStateException.class, () -> one.slots.take(host, 0, 0));
        }
    }

    @Test
    void take_allTaken_isBusyUntilOneIsGivenBack() {
        Attachment zero = new Attachment(directory);
        try (Attachment one = new Attachment(directory);
                Attachment two = new Attachment(directory);
                Attachment three = new Attachment(directory)) {
            assertEquals(3, three.slot.index());
            HearthException.Busy thrown = assertThrows(HearthException.Busy.class, () -> new Attachment(directory));
            assertTrue(thrown.toString().contains("slotCount=4"), thrown.toString());
            assertEquals(4, one.slots.tenants().size());
            zero.close();
            assertEquals(3, two.slots.tenants().size());
            try (Attachment again = new Attachment(directory)) {
                assertEquals(0, again.slot.index());
                assertEquals(2, again.slot.tenancy());
            }
        }
    }

    @Test
    void take_seenReadOnly_livesWithoutHavingASlot() {
        try (Attachment one = new Attachment(directory);
                OfdLocks locks = OfdLocks.openReadOnly(directory, MarkTestSupport.LOCK);
                MarkFile mark = MarkFile.open(directory, true)) {
            ProcessSlots seen = new ProcessSlots(mark, locks);
            assertEquals(one.slots.tenants(), seen.tenants());
            assertTrue(seen.isAlive(one.slot.word()));
        }
    }

    @Test
    void isAlive_words_onlyThePresentTenant() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            assertTrue(one.slots.isAlive(one.slot.word()), "itself");
            assertTrue(one.slots.isAlive(two.slot.word()));
            assertFalse(one.slots.isAlive(0));
            assertFalse(one.slots.isAlive(SlotWord.of(1, 2)), "another tenancy");
            assertFalse(one.slots.isAlive(SlotWord.of(3, 1)), "never taken");
            assertFalse(one.slots.isAlive(SlotWord.of(4000, 1)), "no such slot");
            long word = two.slot.word();
            two.slot.close();
            assertFalse(one.slots.isAlive(word));
            assertEquals("slot 1 tenancy 1 pid " + ProcessHandle.current().pid(), one.slots.describe(word));
            assertEquals("slot 4000 tenancy 1", one.slots.describe(SlotWord.of(4000, 1)));
        }
    }

    @Test
    void lane_takenByAThread_isItsOwnAndSeenByOthers() throws InterruptedException {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            assertFalse(one.slots.isUnfenced(0), "before there are lanes");
            assumeTrue(one.holds.leaveOutFences(), "the kernel executes no fences for others");
            assertTrue(two.slots.isUnfenced(0), "who releases has to know");
            assertFalse(two.slots.isUnfenced(1));
            HoldLane lane = one.holds.lane();
            assertSame(lane, one.holds.lane(), "once a thread");
            HoldLane other = inThread(one.holds::lane);
            assertTrue(other.stripe() >= 2 && lane.stripe() >= 2 && other.stripe() != lane.stripe());
            one.holds.acquire(7, lane);
            one.holds.acquire(7, lane);
            assertTrue(two.holds.isHeld(7));
            assertFalse(two.holds.isHeld(8));
            int writing = one.holds.acquire(8);
            assertTrue(two.holds.isHeldByWriters(8));
            one.holds.release(8, writing);
            assertFalse(two.holds.isHeldByWriters(8));
            one.holds.acquireDirect(7, other);
            one.holds.release(7, lane.stripe());
            assertEquals(2, one.holds.ownHolds(7));
            one.holds.release(7, lane.stripe());
            assertTrue(two.holds.isHeld(7));
            one.holds.releaseDirect(7, other);
            assertFalse(two.holds.isHeld(7));
            assertThrows(IllegalStateException.class, () -> one.holds.release(7, lane.stripe()));
            assertThrows(IllegalStateException.class, () -> one.holds.releaseDirect(7, lane));
            assertEquals(0, one.holds.ownHolds(7));
        }
    }

    @Test
    void lane_moreThreadsThanLanes_goFromTheDeadToTheNext() throws InterruptedException {
        try (Attachment one = new Attachment(directory)) {
            assumeTrue(one.holds.leaveOutFences(), "the kernel executes no fences for others");
            int lanes = 8 - 2;
            CountDownLatch taken = new CountDownLatch(lanes);
            CountDownLatch end = new CountDownLatch(1);
            Set<HoldLane> seen = ConcurrentHashMap.newKeySet();
            List<Thread> threads = IntStream.range(0, lanes).mapToObj(i -> Thread.ofPlatform().start(() -> {
                seen.add(one.holds.lane());
                taken.countDown();
                assertDoesNotThrow(() -> end.await());
            })).toList();
            assertTrue(taken.await(300, TimeUnit.SECONDS));
            assertEquals(lanes, seen.size());
            assertSame(HoldLane.NONE, one.holds.lane());
            end.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertTrue(seen.contains(one.holds.lane()));
        }
    }

    private static HoldLane inThread(Supplier<HoldLane> call) throws InterruptedException {
        AtomicReference<HoldLane> result = new AtomicReference<>(HoldLane.NONE);
        Thread thread = Thread.ofPlatform().start(() -> result.set(call.get()));
        thread.join();
        return Objects.requireNonNull(result.get());
    }

    @Test
    void holds_acquiredAndReleased_seenByOthers() throws InterruptedException {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            assertFalse(two.holds.isHeld(7));
            int stripe = one.holds.acquire(7);
            int again = one.holds.acquire(7);
            assertEquals(stripe, again, "the same thread");
            assertTrue(two.holds.isHeld(7));
            assertTrue(one.holds.isHeld(7), "also for itself");
            assertFalse(two.holds.isHeld(8));
            assertFalse(two.holds.isHeld(6));
            assertEquals(2, one.holds.ownHolds(7));
            assertEquals(0, two.holds.ownHolds(7));
            assertEquals(List.of(one.slots.tenant(0)), two.holds.holders(7));
            one.holds.release(7, stripe);
            Thread other = Thread.ofPlatform().start(() -> one.holds.release(7, stripe));
            other.join();
            assertFalse(two.holds.isHeld(7));
            assertThrows(IllegalStateException.class, () -> one.holds.release(7, stripe));
            assertEquals(0, one.holds.ownHolds(7));
            assertThrows(IndexOutOfBoundsException.class, () -> one.holds.acquire(64));
        }
    }

    @Test
    void take_afterAClosedAttachmentThatLeftHolds_isWiped() {
        try (Attachment watcher = new Attachment(directory)) {
            Attachment left = new Attachment(directory);
            left.holds.acquire(9);
            left.slot.putBegins(5);
            assertEquals(1, watcher.slots.holdCount(left.slot.index()));
            left.slot.setComputation(0, 5);
            assertTrue(watcher.holds.isHeld(9));
            left.close();
            assertFalse(watcher.holds.isHeld(9), "nobody lives there");
            try (Attachment next = new Attachment(directory)) {
                assertEquals(left.slot.index(), next.slot.index());
                assertEquals(0, next.holds.ownHolds(9));
                assertEquals(0, next.slots.tenant(next.slot.index()).putsInFlight());
                assertEquals(0, next.slots.holdCount(next.slot.index()));
                assertEquals(0, next.slots.computation(next.slot.index(), 0));
                assertFalse(watcher.holds.isHeld(9));
            }
        }
    }

    @Test
    @Tag("system")
    void isAlive_killed_freeWithinASecondAndTenancyGrows() {
        try (Attachment here = new Attachment(directory);
                ForkedJvm other = ForkedJvm.of(Tenant.class).args(directory.directory().toString()).start()) {
            long pid = Long.parseLong(other.awaitLine("attached as"));
            ProcessSlots.Tenant tenant = here.slots.tenant(1);
            assertEquals(pid, tenant.pid());
            assertTrue(tenant.isAlive() && tenant.isTaken() && !tenant.isStale());
            assertTrue(here.holds.isHeld(11));
            other.stop();
            assertTrue(here.slots.isAlive(SlotWord.of(1, 1)), "stopped is not dead");
            assertTrue(here.holds.isHeld(11));
            other.kill();
            assertFalse(here.slots.isAlive(SlotWord.of(1, 1)));
            assertFalse(here.holds.isHeld(11));
            assertTrue(here.slots.tenant(1).isStale());
            // Its number is given to a process that lives: only the lock counts.
            here.mark.slotHeaders().set(java.lang.foreign.ValueLayout.JAVA_INT,
                    ProcessSlotDescriptor.BYTES + ProcessSlotDescriptor.PID, (int) ProcessHandle.current().pid());
            assertEquals(ProcessHandle.current().pid(), here.slots.tenant(1).pid());
            assertFalse(here.slots.isAlive(SlotWord.of(1, 1)));
            assertFalse(here.holds.isHeld(11));
            try (Attachment next = new Attachment(directory)) {
                assertEquals(1, next.slot.index());
                assertEquals(2, next.slot.tenancy());
                assertEquals(0, next.holds.ownHolds(11));
                assertFalse(here.slots.isAlive(SlotWord.of(1, 1)));
                assertTrue(here.slots.isAlive(SlotWord.of(1, 2)));
            }
            assertEquals(1, here.slots.tenants().size());
        }
    }

    /** Attaches, holds segment 11 and waits to be killed. */
    static final class Tenant {
        public static void main(String[] args) throws Exception {
            Attachment attachment = new Attachment(StoreDirectory.open(Path.of(args[0])));
            attachment.holds.acquire(11);
            ForkedJvm.say("attached as " + ProcessHandle.current().pid());
            int _ = System.in.read();
        }
    }
}
