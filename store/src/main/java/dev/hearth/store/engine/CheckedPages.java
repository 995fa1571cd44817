package dev.hearth.store.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Which stored bytes this process has checked, so that each is checked once, before it is handed out first. Any
 * thread; takes no lock.
 *
 * <p>
 * A mark is set for a place in the data file and the generation of the segment, or head of a run, it belongs to. A
 * place is a multiple of 64 bytes: the start of an extent stands for a whole value, the start of a page for that page.
 * Neither can be mistaken for another: extents of one generation do not overlap, and no page starts where its extent
 * does.
 *
 * <p>
 * Marks take one bit each, in blocks that are made as they are needed: 1/512 of the data that was read in small values.
 * They are hints that may be lost: two threads that make the same block, or the same segment, at once leave one of the
 * two, and what the other had marked is checked once more. A mark that is found was set after a check of exactly that
 * place in exactly that generation; that the checked bytes themselves are seen is what the lookup table and the holds
 * are for.
 */
final class CheckedPages {
    private static final int UNIT_SHIFT = 6;
    /** Bits of a block: 4,096, which stand for 256 KiB. */
    private static final int BLOCK_SHIFT = 12;
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private final AtomicReferenceArray<@Nullable Marks> segments;
    private final int segmentShift;
    private final long segmentMask;
    private final int wordsPerBlock;

    /** The marks of one segment in one generation. */
    private static final class Marks {
        final int head;
        final long generation;
        final long @Nullable [][] blocks;

        Marks(int head, long generation, int blockCount) {
            this.head = head;
            this.generation = generation;
            this.blocks = new long[blockCount][];
        }
    }

    /** Nothing is checked yet. */
    CheckedPages(int segmentCount, long segmentBytes) {
        if (Long.bitCount(segmentBytes) != 1 || segmentBytes < 64L << UNIT_SHIFT) {
            throw new IllegalArgumentException("segmentBytes=" + segmentBytes);
        }
        segments = new AtomicReferenceArray<>(segmentCount);
        segmentShift = Long.numberOfTrailingZeros(segmentBytes);
        segmentMask = segmentBytes - 1;
        wordsPerBlock = (int) Math.min(1 << BLOCK_SHIFT, segmentBytes >>> UNIT_SHIFT) / Long.SIZE;
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
        Marks marks = segment < segments.length() ? segments.getAcquire(segment) : null;
        if (marks == null || marks.generation != generation || marks.head != head) {
            return false;
        }
        int unit = (int) ((fileOffsetBytes & segmentMask) >>> UNIT_SHIFT);
        long[] block = marks.blocks[unit >>> BLOCK_SHIFT];
        return block != null && (block[(unit & (1 << BLOCK_SHIFT) - 1) >>> 6] >>> unit & 1) != 0;
    }

    /** Says that a place was checked. */
    void setChecked(int head, long generation, long fileOffsetBytes) {
        int segment = (int) (fileOffsetBytes >>> segmentShift);
        Marks marks = segments.getAcquire(segment);
        if (marks == null || marks.generation != generation || marks.head != head) {
            int units = (int) (segmentMask + 1 >>> UNIT_SHIFT);
            marks = new Marks(head, generation, Math.ceilDiv(units, 1 << BLOCK_SHIFT));
            segments.setRelease(segment, marks);
        }
        int unit = (int) ((fileOffsetBytes & segmentMask) >>> UNIT_SHIFT);
        long[] block = marks.blocks[unit >>> BLOCK_SHIFT];
        if (block == null) {
            block = new long[wordsPerBlock];
            marks.blocks[unit >>> BLOCK_SHIFT] = block;
        }
        long _ = (long) WORDS.getAndBitwiseOr(block, (unit & (1 << BLOCK_SHIFT) - 1) >>> 6, 1L << unit);
    }
}
