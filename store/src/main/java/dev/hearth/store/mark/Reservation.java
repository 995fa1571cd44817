package dev.hearth.store.mark;

/**
 * The reservation word of a segment: how far it is given out.
 *
 * <pre>
 * bits  0..35  offset of the first unit that is not given out, in units of 64 bytes
 * bits 36..54  entries of the directory given out
 * bit  55      closed: no more is given out
 * bits 56..63  lower bits of the generation, so that a put that is late does not reserve in the next use
 * </pre>
 */
public final class Reservation {
    /** What {@link SegmentTable#reserve} returns when there is no room. */
    public static final long FULL = -1;
    /** What {@link SegmentTable#reserve} returns when the segment is closed or has another generation. */
    public static final long STALE = -2;
    /** The most entries a segment can have. */
    public static final int MOST_ENTRIES = (1 << 19) - 1;
    /** Bytes of a directory entry. */
    static final int DIRECTORY_ENTRY_BYTES = 16;
    private static final int UNIT_BYTES = 64;

    private static final int COUNT_SHIFT = 36;
    private static final long OFFSET_MASK = (1L << COUNT_SHIFT) - 1;
    private static final long CLOSED = 1L << 55;

    private Reservation() {}

    static long of(long offsetUnits, int directoryCount, long generation) {
        return offsetUnits | (long) directoryCount << COUNT_SHIFT | generation << 56;
    }

    static long closed(long word) {
        return word | CLOSED;
    }

    static long open(long word) {
        return word & ~CLOSED;
    }

    /** The first unit not given out; of a result of {@link SegmentTable#reserve}: where the extent starts. */
    public static long offsetUnits(long word) {
        return word & OFFSET_MASK;
    }

    /** Entries given out; of a result of {@link SegmentTable#reserve}: the place in the directory. */
    public static int directoryCount(long word) {
        return (int) (word >>> COUNT_SHIFT) & MOST_ENTRIES;
    }

    /** Bytes that were given out: from the start of the segment, and of its directory at the end. */
    public static long usedBytes(long word) {
        return (offsetUnits(word) + directoryUnits(directoryCount(word))) * UNIT_BYTES;
    }

    /** Whether no more is given out. */
    public static boolean isClosed(long word) {
        return (word & CLOSED) != 0;
    }

    static boolean isOfGeneration(long word, long generation) {
        return word >>> 56 == (generation & 0xFF);
    }

    /** How many units the directory takes at the end of the segment. */
    static long directoryUnits(int directoryCount) {
        return ((long) directoryCount * DIRECTORY_ENTRY_BYTES + 63) / 64;
    }
}
