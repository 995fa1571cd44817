package dev.hearth.store.segment;

import dev.hearth.codec.Crc32c;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The page table of an entry: for each page where it lies, how it is encoded, and its checksum. Little-endian.
 *
 * <pre>
 * offset length
 *      0      7  where the stored bytes start, from the start of the extent
 *      7      1  codec
 *      8      4  length of the stored bytes
 *     12      4  page checksum
 * </pre>
 *
 * <p>
 * The page checksum is the CRC32C of 48 bytes: the CRC32C of the stored bytes (u32), their length (u32), the codec
 * (u32), zero (u32), the digest (u64 upper, u64 lower), the number of the page (u64) and the generation of the segment
 * (u64). So a page that is damaged, that belongs to another key or another place in the value, or that an earlier
 * generation of the segment left there does not pass, and neither does a damaged line of this table: it leads to other
 * bytes, another length, another codec or another checksum. That is why the table needs no checksum of its own. Because
 * the stored bytes enter through their own CRC, a page can be checked under one generation and given the checksum of
 * the next without being summed twice.
 */
final class PageTable {
    /** Bytes of a line. */
    static final int LINE_BYTES = 16;
    static final int OFFSET_AND_CODEC = 0;
    static final int LENGTH = OFFSET_AND_CODEC + 8;
    static final int CHECKSUM = LENGTH + 4;
    private static final int CODEC_SHIFT = 56;
    private static final long OFFSET_MASK = (1L << CODEC_SHIFT) - 1;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PageTable() {}

    static void write(MemorySegment table, long line, long offsetBytes, int codec, int lengthBytes, int checksum) {
        long at = line * LINE_BYTES;
        table.set(LONG, at + OFFSET_AND_CODEC, offsetBytes | (long) codec << CODEC_SHIFT);
        table.set(INT, at + LENGTH, lengthBytes);
        table.set(INT, at + CHECKSUM, checksum);
    }

    static long offsetBytes(MemorySegment table, long line) {
        return table.get(LONG, line * LINE_BYTES + OFFSET_AND_CODEC) & OFFSET_MASK;
    }

    static int codec(MemorySegment table, long line) {
        return (int) (table.get(LONG, line * LINE_BYTES + OFFSET_AND_CODEC) >>> CODEC_SHIFT);
    }

    static int lengthBytes(MemorySegment table, long line) {
        return table.get(INT, line * LINE_BYTES + LENGTH);
    }

    static int checksum(MemorySegment table, long line) {
        return table.get(INT, line * LINE_BYTES + CHECKSUM);
    }

    /** The page checksum from the CRC32C of the stored bytes. */
    static int pageChecksum(Crc32c crc, int storedCrc, int lengthBytes, int codec, EntryHeader header, long page) {
        return crc.reset()
                .updateLong(Integer.toUnsignedLong(storedCrc) | (long) lengthBytes << 32)
                .updateLong(codec)
                .updateLong(header.digestHi())
                .updateLong(header.digestLo())
                .updateLong(page)
                .updateLong(header.generation())
                .value();
    }

    /** The same for a page of the entry at a place. */
    static int pageChecksum(Crc32c crc, int storedCrc, int lengthBytes, int codec, EntryPlace place, long page) {
        return crc.reset()
                .updateLong(Integer.toUnsignedLong(storedCrc) | (long) lengthBytes << 32)
                .updateLong(codec)
                .updateLong(place.digestHi)
                .updateLong(place.digestLo)
                .updateLong(page)
                .updateLong(place.generation)
                .value();
    }
}
