package dev.hearth.store.frame;

import java.util.ArrayList;
import java.util.List;

/**
 * How the memory for frames is divided, and where the parts of the file lie.
 *
 * <p>
 * Frames have the sizes that are powers of two from 512 bytes to a page, so that none is less than half used but the
 * smallest. Whole pages get three quarters of the memory (at least one frame), for they are what large values are made
 * of; the other sizes share the rest in equal parts. The division is of addresses: what is not used takes no space.
 * Sets have sixteen ways, or as many as there are frames.
 */
final class FrameLayout {
    /** The smallest frame. */
    static final int SMALLEST_FRAME_BYTES = 512;
    static final int HOLD_STRIPES = 16;
    /** The first of them, in which any thread counts; each of the others is a lane, in which one does. */
    static final int SHARED_HOLD_STRIPES = 4;

    private static final int LARGEST_FRAME_BYTES = 1 << 20;
    private static final long MOST_BYTES = 1L << 40;
    private static final long UNIT_BYTES = 64 << 10;
    private static final long MOST_UNITS = 1 << 16;
    /** More sets than these share hold counters. */
    private static final long MOST_HOLD_COUNTERS = 1 << 16;
    private static final int HOLD_BYTES = 4;
    private static final int LINE_BYTES = 64;

    final long frameBytes;
    final int pageBytes;
    final int slotCount;
    final List<SizeClass> classes;
    final long frameCount;
    final int unitCount;
    final int holdCounters;
    final long ownersOffset;
    final long holdsOffset;
    final long holdsStripeBytes;
    /** Of one process slot. */
    final long holdsBytes;
    final long fileBytes;

    private final int smallestShift;

    /**
     * The layout for some memory.
     *
     * @param frameBytes bytes of frames; at least one page
     * @param pageBytes  the largest frame: a power of two from 512
     * @param slotCount  number of process slots
     */
    FrameLayout(long frameBytes, int pageBytes, int slotCount) {
        check(frameBytes, pageBytes, slotCount);
        this.frameBytes = frameBytes;
        this.pageBytes = pageBytes;
        this.slotCount = slotCount;
        smallestShift = Integer.numberOfTrailingZeros(SMALLEST_FRAME_BYTES);
        long[] counts = counts(frameBytes, pageBytes);
        List<SizeClass> measured = place(counts, 0);
        frameCount = measured.stream().mapToLong(SizeClass::frames).sum();
        unitCount = measured.stream().mapToInt(SizeClass::units).sum();
        long sets = measured.stream().mapToLong(SizeClass::sets).sum();
        holdCounters = (int) Math.min(sets, MOST_HOLD_COUNTERS);
        holdsStripeBytes = align((long) holdCounters * HOLD_BYTES, LINE_BYTES);
        holdsBytes = align(HOLD_STRIPES * holdsStripeBytes, FramesDescriptor.BLOCK_BYTES);
        ownersOffset = FramesDescriptor.MAP_OFFSET
                + align(FramesDescriptor.MAP_UNITS + unitCount, FramesDescriptor.BLOCK_BYTES);
        holdsOffset = ownersOffset + align((long) slotCount * Long.BYTES, FramesDescriptor.BLOCK_BYTES);
        classes = place(counts, holdsOffset + slotCount * holdsBytes);
        SizeClass last = classes.getLast();
        fileBytes = align(last.framesOffset() + last.framesBytes(), FramesDescriptor.BLOCK_BYTES);
    }

    /**
     * Checks what a layout is made for.
     *
     * @throws IllegalArgumentException names the value
     */
    static void check(long frameBytes, int pageBytes, int slotCount) {
        if (pageBytes < SMALLEST_FRAME_BYTES || pageBytes > LARGEST_FRAME_BYTES || Integer.bitCount(pageBytes) != 1) {
            throw new IllegalArgumentException("pageBytes=" + pageBytes);
        }
        if (frameBytes < pageBytes || frameBytes > MOST_BYTES) {
            throw new IllegalArgumentException("frameBytes=" + frameBytes + " pageBytes=" + pageBytes);
        }
        if (slotCount < 1 || slotCount > FrameWord.MOST_SLOTS) {
            throw new IllegalArgumentException("slotCount=" + slotCount);
        }
    }

    /** How many frames each class has. */
    private long[] counts(long memoryBytes, int largestBytes) {
        int count = Integer.numberOfTrailingZeros(largestBytes) - smallestShift + 1;
        long[] counts = new long[count];
        counts[count - 1] = Math.max(1, (count == 1 ? memoryBytes : memoryBytes / 4 * 3) / largestBytes);
        long rest = memoryBytes - counts[count - 1] * largestBytes;
        for (int index = 0; index < count - 1; index++) {
            counts[index] = (rest / (count - 1)) >> (index + smallestShift);
        }
        return counts;
    }

    private List<SizeClass> place(long[] counts, long startOffset) {
        List<SizeClass> placed = new ArrayList<>();
        long offset = startOffset;
        long set = 0;
        long frame = 0;
        int unit = 0;
        for (int index = 0; index < counts.length; index++) {
            int size = 1 << (index + smallestShift);
            int ways = Math.clamp(counts[index], 1, FramesDescriptor.MOST_WAYS);
            int sets = Math.toIntExact(counts[index] / ways);
            long unitBytes = Math.max(Math.max(size, UNIT_BYTES),
                    Long.highestOneBit(Math.max(1, (long) sets * ways * size / MOST_UNITS)));
            SizeClass sized = new SizeClass(index, size, sets, ways, offset, 0, unitBytes, unit, set, frame);
            long framesOffset = align(offset + sized.setsBytes(), FramesDescriptor.BLOCK_BYTES);
            sized = new SizeClass(index, size, sets, ways, offset, framesOffset, unitBytes, unit, set, frame);
            placed.add(sized);
            offset = align(framesOffset + sized.framesBytes(), FramesDescriptor.BLOCK_BYTES);
            set += sets;
            frame += sized.frames();
            unit += sized.units();
        }
        return List.copyOf(placed);
    }

    /** The class whose frames a page of this length goes into. */
    SizeClass classOf(int lengthBytes) {
        if (lengthBytes > pageBytes) {
            throw new IllegalArgumentException("lengthBytes=" + lengthBytes + " pageBytes=" + pageBytes);
        }
        return classes.get(Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(lengthBytes - 1) - smallestShift));
    }

    /** Which counter counts the holds of a set. */
    int holdCounter(SizeClass sizeClass, int set) {
        long number = sizeClass.firstSet() + set;
        return (int) (number < holdCounters ? number : number % holdCounters);
    }

    /** Whether a stripe of hold counters is there, and is a lane. */
    static boolean isLane(int stripe) {
        return stripe >= SHARED_HOLD_STRIPES && stripe < HOLD_STRIPES;
    }

    long holdsOffset(int slot) {
        return holdsOffset + slot * holdsBytes;
    }

    /** Where a hold counter lies within the counters of a process slot. */
    long holdOffset(int stripe, int counter) {
        return stripe * holdsStripeBytes + (long) counter * HOLD_BYTES;
    }

    /** Bytes that have space from the start. */
    long fixedBytes() {
        return holdsOffset;
    }

    private static long align(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
