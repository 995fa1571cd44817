package dev.hearth.store.segment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The directory of a segment or run: a line for each extent, growing downwards from its end. Little-endian.
 *
 * <p>
 * Line {@code i} is at {@code end - 16 * (i + 1)}. It is written by the holder of the writer lock when the entry is
 * committed, again by whoever redoes the commit, and is zero for an extent whose writer died before. So who walks the
 * directory finds every committed entry, whatever holes there are between the extents.
 *
 * <pre>
 * offset length
 *      0      4  where the extent starts in the segment, units of 64 bytes; never 0
 *      4      4  CRC32C of the entry header
 *      8      8  version
 * </pre>
 */
public final class DirectoryDescriptor {
    /** Bytes of a line. */
    public static final int LINE_BYTES = 16;
    static final int OFFSET_UNITS = 0;
    static final int HEADER_CRC = OFFSET_UNITS + 4;
    static final int VERSION = HEADER_CRC + 4;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private DirectoryDescriptor() {}

    static void write(MemorySegment target, long at, int offsetUnits, int headerCrc, long version) {
        target.set(INT, at + OFFSET_UNITS, offsetUnits);
        target.set(INT, at + HEADER_CRC, headerCrc);
        target.set(LONG, at + VERSION, version);
    }

    static int offsetUnits(MemorySegment line) {
        return line.get(INT, OFFSET_UNITS);
    }

    static int headerCrc(MemorySegment line) {
        return line.get(INT, HEADER_CRC);
    }

    static long version(MemorySegment line) {
        return line.get(LONG, VERSION);
    }
}
