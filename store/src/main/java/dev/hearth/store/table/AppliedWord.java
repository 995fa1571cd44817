package dev.hearth.store.table;

import dev.hearth.store.io.DirectWords;
import java.lang.foreign.MemorySegment;

/**
 * The shared word with the version up to which everything is visible; it only grows, in the order of unsigned
 * numbers.
 */
final class AppliedWord {
    private final MemorySegment memory;

    /** The word is the first eight bytes of {@code memory}. */
    AppliedWord(MemorySegment memory) {
        if (memory.byteSize() < Long.BYTES) {
            throw new IllegalArgumentException("lastAppliedWordBytes=" + memory.byteSize());
        }
        this.memory = memory;
    }

    /** Where the word is; {@link DirectWords#NOWHERE} if it is on the heap. */
    long address() {
        return DirectWords.addressOf(memory);
    }

    /** The word, with acquire order. */
    long get() {
        return (long) Words.LONG.getAcquire(memory, 0L);
    }

    /** Whether {@code version} is visible when the word is {@code lastApplied}. */
    static boolean covers(long lastApplied, long version) {
        return Long.compareUnsigned(version, lastApplied) <= 0;
    }
}
