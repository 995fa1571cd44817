package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Where a tensor's bytes come from. Safe for any thread until the model is closed. */
interface TensorSource extends TensorContents {
    /** The file the bytes are in. */
    Path file();

    /** Where they start in the file, or -1 if they must be decoded. */
    long fileOffset();

    /** All bytes: the mapping itself, or decoded memory. */
    MemorySegment data() throws IOException;
}
