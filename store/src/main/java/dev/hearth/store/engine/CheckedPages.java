package dev.hearth.store.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Which stored bytes this process has checked, so that each is checked once, before it is handed out first. Any
 * thread; takes no lock.
 *
 * <p>
 * A mark is set for a place in the data file and the generation of the segment, or head of a run, it belongs to. The
 * start of an extent stands for a whole contiguous value, the start of a page for a page of one, and a line of a page
 * table for a raw page of a value that is encoded in part: there the line says where the page is, so that it is the
 * line that has to be known as good. None can be mistaken for another: extents of one generation do not overlap.
 *
 * <p>
 * Marks take one bit each, in blocks that are made as they are needed: 1/512 of the data that was read in small values.
 * They are hints that may be lost: two threads that make the same block, or the same segment, at once leave one of the
 * two, and what the other had marked is checked once more. A mark that is found was set after a check of exactly that
 * place in exactly that generation; that the checked bytes themselves are seen is what the lookup table and the holds
 * are for.
 */
final class CheckedPages {
    /** Places that are multiples of 64 bytes: extents and pages. */
    static final int UNITS = 6;
    /** Places that are multiples of 16 bytes: lines of page tables. */
    static final int LINES = 4;
    /** Bits of a block. */
    private static final int BLOCK_SHIFT = 12;
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    /** Loaded without order: what is seen of marks is right, whatever is not. */
    private final @Nullable Marks[] segments;
    private final int unitShift;
    private final int segmentShift;
    private final long segmentMask;
    private final int wordsPerBlock;

    /** The marks of one segment in one generation. */
    private static final class Marks {
        final int head;
        final long generation;
        final long[] @Nullable [] blocks;

        Marks(int head, long generation, int blockCount) {
            this.head = head;
            this.generation = generation;
            this.blocks = new long[blockCount][];
        }
    }

    /** Nothing is checked yet. */
    CheckedPages(int segmentCount, long segmentBytes, int unitShift) {
        if (Long.bitCount(segmentBytes) != 1 || segmentBytes < 64L << unitShift) {
            throw new IllegalArgumentException("segmentBytes=" + segmentBytes);
        }
        this.unitShift = unitShift;
        segments = new Marks[segmentCount];
        segmentShift = Long.numberOfTrailingZeros(segmentBytes);
        segmentMask = segmentBytes - 1;
        wordsPerBlock = (int) Math.min(1 << BLOCK_SHIFT, segmentBytes >>> unitShift) / Long.SIZE;
    }

    /**
     * Whether a place was checked.
     *
     * @param head            the segment, or the head of the run, that the entry belongs to
     * @param generation      of the head
     * @param fileOffsetBytes the place, from the start of the data file
     */
    boolean isChecked(int head, long generation, long fileOffsetBytes) {
        int segment = (int) (fileOffsetBytes >>> segmentShift);
        Marks marks = segment < segments.length ? segments[segment] : null;
        if (marks == null || marks.generation != generation || marks.head != head) {
            return false;
        }
        int unit = (int) ((fileOffsetBytes & segmentMask) >>> unitShift);
        long[] block = marks.blocks[unit >>> BLOCK_SHIFT];
        return block != null && (block[(unit & (1 << BLOCK_SHIFT) - 1) >>> 6] >>> unit & 1) != 0;
    }

    /** Says that a place was checked. */
    void setChecked(int head, long generation, long fileOffsetBytes) {
        int segment = (int) (fileOffsetBytes >>> segmentShift);
        Marks marks = segments[segment];
        if (marks == null || marks.generation != generation || marks.head != head) {
            int units = (int) ((segmentMask + 1) >>> unitShift);
            marks = new Marks(head, generation, Math.ceilDiv(units, 1 << BLOCK_SHIFT));
            segments[segment] = marks;
        }
        int unit = (int) ((fileOffsetBytes & segmentMask) >>> unitShift);
        long[] block = marks.blocks[unit >>> BLOCK_SHIFT];
        if (block == null) {
            block = new long[wordsPerBlock];
            marks.blocks[unit >>> BLOCK_SHIFT] = block;
        }
        long _ = (long) WORDS.getAndBitwiseOr(block, (unit & (1 << BLOCK_SHIFT) - 1) >>> 6, 1L << unit);
    }
}
