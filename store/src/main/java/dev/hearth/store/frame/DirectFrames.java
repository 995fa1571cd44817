package dev.hearth.store.frame;

import dev.hearth.store.io.DirectWords;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The short way to a hold on a frame: what {@link FrameCache#hold} does, for a thread that has a lane of hold counters
 * to itself, at bare addresses. It finds only pages that were checked in this process before.
 *
 * <p>
 * The caller keeps the memory mapped. Addresses are computed from numbers of this process, and from ways, of which
 * there are as many as the class has, or of a handle that was compared with the layout. Any thread that has a lane.
 */
final class DirectFrames {
    private final FrameLayout layout;
    private final PageChecks checks;
    private final long address;
    private final long ownHolds;

    private DirectFrames(FrameLayout layout, PageChecks checks, long address, long ownHolds) {
        this.layout = layout;
        this.checks = checks;
        this.address = address;
        this.ownHolds = ownHolds;
    }

    /**
     * The way to frames in {@code memory}; null if that is on the heap.
     *
     * @param ownHoldsOffset where the hold counters of the attachment lie in it
     */
    static @Nullable DirectFrames of(FrameLayout layout, PageChecks checks, MemorySegment memory, long ownHoldsOffset) {
        long address = DirectWords.addressOf(memory);
        return address == DirectWords.NOWHERE
                ? null
                : new DirectFrames(layout, checks, address, address + ownHoldsOffset);
    }

    /**
     * Holds the frame of a page, in the lane of the calling thread: a handle, or -1, which means nothing.
     *
     * @param sizeClass what {@code key} belongs to: one whose sets have space
     */
    long hold(SizeClass sizeClass, FrameKey key, int lane) {
        int set = sizeClass.setOf(key.hash());
        int left = tagged(address + sizeClass.setOffset(set), key.tag()) & (1 << sizeClass.ways()) - 1;
        for (; left != 0; left &= left - 1) {
            long handle = hold(sizeClass, set, Integer.numberOfTrailingZeros(left), key, lane);
            if (handle >= 0) {
                return handle;
            }
        }
        return -1;
    }

    /** The same of a page that is in this frame, or in none. */
    long hold(SizeClass sizeClass, int set, int way, FrameKey key, int lane) {
        long setAddress = address + sizeClass.setOffset(set);
        long wayAddress = SizeClass.wayOffset(setAddress, way);
        long word = DirectWords.getVolatile(wayAddress + FramesDescriptor.WORD);
        if (!FrameWord.isReady(word) || !hasKey(wayAddress, key)
                || !checks.isChecked(sizeClass.firstFrame() + sizeClass.frame(set, way), word)) {
            return -1;
        }
        long counter = counterAddress(layout.holdCounter(sizeClass, set), lane);
        // Nobody else counts here. What is loaded behind this store must be loaded behind it, hence volatile.
        DirectWords.setIntVolatile(counter, DirectWords.getInt(counter) + 1);
        if (DirectWords.getVolatile(wayAddress + FramesDescriptor.WORD) == word) {
            refer(setAddress + FramesDescriptor.REFERENCED + way);
            return FrameHandle.of(sizeClass, set, way, lane);
        }
        DirectWords.setIntRelease(counter, DirectWords.getInt(counter) - 1);
        return -1;
    }

    /** As {@link FrameSets#tagged}. */
    private static int tagged(long setAddress, short tag) {
        long pattern = FrameSets.pattern(tag);
        long tags = setAddress + FramesDescriptor.TAGS;
        return FrameSets.zeroLanes(DirectWords.getOpaque(tags) ^ pattern)
                | FrameSets.zeroLanes(DirectWords.getOpaque(tags + 8) ^ pattern) << 4
                | FrameSets.zeroLanes(DirectWords.getOpaque(tags + 16) ^ pattern) << 8
                | FrameSets.zeroLanes(DirectWords.getOpaque(tags + 24) ^ pattern) << 12;
    }

    private static boolean hasKey(long wayAddress, FrameKey key) {
        return DirectWords.get(wayAddress + FramesDescriptor.DIGEST_HI) == key.digestHi()
                && DirectWords.get(wayAddress + FramesDescriptor.DIGEST_LO) == key.digestLo()
                && DirectWords.get(wayAddress + FramesDescriptor.VERSION) == key.version()
                && DirectWords.get(wayAddress + FramesDescriptor.PAGE) == key.page()
                && DirectWords.getInt(wayAddress + FramesDescriptor.LENGTH_BYTES) == key.lengthBytes();
    }

    private static void refer(long byteAddress) {
        if (DirectWords.getByte(byteAddress) == 0) {
            DirectWords.setByte(byteAddress, FrameSets.REFERENCED);
        }
    }

    /** Takes a hold away, by the thread of the lane; returns whether there was one. */
    boolean release(int holdCounter, int lane) {
        long counter = counterAddress(holdCounter, lane);
        int before = DirectWords.getInt(counter);
        DirectWords.setIntRelease(counter, Math.max(0, before - 1));
        return before > 0;
    }

    private long counterAddress(int holdCounter, int lane) {
        return ownHolds + layout.holdOffset(lane, holdCounter);
    }
}
