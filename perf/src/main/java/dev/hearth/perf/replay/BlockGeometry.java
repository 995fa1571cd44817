package dev.hearth.perf.replay;

/**
 * How a store is laid out that has room for a number of blocks, all of it counted: segment headers, directories, what
 * is left at the end of segments, free and open segments. Never more bytes than the blocks by themselves.
 *
 * @param blockBytes    bytes of a block
 * @param segmentBytes  size of a segment
 * @param capacityBytes size of the data file
 */
record BlockGeometry(int blockBytes, long segmentBytes, long capacityBytes) {
    /** The smallest segment there is. */
    static final long SEGMENT_BYTES = 256 << 10;
    /** Of this size eight fit in a segment, with their headers, and nothing else does. */
    static final int BLOCK_BYTES = 32_512;
    private static final int MIN_SEGMENTS = 4;

    /**
     * The layout for {@code blocks} blocks.
     *
     * @throws IllegalArgumentException if they are fewer than the smallest store holds
     */
    static BlockGeometry of(int blocks, int blockBytes) {
        if (blockBytes < 64 || blockBytes > SEGMENT_BYTES / 2) {
            throw new IllegalArgumentException("blockBytes=" + blockBytes + " minimum=64 maximum="
                    + SEGMENT_BYTES / 2);
        }
        long segments = (long) blocks * blockBytes / SEGMENT_BYTES;
        if (segments < MIN_SEGMENTS) {
            throw new IllegalArgumentException("capacityBlocks=" + blocks + " minimum="
                    + Math.ceilDiv(MIN_SEGMENTS * SEGMENT_BYTES, blockBytes));
        }
        return new BlockGeometry(blockBytes, SEGMENT_BYTES, segments * SEGMENT_BYTES);
    }
}
