package dev.hearth.store.segment;

import dev.hearth.codec.Crc32c;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * The first 128 bytes of a segment, or of the head of a run. Written when the segment is given out. Little-endian.
 *
 * <pre>
 * offset length
 *      0      8  magic "HEARTHSG"
 *      8      4  format version, 1
 *     12      4  CRC32C of the 128 bytes with these four zero
 *     16     16  id of the store, upper half first
 *     32      8  generation
 *     40      4  index of the segment
 *     44      4  length of the run in segments, 1 for a segment by itself
 *     48      1  kind of its entries
 *     49     15  zero
 *     64      8  size of a segment
 *     72      8  capacity of the store
 *     80      4  page size
 *     84     44  zero
 * </pre>
 */
public final class SegmentHeaderDescriptor {
    /** Bytes of a segment header; the first extent starts behind it. */
    public static final int BYTES = 128;
    /** Format version of segments. */
    public static final int FORMAT = 1;
    static final long MAGIC_VALUE = 0x4753_4854_5241_4548L;
    static final int MAGIC = 0;
    static final int FORMAT_VERSION = MAGIC + 8;
    static final int CRC = FORMAT_VERSION + 4;
    static final int STORE_ID = CRC + 4;
    static final int GENERATION = STORE_ID + 16;
    static final int INDEX = GENERATION + 8;
    static final int RUN_SEGMENTS = INDEX + 4;
    static final int KIND = RUN_SEGMENTS + 4;
    static final int SEGMENT_BYTES = KIND + 16;
    static final int CAPACITY_BYTES = SEGMENT_BYTES + 8;
    static final int PAGE_BYTES = CAPACITY_BYTES + 8;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SegmentHeaderDescriptor() {}

    static void write(MemorySegment target, UUID storeId, DataGeometry geometry, Run run) {
        MemorySegment out = target.asSlice(0, BYTES).fill((byte) 0);
        out.set(LONG, MAGIC, MAGIC_VALUE);
        out.set(INT, FORMAT_VERSION, FORMAT);
        out.set(LONG, STORE_ID, storeId.getMostSignificantBits());
        out.set(LONG, STORE_ID + 8, storeId.getLeastSignificantBits());
        out.set(LONG, GENERATION, run.generation());
        out.set(INT, INDEX, run.head());
        out.set(INT, RUN_SEGMENTS, run.segments());
        out.set(ValueLayout.JAVA_BYTE, KIND, (byte) run.kind().id());
        out.set(LONG, SEGMENT_BYTES, geometry.segmentBytes());
        out.set(LONG, CAPACITY_BYTES, geometry.capacityBytes());
        out.set(INT, PAGE_BYTES, geometry.pageBytes());
        out.set(INT, CRC, Crc32c.ofFresh(out, 0, BYTES));
    }

    /** Length of the run, of a valid header. */
    static int runSegments(MemorySegment in) {
        return in.get(INT, RUN_SEGMENTS);
    }

    /** Whether a header in private memory is whole and says it is that of {@code index} in {@code generation}. */
    static boolean isValid(MemorySegment in, UUID storeId, int index, long generation) {
        int stored = in.get(INT, CRC);
        in.set(INT, CRC, 0);
        int actual = Crc32c.ofFresh(in, 0, BYTES);
        in.set(INT, CRC, stored);
        return stored == actual && in.get(LONG, MAGIC) == MAGIC_VALUE && in.get(INT, FORMAT_VERSION) == FORMAT
                && in.get(LONG, STORE_ID) == storeId.getMostSignificantBits()
                && in.get(LONG, STORE_ID + 8) == storeId.getLeastSignificantBits() && in.get(INT, INDEX) == index
                && in.get(LONG, GENERATION) == generation;
    }
}
