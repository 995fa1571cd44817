package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkTestSupport.Attachment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The holds of those who write in a segment, as who ends its reservations looks for them. */
final class SegmentHoldsTest {
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
    void isHeldByWriters_everyStripeThatWritersUse_isCounted() throws InterruptedException {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            boolean[] seen = new boolean[2];
            for (int thread = 0; !(seen[0] && seen[1]); thread++) {
                assertTrue(thread < 1_000, "threads of one stripe only");
                int[] stripe = {-1};
                Thread writer = Thread.ofPlatform().start(() -> stripe[0] = one.holds.acquire(8));
                writer.join();
                assertTrue(stripe[0] >= 0 && stripe[0] < seen.length, "no lane");
                seen[stripe[0]] = true;
                assertTrue(two.holds.isHeldByWriters(8), "by others");
                assertTrue(one.holds.isHeldByWriters(8), "by itself");
                one.holds.release(8, stripe[0]);
                assertFalse(two.holds.isHeldByWriters(8), "let go");
            }
        }
    }

    @Test
    void isHeldByWriters_heldTwice_untilBothAreReleased() {
        try (Attachment one = new Attachment(directory);
                Attachment two = new Attachment(directory);
                Attachment three = new Attachment(directory)) {
            int first = one.holds.acquire(8);
            int second = two.holds.acquire(8);
            one.holds.release(8, first);
            assertTrue(three.holds.isHeldByWriters(8), "the other still has it");
            two.holds.release(8, second);
            assertFalse(three.holds.isHeldByWriters(8));
        }
    }

    @Test
    void isHeldByWriters_otherSegments_doNotCount() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            int below = one.holds.acquire(7);
            int above = one.holds.acquire(9);
            assertFalse(two.holds.isHeldByWriters(8));
            one.holds.release(7, below);
            one.holds.release(9, above);
        }
    }

    @Test
    void isHeldByWriters_theDead_doNotCount() {
        try (Attachment watcher = new Attachment(directory)) {
            Attachment dead = new Attachment(directory);
            int _ = dead.holds.acquire(8);
            assertTrue(watcher.holds.isHeldByWriters(8));
            dead.close();
            assertEquals(1, watcher.slots.holdCount(dead.slot.index()), "still there");
            assertFalse(watcher.holds.isHeldByWriters(8), "of nobody who lives");
            try (Attachment next = new Attachment(directory)) {
                assertEquals(dead.slot.index(), next.slot.index());
                assertFalse(watcher.holds.isHeldByWriters(8), "nor of who has the slot now");
            }
        }
    }

    /** What such an attachment could hold unseen are lanes, in which nobody writes: it is no reason to wait for it. */
    @Test
    void isHeldByWriters_whoLeavesOutFencesAndHoldsNothing_doesNotCount() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            one.slots.setUnfenced(one.slot.index());
            assertTrue(two.slots.isUnfenced(one.slot.index()));
            assertFalse(two.holds.isHeldByWriters(8));
            int stripe = one.holds.acquire(8);
            assertTrue(two.holds.isHeldByWriters(8), "outside of lanes it is seen");
            one.holds.release(8, stripe);
            assertFalse(two.holds.isHeldByWriters(8));
        }
    }

    @Test
    void isHeldLate_whoLeavesOutFencesAndHolds_untilItLetsGo() {
        try (Attachment one = new Attachment(directory); Attachment two = new Attachment(directory)) {
            int stripe = one.holds.acquire(8);
            assertFalse(two.holds.isHeldLate(8), "what is held behind a fence was seen before");
            one.slots.setUnfenced(one.slot.index());
            assertTrue(two.holds.isHeldLate(8));
            assertFalse(two.holds.isHeldLate(9), "another segment");
            assertFalse(one.holds.isHeldLate(8), "its own fences are certain");
            one.holds.release(8, stripe);
            assertFalse(two.holds.isHeldLate(8), "let go");
        }
    }

    @Test
    void isHeldLate_theDead_doNotCount() {
        try (Attachment watcher = new Attachment(directory)) {
            Attachment dead = new Attachment(directory);
            dead.slots.setUnfenced(dead.slot.index());
            int _ = dead.holds.acquire(8);
            assertTrue(watcher.holds.isHeldLate(8));
            dead.close();
            assertFalse(watcher.holds.isHeldLate(8));
        }
    }
}
