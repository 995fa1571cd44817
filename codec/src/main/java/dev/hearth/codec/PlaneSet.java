package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Where the byte planes of a page lie, in the encoded page itself or in working memory, and room to work on them.
 * Reusable; one thread.
 */
final class PlaneSet {
    private final MemorySegment[] segments = new MemorySegment[TensorPage.MAX_ELEMENT_BYTES];
    private final long[] offsets = new long[TensorPage.MAX_ELEMENT_BYTES];
    private long[] words = new long[0];

    void set(int plane, MemorySegment segment, long offset) {
        segments[plane] = segment;
        offsets[plane] = offset;
    }

    /** Where a plane of so many groups starts, all of which is memory to read. */
    long address(int plane, int groups) {
        return NativeMemory.readable(segments[plane], offsets[plane], (long) groups * Interleave.GROUP);
    }

    /** As {@link #address}, and may be written. */
    long writableAddress(int plane, int groups) {
        return NativeMemory.writable(segments[plane], offsets[plane], (long) groups * Interleave.GROUP);
    }

    /** Working memory of at least so many words, with anything in it. */
    long[] words(int count) {
        if (words.length < count) {
            words = new long[count];
        }
        return words;
    }

    /** Lets go of segments of the caller, so that their memory can be freed. */
    void clear(MemorySegment placeholder) {
        Arrays.fill(segments, placeholder);
    }
}
