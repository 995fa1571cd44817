package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.testing.Garbage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class FrameCacheTest {
    private static final byte[] ABSENT = {};
    private static final int LANE = FrameLayout.SHARED_HOLD_STRIPES;

    @Test
    void copy_published_anyPartByAnyAttachment() {
        TestFrames frames = new TestFrames(1 << 20, 64 << 10);
        FrameCache one = frames.attach(0);
        FrameCache two = frames.attach(1);
        FrameKey key = TestFrames.key(1, 5_000);
        assertArrayEquals(ABSENT, TestFrames.read(one, key));
        assertTrue(TestFrames.fill(one, key));
        assertArrayEquals(TestFrames.page(key), TestFrames.read(one, key));
        assertArrayEquals(TestFrames.page(key), TestFrames.read(two, key));
        MemorySegment target = MemorySegment.ofArray(new byte[40]);
        assertTrue(two.copy(key, 4_970, target, 10, 30));
        assertArrayEquals(Arrays.copyOfRange(TestFrames.page(key), 4_970, 5_000),
                target.asSlice(10).toArray(ValueLayout.JAVA_BYTE));
        assertThrows(IndexOutOfBoundsException.class, () -> two.copy(key, 4_970, target, 0, 31));
        assertEquals(1, frames.count(Counter.FRAMES_RESIDENT));
    }

    @Test
    void copy_keyThatDiffersInOnePart_isAbsent() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache cache = frames.attach(0);
        assertTrue(TestFrames.fill(cache, new FrameKey().set(1, 2, 3, 4, 100)));
        assertTrue(TestFrames.read(cache, new FrameKey().set(1, 2, 3, 4, 100)).length > 0);
        assertArrayEquals(ABSENT, TestFrames.read(cache, new FrameKey().set(9, 2, 3, 4, 100)));
        assertArrayEquals(ABSENT, TestFrames.read(cache, new FrameKey().set(1, 9, 3, 4, 100)));
        assertArrayEquals(ABSENT, TestFrames.read(cache, new FrameKey().set(1, 2, 9, 4, 100)));
        assertArrayEquals(ABSENT, TestFrames.read(cache, new FrameKey().set(1, 2, 3, 9, 100)));
        assertArrayEquals(ABSENT, TestFrames.read(cache, new FrameKey().set(1, 2, 3, 4, 101)));
    }

    @Test
    void hold_published_staysThroughClaimsOfItsSet() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache one = frames.attach(0);
        FrameCache two = frames.attach(1);
        FrameKey key = TestFrames.key(1, 512);
        assertEquals(-1, two.hold(key));
        TestFrames.fill(one, key);
        long handle = two.hold(key);
        assertTrue(handle >= 0);
        for (int other = 2; other < 200; other++) {
            assertEquals(other <= 16, TestFrames.fill(one, TestFrames.key(other, 512)), "other=" + other);
            assertArrayEquals(TestFrames.page(key), TestFrames.held(two, key, handle));
        }
        assertEquals(200 - 17, frames.count(Counter.FRAMES_REFUSED));
        two.release(handle);
        assertThrows(IllegalStateException.class, () -> two.release(handle));
        assertTrue(TestFrames.fill(one, TestFrames.key(200, 512)));
        assertEquals(1, frames.count(Counter.FRAMES_EVICTED));
        assertEquals(16, frames.count(Counter.FRAMES_RESIDENT));
        assertThrows(IllegalArgumentException.class, () -> two.release(handle | 0xF0));
        assertThrows(UnsupportedOperationException.class,
                () -> two.memory().asSlice(0, 1).asByteBuffer().put((byte) 1));
    }

    @Test
    void holdDirect_checked_staysThroughClaimsOfItsSet() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache one = frames.attach(0);
        FrameCache two = frames.attach(1);
        FrameKey key = TestFrames.key(1, 512);
        TestFrames.fill(one, key);
        assertEquals(-1, two.holdDirect(key, LANE), "it was not checked in this process");
        two.release(two.hold(key));
        long handle = two.holdDirect(key, LANE);
        long again = two.holdDirect(key, LANE);
        assertTrue(handle >= 0 && again == handle);
        two.release(again);
        for (int other = 2; other < 200; other++) {
            assertEquals(other <= 16, TestFrames.fill(one, TestFrames.key(other, 512)), "other=" + other);
            assertArrayEquals(TestFrames.page(key), TestFrames.held(two, key, handle));
        }
        two.release(handle);
        assertThrows(IllegalStateException.class, () -> two.release(handle));
        assertTrue(TestFrames.fill(one, TestFrames.key(200, 512)));
        assertThrows(IllegalArgumentException.class, () -> two.release(handle | 0xF0));
    }

    @Test
    void holdDirect_atAPlace_isOfThePageThatIsThere() {
        FrameCache cache = TestFrames.ofSets(1).attach(0);
        long[] places = new long[17];
        for (int number = 1; number <= 16; number++) {
            assertTrue(TestFrames.fill(cache, TestFrames.key(number, 512)));
            long handle = cache.holdDirect(TestFrames.key(number, 512), LANE);
            places[number] = cache.place(handle);
            assertTrue(places[number] >= 0 && places[number] < 1L << 39, "place=" + places[number]);
            cache.release(handle);
        }
        for (int at = 1; at <= 16; at++) {
            for (int number = 1; number <= 16; number++) {
                FrameKey key = TestFrames.key(number, 512);
                long handle = cache.holdDirect(key, places[at], LANE);
                assertEquals(number == at, handle >= 0);
                if (number == at) {
                    assertArrayEquals(TestFrames.page(key), TestFrames.held(cache, key, handle));
                    cache.release(handle);
                    assertThrows(IllegalStateException.class, () -> cache.release(handle), "it held once");
                }
            }
        }
        FrameKey key = TestFrames.key(1, 512);
        assertEquals(-1, cache.holdDirect(key, places[1], 0), "no lane");
        assertThrows(IllegalArgumentException.class, () -> cache.holdDirect(key, places[1] | 0xF0, LANE));
        assertThrows(IllegalArgumentException.class, () -> cache.holdDirect(key, places[1] | 1L << 38, LANE));
        // All were used, and the hand takes that from each of them before it takes one.
        for (int other = 17; other < 60; other++) {
            assertTrue(TestFrames.fill(cache, TestFrames.key(other, 512)), "other=" + other);
        }
        assertEquals(-1, cache.holdDirect(key, places[1], LANE), "it is gone");
    }

    @Test
    void holdDirect_otherKeysAndStripes_areAbsent() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache cache = frames.attach(0);
        assertTrue(TestFrames.fill(cache, new FrameKey().set(1, 2, 3, 4, 100)));
        assertTrue(cache.holdDirect(new FrameKey().set(1, 2, 3, 4, 100), LANE) >= 0);
        assertEquals(-1, cache.holdDirect(new FrameKey().set(9, 2, 3, 4, 100), LANE));
        assertEquals(-1, cache.holdDirect(new FrameKey().set(1, 9, 3, 4, 100), LANE));
        assertEquals(-1, cache.holdDirect(new FrameKey().set(1, 2, 9, 4, 100), LANE));
        assertEquals(-1, cache.holdDirect(new FrameKey().set(1, 2, 3, 9, 100), LANE));
        assertEquals(-1, cache.holdDirect(new FrameKey().set(1, 2, 3, 4, 101), LANE));
        for (int stripe : new int[]{-1, 0, FrameLayout.SHARED_HOLD_STRIPES - 1, FrameLayout.HOLD_STRIPES, 255}) {
            assertEquals(-1, cache.holdDirect(new FrameKey().set(1, 2, 3, 4, 100), stripe), "stripe=" + stripe);
        }
    }

    @Test
    void holdDirect_claimedOrUsed_letsGoOrKeeps() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache cache = frames.attach(0);
        FrameKey key = TestFrames.key(1, 512);
        TestFrames.fill(cache, key);
        int way = frames.wayOf(key);
        long ready = frames.word(way);
        frames.setWord(way, FrameWord.claim(FrameWord.CLAIMING, 1, 1));
        assertEquals(-1, cache.holdDirect(key, LANE), "somebody claims it");
        frames.setWord(way, ready);
        for (int other = 2; other < 17; other++) {
            TestFrames.fill(cache, TestFrames.key(other, 512));
        }
        // The hand passes over what was used, so one that is used each time stays.
        for (int other = 17; other < 60; other++) {
            cache.release(cache.holdDirect(key, LANE));
            assertTrue(TestFrames.fill(cache, TestFrames.key(other, 512)), "other=" + other);
        }
    }

    @Test
    void claim_resident_saysSo() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache cache = frames.attach(0);
        FrameKey key = TestFrames.key(1, 10);
        assertTrue(TestFrames.fill(cache, key));
        assertEquals(FrameCache.RESIDENT, cache.claim(key));
        assertFalse(TestFrames.fill(frames.attach(1), key));
    }

    @Test
    void abandon_claimed_canBeClaimedAgain() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache cache = frames.attach(0);
        FrameKey key = TestFrames.key(1, 10);
        long handle = cache.claim(key);
        assertEquals(1, cache.stats().claimed());
        cache.abandon(handle);
        assertThrows(IllegalStateException.class, () -> cache.abandon(handle));
        assertThrows(IllegalStateException.class,
                () -> cache.publish(handle, key, MemorySegment.ofArray(TestFrames.page(key)), 0));
        assertArrayEquals(ABSENT, TestFrames.read(cache, key));
        assertTrue(TestFrames.fill(cache, key));
        assertEquals(1, cache.stats().resident());
    }

    @Test
    void publish_otherKeyThanClaimed_isRefused() {
        TestFrames frames = TestFrames.ofSets(1);
        FrameCache cache = frames.attach(0);
        long handle = cache.claim(TestFrames.key(1, 10));
        FrameKey other = TestFrames.key(2, 10);
        assertThrows(IllegalStateException.class,
                () -> cache.publish(handle, other, MemorySegment.ofArray(TestFrames.page(other)), 0));
        assertThrows(IllegalStateException.class, () -> frames.attach(1).abandon(handle));
    }

    @Test
    void copyAndHold_resident_allocateNothing() {
        TestFrames frames = TestFrames.ofSets(8);
        FrameCache cache = frames.attach(0);
        FrameKey key = new FrameKey();
        for (int number = 0; number < 30; number++) {
            assertTrue(TestFrames.fill(cache, key.set(number, 2, 3, 4, 512)));
        }
        MemorySegment target = MemorySegment.ofArray(new byte[512]);
        long[] hits = {0};
        assertEquals(0, Garbage.of(() -> hits[0] = useAll(cache, key, target)), "bytes for 60,000 uses");
        assertEquals(60_000, hits[0]);
    }

    private static long useAll(FrameCache cache, FrameKey key, MemorySegment target) {
        long hits = 0;
        for (int count = 0; count < 60_000; count++) {
            FrameKey one = key.set(count % 30, 2, 3, 4, 512);
            long handle = cache.hold(one);
            long inLane = cache.holdDirect(one, LANE);
            hits += cache.copy(one, 0, target, 0, 512) && handle >= 0 && inLane >= 0 ? 1 : 0;
            cache.release(inLane);
            cache.release(handle);
        }
        return hits;
    }
}
