package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Which parts of the file have space, and how others get it: nothing is touched before.
 *
 * <p>
 * The map in the file says it for the sets of each size class, all at once, and for frames in pieces. Giving space
 * twice is harmless, so that nobody waits for anybody. Where there is none, the answer is no for a second without
 * asking again. Any thread.
 */
final class FrameSpace {
    private static final byte HAS_SPACE = 1;
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final FrameLayout layout;
    private final MemorySegment memory;
    private final Allocator allocator;
    /** What was seen in the map once stays true. */
    private final boolean[] classes;
    private volatile long fullAtNs = System.nanoTime() - ASK_AGAIN_NS;

    /** Gives space to ranges of the file. */
    interface Allocator {
        /**
         * Gives space.
         *
         * @throws HearthException if there is none, or the file is not what it was
         */
        void allocate(long offsetBytes, long lengthBytes);
    }

    FrameSpace(FrameLayout layout, MemorySegment memory, Allocator allocator) {
        this.layout = layout;
        this.memory = memory;
        this.allocator = allocator;
        classes = new boolean[layout.classes.size()];
    }

    /** Whether the sets of a class can be looked at. */
    boolean hasSets(SizeClass sizeClass) {
        int index = sizeClass.index();
        if (classes[index]) {
            return true;
        }
        classes[index] = isSet(FramesDescriptor.MAP_OFFSET + index);
        return classes[index];
    }

    /** Gives the sets of a class space; returns whether they have it. */
    boolean giveSets(SizeClass sizeClass) {
        return hasSets(sizeClass) || give(FramesDescriptor.MAP_OFFSET + sizeClass.index(), sizeClass.setsOffset(),
                sizeClass.setsBytes());
    }

    /** Gives the piece that a frame lies in space; returns whether it has it. */
    boolean giveFrame(SizeClass sizeClass, int set, int way) {
        int unit = sizeClass.unit(set, way);
        long flagOffset = unitFlag(sizeClass, unit);
        return isSet(flagOffset) || give(flagOffset, sizeClass.unitOffset(unit), sizeClass.unitLength(unit));
    }

    private boolean give(long flagOffset, long offsetBytes, long lengthBytes) {
        if (System.nanoTime() - fullAtNs < ASK_AGAIN_NS) {
            return false;
        }
        try {
            allocator.allocate(offsetBytes, lengthBytes);
        } catch (HearthException e) {
            fullAtNs = System.nanoTime();
            return false;
        }
        Words.BYTE.setRelease(memory, flagOffset, HAS_SPACE);
        return true;
    }

    /** How many bytes of frames have space. */
    long frameBytes() {
        long bytes = 0;
        for (SizeClass sizeClass : layout.classes) {
            for (int unit = 0; unit < sizeClass.units(); unit++) {
                if (isSet(unitFlag(sizeClass, unit))) {
                    bytes += sizeClass.unitLength(unit);
                }
            }
        }
        return bytes;
    }

    private static long unitFlag(SizeClass sizeClass, int unit) {
        return (long) FramesDescriptor.MAP_OFFSET + FramesDescriptor.MAP_UNITS + sizeClass.firstUnit() + unit;
    }

    private boolean isSet(long flagOffset) {
        return (byte) Words.BYTE.getAcquire(memory, flagOffset) == HAS_SPACE;
    }
}
