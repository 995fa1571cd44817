package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FrameLayoutTest {
    private static final int KIB = 1 << 10;

    @Test
    void classOf_lengths_smallestFrameThatHoldsThem() {
        FrameLayout layout = new FrameLayout(1 << 30, 64 * KIB, 128);
        assertEquals(512, layout.classOf(1).frameBytes());
        assertEquals(512, layout.classOf(512).frameBytes());
        assertEquals(1 * KIB, layout.classOf(513).frameBytes());
        assertEquals(2 * KIB, layout.classOf(1536).frameBytes());
        assertEquals(64 * KIB, layout.classOf(32 * KIB + 1).frameBytes());
        assertEquals(64 * KIB, layout.classOf(64 * KIB).frameBytes());
        assertThrows(IllegalArgumentException.class, () -> layout.classOf(64 * KIB + 1));
    }

    @Test
    void division_ofAGibibyte_threeQuartersForWholePages() {
        FrameLayout layout = new FrameLayout(1 << 30, 64 * KIB, 128);
        assertEquals(8, layout.classes.size());
        SizeClass pages = layout.classes.getLast();
        assertEquals(12_288, pages.frames());
        assertEquals(768, pages.sets());
        assertEquals(16, pages.ways());
        for (SizeClass smaller : layout.classes.subList(0, 7)) {
            assertEquals((1 << 28) / 7.0, (double) smaller.framesBytes(), 1 << 19);
        }
        assertTrue(layout.fixedBytes() < 64 * KIB, "before anything is used: " + layout.fixedBytes());
    }

    @Test
    void layout_anySizes_partsDoNotOverlapAndFitTheMemory() {
        for (long frameBytes : new long[]{1 << 20, (1 << 20) + 4097, 3 << 20, 100 << 20, 1L << 40}) {
            for (int pageBytes = 4 * KIB; pageBytes <= 1 << 20; pageBytes *= 2) {
                check(new FrameLayout(frameBytes, pageBytes, 128));
            }
        }
    }

    @Test
    void place_ofAHandle_isTheHandleWithoutItsStripe() {
        FrameLayout layout = new FrameLayout(1L << 40, 64 * KIB, 128);
        Set<Long> places = new HashSet<>();
        for (SizeClass sizeClass : layout.classes) {
            for (int set : new int[]{0, 1, 300, sizeClass.sets() - 1}) {
                for (int way = 0; way < sizeClass.ways(); way++) {
                    for (int stripe : new int[]{0, 5, FrameLayout.HOLD_STRIPES - 1}) {
                        long handle = FrameHandle.of(sizeClass, set, way, stripe);
                        places.add(FrameHandle.place(handle));
                        assertEquals(handle, FrameHandle.ofPlace(FrameHandle.place(handle), stripe));
                    }
                }
            }
        }
        assertEquals(layout.classes.size() * 4 * 16, places.size());
        assertTrue(places.stream().allMatch(place -> place >= 0 && place < 1L << 39), "they fit into a lookaside");
    }

    private static void check(FrameLayout layout) {
        String what = "frameBytes=" + layout.frameBytes + " pageBytes=" + layout.pageBytes;
        long end = layout.holdsOffset(layout.slotCount);
        long framesBytes = 0;
        long frames = 0;
        int units = 0;
        for (SizeClass sizeClass : layout.classes) {
            assertTrue(sizeClass.setsOffset() >= end, what);
            assertTrue(sizeClass.framesOffset() >= sizeClass.setsOffset() + sizeClass.setsBytes(), what);
            assertEquals(0, sizeClass.framesOffset() % 4096, what);
            assertTrue(sizeClass.ways() >= 1 && sizeClass.ways() <= 16, what);
            assertEquals(frames, sizeClass.firstFrame(), what);
            assertEquals(units, sizeClass.firstUnit(), what);
            end = sizeClass.framesOffset() + sizeClass.framesBytes();
            framesBytes += sizeClass.framesBytes();
            frames += sizeClass.frames();
            units += sizeClass.units();
        }
        assertTrue(end <= layout.fileBytes, what);
        assertTrue(framesBytes <= layout.frameBytes, what);
        assertTrue(framesBytes >= layout.frameBytes / 2, what);
        assertEquals(frames, layout.frameCount, what);
        assertEquals(units, layout.unitCount, what);
        assertTrue(layout.classes.getLast().frames() > 0, what);
        assertTrue(FramesDescriptor.MAP_OFFSET + FramesDescriptor.MAP_UNITS + units <= layout.ownersOffset, what);
        assertTrue(layout.ownersOffset + layout.slotCount * 8L <= layout.holdsOffset, what);
        assertTrue(layout.holdCounters <= 1 << 16, what);
        assertTrue(units <= 13 << 17, what);
    }

    @Test
    void frames_ofAClass_eachInItsPlaceAndInOneUnit() {
        SizeClass sizeClass = new FrameLayout(1 << 20, 8 * KIB, 4).classes.get(2);
        Set<Long> offsets = new HashSet<>();
        for (int set = 0; set < sizeClass.sets(); set++) {
            for (int way = 0; way < sizeClass.ways(); way++) {
                long offset = sizeClass.frameOffset(set, way);
                assertTrue(offsets.add(offset));
                int unit = sizeClass.unit(set, way);
                assertTrue(unit < sizeClass.units());
                assertTrue(offset >= sizeClass.unitOffset(unit) && offset + sizeClass.frameBytes()
                        <= sizeClass.unitOffset(unit) + sizeClass.unitLength(unit));
            }
        }
        assertEquals(sizeClass.frames(), offsets.size());
        assertEquals(sizeClass.frameOffset(0, 0) + sizeClass.frameBytes(), sizeClass.frameOffset(1, 0),
                "first ways lie together");
    }

    @Test
    void setOf_manyKeys_spreadEvenly() {
        SizeClass sizeClass = new FrameLayout(1 << 30, 64 * KIB, 4).classes.getLast();
        int[] counts = new int[sizeClass.sets()];
        Random random = new Random(7);
        for (int entry = 0; entry < 1_000; entry++) {
            FrameKey key = new FrameKey();
            long hi = random.nextLong();
            for (int page = 0; page < 64; page++) {
                counts[sizeClass.setOf(key.set(hi, 1, 5, page, 64 * KIB).hash())]++;
            }
        }
        List<Integer> sorted = new ArrayList<>();
        for (int count : counts) {
            sorted.add(count);
        }
        sorted.sort(null);
        // 83 on average; the deviation of a fair spread is 9.
        assertTrue(sorted.getFirst() > 40 && sorted.getLast() < 135, sorted.getFirst() + " to " + sorted.getLast());
    }

    @Test
    void check_impossible_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new FrameLayout(4095, 4096, 1));
        assertThrows(IllegalArgumentException.class, () -> new FrameLayout((1L << 40) + 1, 4096, 1));
        assertThrows(IllegalArgumentException.class, () -> new FrameLayout(1 << 20, 5000, 1));
        assertThrows(IllegalArgumentException.class, () -> new FrameLayout(1 << 20, 4096, 1025));
    }

    @Test
    void zeroLanes_anyValue_exactlyTheLanesThatAreZero() {
        Random random = new Random(3);
        for (int round = 0; round < 100_000; round++) {
            long value = 0;
            int expected = 0;
            for (int lane = 0; lane < 4; lane++) {
                int tag = switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> 1;
                    case 2 -> 0x8000;
                    default -> random.nextInt(1 << 16);
                };
                value |= (long) tag << (16 * lane);
                expected |= (tag == 0 ? 1 : 0) << lane;
            }
            assertEquals(expected, FrameSets.zeroLanes(value), Long.toHexString(value));
        }
    }
}
