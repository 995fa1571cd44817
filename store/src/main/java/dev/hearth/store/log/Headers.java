package dev.hearth.store.log;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.HearthException.Incompatible;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the headers of log files and checkpoints have in common: a block that starts with magic (8 bytes) and format
 * (4) and ends with the CRC32C of all before it.
 */
final class Headers {
    private static final int FORMAT_OFFSET = 8;

    private Headers() {}

    /**
     * Reads and checks the block at the start of {@code file}; the format comes before the checksum, so that it is
     * told.
     */
    static void read(StoreFile file, MemorySegment block, String what, long magic, int format) {
        long blockBytes = block.byteSize();
        long read = file.read(0, block);
        if (read < blockBytes) {
            throw new Corrupt(what, file.path(), read, blockBytes + " bytes", read + " bytes");
        }
        long foundMagic = block.get(Bytes.LONG, 0);
        if (foundMagic != magic) {
            throw new Corrupt(what, file.path(), 0, Long.toHexString(magic), Long.toHexString(foundMagic));
        }
        int foundFormat = block.get(Bytes.INT, FORMAT_OFFSET);
        if (foundFormat != format) {
            throw new Incompatible(file.path(), foundFormat, format);
        }
        int expected = Checksums.of(block, 0, blockBytes - 4);
        int actual = block.get(Bytes.INT, blockBytes - 4);
        if (expected != actual) {
            throw new Corrupt(what, file.path(), blockBytes - 4, Integer.toHexString(expected),
                    Integer.toHexString(actual));
        }
    }

    static MemorySegment copy(MemorySegment block, long offset, long length) {
        return MemorySegment.ofArray(block.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
    }
}
