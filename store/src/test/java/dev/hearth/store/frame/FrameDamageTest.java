package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.counters.Counter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A bit flipped anywhere in the frames, seen by an attachment that has checked nothing yet. */
final class FrameDamageTest {
    private static final int PAGES = 14;
    private static final long SEED = 20_260_101;

    private final TestFrames frames = TestFrames.ofSets(1);
    private final SizeClass sizeClass = frames.layout.classes.getFirst();
    private int tenancy = 1;
    private int hits;

    FrameDamageTest() {
        FrameCache cache = frames.attach(0);
        for (int number = 0; number < PAGES; number++) {
            assertTrue(TestFrames.fill(cache, key(number)));
        }
    }

    private static FrameKey key(int number) {
        // Pages of one entry: a flipped bit of a page number names another page that exists.
        return new FrameKey().set(1, 2, 3, number, 500);
    }

    @Test
    void flip_anyBitOfASet_rightBytesOrAMiss() {
        flipEach(sizeClass.setsOffset(), sizeClass.setsBytes() * 8, 1);
        assertTrue(hits > PAGES * sizeClass.setsBytes() * 7, "most flips hit one page or none: hits=" + hits);
    }

    @Test
    void flip_anyBitOfAPage_rightBytesOrAMissThatIsCounted() {
        flipEach(sizeClass.framesOffset(), 500 * 8, 1);
        assertEquals(500 * 8, frames.count(Counter.DAMAGE));
        assertEquals(500 * 8, frames.problems.get());
    }

    @Test
    void flip_bitsOfMapOwnersAndHolds_rightBytesOrAMiss() {
        System.out.println("seed=" + SEED);
        flipEach(FramesDescriptor.MAP_OFFSET, 64 * 8, 1);
        flipEach(frames.layout.ownersOffset, 4 * 8 * 8, 1);
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            flipEach(frames.layout.holdsOffset + random.nextLong(4 * frames.layout.holdsBytes), 8, 7);
        }
    }

    private void flipEach(long offset, long bits, int step) {
        byte[] whole = frames.memory.toArray(ValueLayout.JAVA_BYTE);
        for (long bit = 0; bit < bits; bit += step) {
            long at = offset + bit / 8;
            frames.memory.set(ValueLayout.JAVA_BYTE, at,
                    (byte) (frames.memory.get(ValueLayout.JAVA_BYTE, at) ^ 1 << bit % 8));
            FrameCache cache = frames.attach(1, tenancy++);
            for (int number = 0; number < PAGES; number++) {
                check(cache, key(number));
            }
            assertEquals(0, TestFrames.read(cache, key(PAGES + 1)).length);
            TestFrames.fill(cache, key(PAGES + 1));
            check(cache, key(PAGES + 1));
            MemorySegment.copy(MemorySegment.ofArray(whole), 0, frames.memory, 0, whole.length);
        }
    }

    private void check(FrameCache cache, FrameKey key) {
        byte[] found = TestFrames.read(cache, key);
        long handle = cache.hold(key);
        if (handle >= 0) {
            assertArrayEquals(TestFrames.page(key), TestFrames.held(cache, key, handle));
            cache.release(handle);
        }
        if (found.length > 0) {
            hits++;
            assertArrayEquals(TestFrames.page(key), found);
        } else if (TestFrames.fill(cache, key)) {
            assertArrayEquals(TestFrames.page(key), TestFrames.read(cache, key));
        }
    }
}
