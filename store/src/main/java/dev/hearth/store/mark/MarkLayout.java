package dev.hearth.store.mark;

/** Where the parts of a mark file lie, as its geometry demands. Offsets and lengths in bytes. */
final class MarkLayout {
    private static final long BLOCK_BYTES = 4096;

    final long wordsOffset;
    final long segmentsOffset;
    final long segmentsBytes;
    final long slotsOffset;
    final long slotsBytes;
    final long holdsOffset;
    /** From one slot's hold counters to the next one's. */
    final long holdsBytes;
    final long fileBytes;

    MarkLayout(Geometry geometry) {
        wordsOffset = SuperblockDescriptor.BYTES;
        segmentsOffset = wordsOffset + MarkWordsDescriptor.BYTES;
        segmentsBytes = (long) geometry.segmentCount() * SegmentRecordDescriptor.BYTES;
        slotsOffset = roundUp(segmentsOffset + segmentsBytes);
        slotsBytes = (long) geometry.slotCount() * ProcessSlotDescriptor.BYTES;
        holdsOffset = roundUp(slotsOffset + slotsBytes);
        holdsBytes = roundUp((long) geometry.holdStripes() * geometry.segmentCount() * Long.BYTES);
        fileBytes = holdsOffset + holdsBytes * geometry.slotCount();
    }

    /** Where the hold counters of a slot start. */
    long holdsOffset(int slot) {
        return holdsOffset + slot * holdsBytes;
    }

    private static long roundUp(long offset) {
        return (offset + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }
}
