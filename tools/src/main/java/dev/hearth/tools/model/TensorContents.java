package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The bytes of a tensor, read in ranges. */
@FunctionalInterface
public interface TensorContents {
    /**
     * Copies bytes into {@code target}, filling it. Writers ask for ascending ranges without gaps.
     *
     * @param offset of the first byte, from the start of the tensor
     */
    void read(long offset, MemorySegment target) throws IOException;
}
