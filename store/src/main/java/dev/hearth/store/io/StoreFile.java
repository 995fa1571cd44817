package dev.hearth.store.io;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * An open file of a store: positional reads and writes that are whole or fail, real allocation, and syncs.
 *
 * <p>
 * Any thread may call; an interrupt neither ends a call nor closes the file. No space is full: {@code
 * HearthException.Full}; other failures: {@code HearthException.Io}.
 */
public interface StoreFile extends AutoCloseable {
    /** The path under which the file was opened. */
    Path path();

    /** Length of the file in bytes. */
    long sizeBytes();

    /** Reads up to the end of {@code target} or of the file and returns the bytes read, 0 at or behind the end. */
    long read(long offsetBytes, MemorySegment target);

    /** Writes all of {@code source}. */
    void write(long offsetBytes, MemorySegment source);

    /** Makes the file system give blocks to the range, growing the file if it ends before. */
    void allocate(long offsetBytes, long lengthBytes);

    /** Gives the blocks of the range back; it reads as zeros, the length stays. */
    void punchHole(long offsetBytes, long lengthBytes);

    /** Sets the length, giving no blocks to what is new. */
    void truncate(long sizeBytes);

    /** Makes data, and the metadata needed to read it, durable. */
    void sync();

    /** Starts writing back the dirty pages of the range and does not wait for it. */
    void startWriteback(long offsetBytes, long lengthBytes);

    @Override
    void close();
}
