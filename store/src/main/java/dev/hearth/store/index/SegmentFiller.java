package dev.hearth.store.index;

import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Writes the segments of an empty index file without Chronicle, in large pieces, as Chronicle would have left them had
 * each entry been put into it, in the order given: byte for byte, which a test compares.
 *
 * <p>
 * Chronicle takes microseconds for an entry, because every put searches, locks and unlocks a segment of its own. Here
 * all digests are different and nobody else knows the file, so nothing has to be searched. Keys and descriptors are
 * gathered by segment and written some at a time, each behind the last, which is where Chronicle puts them into an
 * empty segment; {@link #finish} then goes through the segments, reads the keys back, and writes slots, free list and
 * header of each at once. Memory is bounded, whatever the number of entries.
 *
 * <p>
 * One thread. If anything is thrown the file is of no more use.
 */
final class SegmentFiller implements EntryLayout.Sink {
    /** What is gathered before it is written, for all segments together, more or less. */
    private static final long STAGED_BYTES = 16 << 20;
    private static final int LEAST_STAGED = 4;
    private static final int MOST_STAGED = 256;

    private final StoreFile file;
    private final IndexGeometry geometry;
    private final SegmentImage image;
    private final MemorySegment staged;
    private final int stagedEntries;
    /** Entries of each segment, gathered or written. */
    private final int[] counts;
    private long entries;
    private long sum;

    SegmentFiller(StoreFile file, IndexGeometry geometry, Arena arena) {
        this.file = file;
        this.geometry = geometry;
        this.image = new SegmentImage(geometry, arena);
        this.stagedEntries = (int) Math.clamp(STAGED_BYTES / IndexGeometry.CHUNK_BYTES / geometry.segments(),
                LEAST_STAGED, Math.min(MOST_STAGED, Math.max(LEAST_STAGED, geometry.chunks())));
        this.staged = arena.allocate((long) geometry.segments() * stagedEntries * IndexGeometry.CHUNK_BYTES, 64);
        this.counts = new int[geometry.segments()];
    }

    /**
     * Takes over a descriptor that was checked.
     *
     * @throws IndexUnusable if there is no room for it
     */
    @Override
    public void accept(MemorySegment memory, long offset) {
        long digestHi = EntryLayout.digestHi(memory, offset);
        long digestLo = EntryLayout.digestLo(memory, offset);
        int segment = (int) KeyHash.of(digestHi, digestLo) & (geometry.segments() - 1);
        int number = counts[segment];
        if (number >= geometry.chunks() || entries >= geometry.maxEntries()) {
            throw new IndexUnusable(Reason.FULL, file.path(), "entries=" + entries + " maxEntries="
                    + geometry.maxEntries() + " of the segment=" + number);
        }
        int place = number % stagedEntries;
        long at = ((long) segment * stagedEntries + place) * IndexGeometry.CHUNK_BYTES;
        SegmentImage.writeKey(staged, at, digestHi, digestLo);
        MemorySegment.copy(memory, offset, staged, at + IndexGeometry.KEY_BYTES, EntryLayout.BYTES);
        counts[segment] = number + 1;
        entries++;
        sum += EntryHash.of(memory, offset);
        if (place + 1 == stagedEntries) {
            write(segment, place + 1);
        }
    }

    /** Writes the last {@code count} entries of a segment, which are those that were gathered. */
    private void write(int segment, int count) {
        int from = counts[segment] - count;
        file.write(geometry.chunkOffset(segment, from), staged.asSlice(
                (long) segment * stagedEntries * IndexGeometry.CHUNK_BYTES, (long) count * IndexGeometry.CHUNK_BYTES));
    }

    /** Writes the rest; what the index holds then, at version 0. */
    IndexState finish() {
        for (int segment = 0; segment < geometry.segments(); segment++) {
            int rest = counts[segment] % stagedEntries;
            if (rest > 0) {
                write(segment, rest);
            }
            if (counts[segment] > 0) {
                image.write(file, segment, counts[segment]);
            }
        }
        Arrays.fill(counts, 0);
        return IndexState.EMPTY.holding(entries, sum);
    }
}
