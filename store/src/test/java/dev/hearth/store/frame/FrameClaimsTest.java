package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.mark.SlotWord;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FrameClaimsTest {
    private final TestFrames frames = TestFrames.ofSets(1);
    private final FrameCache one = frames.attach(0);
    private final FrameCache two = frames.attach(1);

    @Test
    void claim_othersDecode_waitsAndFindsItResident() throws InterruptedException {
        FrameKey key = TestFrames.key(1, 512);
        long handle = one.claim(key);
        AtomicLong outcome = new AtomicLong(99);
        CountDownLatch started = new CountDownLatch(1);
        Thread waiter = Thread.ofPlatform().start(() -> {
            started.countDown();
            outcome.set(two.claim(TestFrames.key(1, 512)));
        });
        started.await();
        while (frames.count(Counter.FRAME_WAITS) == 0) {
            Thread.onSpinWait();
        }
        one.publish(handle, key, MemorySegment.ofArray(TestFrames.page(key)), 0);
        waiter.join();
        assertEquals(FrameCache.RESIDENT, outcome.get());
        assertEquals(1, frames.count(Counter.FRAME_WAITS));
    }

    @Test
    void claim_othersGiveUp_isHad() throws InterruptedException {
        FrameKey key = TestFrames.key(1, 512);
        long handle = one.claim(key);
        AtomicLong outcome = new AtomicLong(99);
        Thread waiter = Thread.ofPlatform().start(() -> outcome.set(two.claim(TestFrames.key(1, 512))));
        while (frames.count(Counter.FRAME_WAITS) == 0) {
            Thread.onSpinWait();
        }
        one.abandon(handle);
        waiter.join();
        assertTrue(outcome.get() >= 0, "outcome=" + outcome);
    }

    @Test
    void claim_ofTheStopped_isNeverTakenAndCostsOneWait() {
        FrameKey key = TestFrames.key(1, 512);
        long handle = one.claim(key);
        long startNs = System.nanoTime();
        assertEquals(FrameCache.NONE, two.claim(key));
        long waitedNs = System.nanoTime() - startNs;
        assertTrue(waitedNs >= TestFrames.WAIT_NS, "waitedNs=" + waitedNs);
        startNs = System.nanoTime();
        for (int again = 0; again < 1_000; again++) {
            assertEquals(FrameCache.NONE, two.claim(key));
        }
        long thousandNs = System.nanoTime() - startNs;
        assertTrue(thousandNs < 500 * TestFrames.WAIT_NS, "it is remembered: thousandNs=" + thousandNs);
        one.publish(handle, key, MemorySegment.ofArray(TestFrames.page(key)), 0);
        assertArrayEquals(TestFrames.page(key), TestFrames.read(two, key));
    }

    @Test
    void claim_ofTheDead_isTakenOverAtOnce() {
        FrameKey key = TestFrames.key(1, 512);
        one.claim(key);
        frames.kill(0, 1);
        assertEquals(0, two.stats().resident());
        assertTrue(TestFrames.fill(two, key));
        assertEquals(0, frames.wayOf(key), "its way is used again");
        assertEquals(0, two.stats().claimed());
    }

    @Test
    void claim_diesWhileWaitedFor_isTakenOver() throws InterruptedException {
        FrameKey key = TestFrames.key(1, 512);
        one.claim(key);
        AtomicLong outcome = new AtomicLong(99);
        Thread waiter = Thread.ofPlatform().start(() -> outcome.set(two.claim(TestFrames.key(1, 512))));
        while (frames.count(Counter.FRAME_WAITS) == 0) {
            Thread.onSpinWait();
        }
        frames.kill(0, 1);
        waiter.join();
        assertTrue(outcome.get() >= 0, "outcome=" + outcome);
    }

    @Test
    void claim_waitingThreadInterrupted_waitsOnAndKeepsTheInterrupt() {
        FrameKey key = TestFrames.key(1, 512);
        one.claim(key);
        Thread.currentThread().interrupt();
        long startNs = System.nanoTime();
        assertEquals(FrameCache.NONE, two.claim(key));
        assertTrue(System.nanoTime() - startNs >= TestFrames.WAIT_NS);
        assertTrue(Thread.interrupted());
    }

    @Test
    void claim_allWaysClaimed_isNone() {
        List<Long> handles = new ArrayList<>();
        for (int number = 0; number < 16; number++) {
            handles.add(one.claim(TestFrames.key(number, 512)));
        }
        assertTrue(handles.stream().allMatch(handle -> handle >= 0));
        assertEquals(FrameCache.NONE, two.claim(TestFrames.key(16, 512)));
        assertEquals(1, frames.count(Counter.FRAMES_REFUSED));
        one.abandon(handles.get(7));
        assertEquals(handles.get(7), two.claim(TestFrames.key(16, 512)));
        frames.kill(0, 1);
        assertTrue(TestFrames.fill(two, TestFrames.key(17, 512)), "claims of the dead are had");
    }

    @Test
    void clock_usedPages_getASecondChanceInOrder() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        for (int number : new int[]{0, 1, 4}) {
            assertTrue(TestFrames.read(two, TestFrames.key(number, 512)).length > 0);
        }
        // 0, 1 and 4 were used: 2, 3, 5 go first; then, used once more, 4 stays and 0 and 1 do not.
        assertEquals(List.of(2, 3, 5), goneAfter(3, 100));
        for (int number = 6; number < 16; number++) {
            assertEquals(List.of(number), goneAfter(1, 200 + number));
        }
        assertTrue(TestFrames.read(two, TestFrames.key(4, 512)).length > 0);
        assertEquals(List.of(0, 1), goneAfter(2, 300));
        assertTrue(TestFrames.read(two, TestFrames.key(4, 512)).length > 0);
        assertEquals(15, frames.count(Counter.FRAMES_EVICTED));
        assertEquals(16, frames.count(Counter.FRAMES_RESIDENT));
        assertEquals(16, one.stats().resident());
        assertEquals(16 * 512, one.stats().residentBytes());
    }

    /** Which of the first sixteen are gone after more were filled in, in ascending order. */
    private List<Integer> goneAfter(int more, int from) {
        List<Integer> before = present();
        for (int number = 0; number < more; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(from + number, 512)));
        }
        List<Integer> gone = new ArrayList<>(before);
        gone.removeAll(present());
        return gone;
    }

    private List<Integer> present() {
        List<Integer> present = new ArrayList<>();
        for (int number = 0; number < 16; number++) {
            if (frames.wayOf(TestFrames.key(number, 512)) >= 0) {
                present.add(number);
            }
        }
        return present;
    }

    @Test
    void holds_ofTheDead_countNoMore() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        assertTrue(two.hold(TestFrames.key(3, 512)) >= 0);
        assertFalse(TestFrames.fill(one, TestFrames.key(16, 512)));
        frames.kill(1, 1);
        assertTrue(TestFrames.fill(one, TestFrames.key(16, 512)));
    }

    @Test
    void holds_ofThePredecessorInTheSlot_areWipedBeforeTheFirst() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        assertTrue(two.hold(TestFrames.key(3, 512)) >= 0);
        frames.kill(1, 1);
        FrameCache next = frames.attach(1, 2);
        assertTrue(TestFrames.fill(one, TestFrames.key(16, 512)));
        assertTrue(TestFrames.read(next, TestFrames.key(16, 512)).length > 0);
    }

    @Test
    void holds_afterClosing_countNoMore() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        assertTrue(two.hold(TestFrames.key(3, 512)) >= 0);
        two.close();
        two.close();
        assertTrue(TestFrames.fill(one, TestFrames.key(16, 512)));
    }

    @Test
    void claim_diedBeforeItAskedForHolds_frameStaysAsLongAsItIsHeld() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        FrameKey held = TestFrames.key(3, 512);
        long handle = two.hold(held);
        frames.setWord(3, FrameWord.claim(FrameWord.CLAIMING, SlotWord.of(2, 1), 1));
        frames.kill(2, 1);
        for (int number = 16; number < 50; number++) {
            assertEquals(FrameCache.NONE, one.claim(TestFrames.key(number, 512)));
        }
        assertEquals(FrameCache.NONE, one.claim(held), "the claim of the dead names its page");
        assertArrayEquals(TestFrames.page(held), TestFrames.held(two, held, handle));
        two.release(handle);
        assertTrue(TestFrames.fill(one, held));
    }

    @Test
    void claim_heldAndFoundDamaged_frameStaysAsLongAsItIsHeld() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        FrameKey held = TestFrames.key(3, 512);
        long handle = two.hold(held);
        frames.setWord(3, FrameWord.EMPTY);
        assertEquals(FrameCache.NONE, one.claim(TestFrames.key(16, 512)));
        assertArrayEquals(TestFrames.page(held), TestFrames.held(two, held, handle));
    }

    @Test
    void announce_otherAnnouncedOnAHigherWay_isTakenFrom() {
        FrameKey key = TestFrames.key(1, 512);
        announceBy(2, 9, key);
        long handle = one.claim(TestFrames.key(2, 512));
        one.abandon(handle);
        // Only an announcement that comes between look and announcement is met: as if it came just now.
        long late = claimMeeting(key, 9);
        assertTrue(late >= 0);
        assertEquals(FrameWord.EMPTY, frames.word(9), "its owner finds out when it wants to decode");
        assertEquals(FrameWord.DECODING, FrameWord.kind(frames.word(FrameHandle.way(late))));
    }

    @Test
    void announce_otherAnnouncedOnALowerWay_givesWay() {
        FrameKey key = TestFrames.key(1, 512);
        assertTrue(TestFrames.fill(one, TestFrames.key(50, 512)));
        announceBy(2, 0, key);
        assertEquals(FrameCache.NONE, claimMeeting(key, 0));
        assertEquals(FrameWord.ANNOUNCED, FrameWord.kind(frames.word(0)));
        assertEquals(1, one.stats().claimed());
    }

    /** Lets slot {@code slot} have announced a page on a way. */
    private void announceBy(int slot, int way, FrameKey key) {
        FrameSets sets = new FrameSets(frames.memory);
        sets.setKey(frames.wayOffset(way), key);
        frames.setWord(way, FrameWord.claim(FrameWord.ANNOUNCED, SlotWord.of(slot, 1), 5));
    }

    /** Claims a page while another announcement appears after the first look: the space of the way is asked between. */
    private long claimMeeting(FrameKey key, int way) {
        long announced = frames.word(way);
        frames.setWord(way, FrameWord.withKind(announced, FrameWord.CLAIMING));
        frames.setFlag(0, (byte) 0);
        frames.beforeAllocation = () -> frames.setWord(way, announced);
        return one.claim(key);
    }

    @Test
    void claim_byManyAtOnce_eachPageIsDecodedOnce() throws Exception {
        FrameCache[] caches = {one, two, frames.attach(2)};
        for (int round = 0; round < 300; round++) {
            TestFrames fresh = TestFrames.ofSets(4);
            AtomicLong decoded = new AtomicLong();
            List<Thread> threads = new ArrayList<>();
            CountDownLatch start = new CountDownLatch(1);
            for (int slot = 0; slot < caches.length; slot++) {
                FrameCache cache = fresh.attach(slot);
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    for (int number = 0; number < 10; number++) {
                        if (TestFrames.fill(cache, TestFrames.key(number, 512))) {
                            decoded.incrementAndGet();
                        }
                    }
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(10, decoded.get(), "round=" + round);
            assertEquals(10, fresh.attach(3).stats().resident());
        }
    }

    @Test
    void claim_garbageWords_areNobodys() {
        for (int number = 0; number < 16; number++) {
            assertTrue(TestFrames.fill(one, TestFrames.key(number, 512)));
        }
        for (int way = 0; way < 16; way++) {
            frames.setWord(way, 0xA000_0000_0000_0000L + way * 0x0123_4567_89ABL + 1);
        }
        for (int number = 0; number < 16; number++) {
            assertEquals(0, TestFrames.read(two, TestFrames.key(number, 512)).length);
            assertTrue(TestFrames.fill(two, TestFrames.key(number, 512)));
            assertArrayEquals(TestFrames.page(TestFrames.key(number, 512)),
                    TestFrames.read(one, TestFrames.key(number, 512)));
        }
    }

    @Test
    void claim_noSpace_isNoneUntilThereIs() {
        TestFrames short1 = new TestFrames(4 << 20, 64 << 10);
        FrameCache cache = short1.attach(0);
        short1.spaceBytes = 0;
        assertFalse(TestFrames.fill(cache, TestFrames.key(1, 60_000)), "not even sets");
        assertEquals(-1, cache.hold(TestFrames.key(1, 60_000)));
        short1.spaceBytes = short1.layout.classes.getLast().setsBytes() + 2 * (64 << 10);
        FrameCache later = short1.attach(1);
        int filled = 0;
        for (int number = 0; number < 48; number++) {
            filled += TestFrames.fill(later, TestFrames.key(number, 60_000)) ? 1 : 0;
        }
        assertTrue(filled >= 2, "filled=" + filled);
        assertEquals(2 * (64 << 10), later.stats().allocatedBytes());
        assertEquals(2, later.stats().resident(), "the frames that have space are used again");
        assertNotEquals(0, short1.allocated.size());
    }
}
