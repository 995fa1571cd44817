package dev.hearth.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A value that is larger than memory: yields its bytes in order, each once. */
@FunctionalInterface
public interface ValueSource {
    /**
     * Fills {@code target} wholly with the next bytes of the value.
     *
     * @throws IOException if they cannot be had; the put fails with it and the store is as before
     */
    void read(MemorySegment target) throws IOException;
}
