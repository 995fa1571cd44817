package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Where the byte planes of a page lie: in the encoded page itself, or in working memory. Reusable; one thread. */
final class PlaneSet {
    private final MemorySegment[] segments = new MemorySegment[TensorPage.MAX_ELEMENT_BYTES];
    private final long[] offsets = new long[TensorPage.MAX_ELEMENT_BYTES];

    void set(int plane, MemorySegment segment, long offset) {
        segments[plane] = segment;
        offsets[plane] = offset;
    }

    MemorySegment segment(int plane) {
        return segments[plane];
    }

    long offset(int plane) {
        return offsets[plane];
    }

    /** Where a plane of so many groups starts, all of which is memory to read. */
    long address(int plane, int groups) {
        return NativeMemory.readable(segments[plane], offsets[plane], (long) groups * Interleave.GROUP);
    }

    /** Lets go of segments of the caller, so that their memory can be freed. */
    void clear(MemorySegment placeholder) {
        Arrays.fill(segments, placeholder);
    }
}
