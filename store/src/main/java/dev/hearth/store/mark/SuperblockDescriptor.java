package dev.hearth.store.mark;

/**
 * The first block of the mark file, written once. Little-endian.
 *
 * <pre>
 * offset length
 *      0      8  magic           "HRTHMARK"
 *      8      4  format          2
 *     12      4  length          4096
 *     16    128  geometry        see {@link GeometryDescriptor}
 *    144      8  fileBytes       length of the whole file
 *    152      8  segmentsOffset  where the segment table starts
 *    160      8  slotsOffset     where the headers of the process slots start
 *    168      8  holdsOffset     where the hold counters of slot 0 start
 *    176      8  holdsBytes      from one slot's hold counters to the next one's
 *    184   3908  zero
 *   4092      4  CRC32C of bytes 0 to 4091
 * </pre>
 *
 * <p>
 * Behind it lie, each at a multiple of 4096: the shared words ({@link MarkWordsDescriptor}), the segment table
 * ({@link SegmentRecordDescriptor}), the headers of the process slots ({@link ProcessSlotDescriptor}), and the hold
 * counters of the slots, which are given space when their slot is taken for the first time.
 */
final class SuperblockDescriptor {
    /** "HRTHMARK" read as a little-endian number. */
    static final long MAGIC_VALUE = 0x4B52414D48545248L;
    static final int FORMAT_VERSION = 2;
    static final int MAGIC = 0;
    static final int FORMAT = MAGIC + 8;
    static final int LENGTH = FORMAT + 4;
    static final int GEOMETRY = LENGTH + 4;
    static final int FILE_BYTES = GEOMETRY + GeometryDescriptor.BYTES;
    static final int SEGMENTS_OFFSET = FILE_BYTES + 8;
    static final int SLOTS_OFFSET = SEGMENTS_OFFSET + 8;
    static final int HOLDS_OFFSET = SLOTS_OFFSET + 8;
    static final int HOLDS_BYTES = HOLDS_OFFSET + 8;
    static final int ZERO = HOLDS_BYTES + 8;
    static final int CRC = ZERO + 3908;
    static final int BYTES = CRC + 4;

    private SuperblockDescriptor() {}
}
