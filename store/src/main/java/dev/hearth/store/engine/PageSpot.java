package dev.hearth.store.engine;

import java.lang.foreign.MemorySegment;

/** Where the bytes of a page are. Reused; one thread. */
final class PageSpot {
    MemorySegment memory = MemorySegment.NULL;
    long offsetBytes;
    /** The frame that is held, or -1. */
    long handle = -1;
    /** Whether they stay there as long as frame and segment are held; else they are to be copied at once. */
    boolean stays;

    void set(MemorySegment newMemory, long newOffsetBytes, long newHandle, boolean newStays) {
        memory = newMemory;
        offsetBytes = newOffsetBytes;
        handle = newHandle;
        stays = newStays;
    }
}
