package dev.hearth.store.index;

import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads the segments of an index file without Chronicle, into private memory: to check one before Chronicle follows the
 * numbers in it, and to go through the entries without taking a lock that a killed process would leave behind.
 *
 * <p>
 * <b>Why segments are checked.</b> Chronicle trusts its file. It computes addresses from slots, chunk numbers and tier
 * numbers, and it searches the slots until it meets a free one: a flipped bit there is a read outside the mapping,
 * which kills the JVM, or a search that never ends, or one that misses an entry that is there, which then would stay
 * when it is replaced or removed. So the first time a process uses a segment, while it holds the writer lock, the
 * segment is read and compared with itself: every used slot names another chunk and lies where a search for the key in
 * that chunk comes by, exactly these chunks are taken in the free list, as many as the segment header counts, some slot
 * is free, no further tier is linked, nobody holds the lock. What else lies in the chunks cannot mislead Chronicle and
 * is checked entry by entry.
 *
 * <p>
 * Not thread-safe; used by the holder of the writer lock, so that nothing changes while it is read.
 */
final class SegmentReader {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HEADER_LOCK = 0;
    static final int HEADER_ENTRIES = HEADER_LOCK + 8;
    static final int HEADER_FREE_HINT = HEADER_ENTRIES + 4;
    private static final int HEADER_NEXT_TIER = HEADER_FREE_HINT + 4;
    static final int HEADER_BYTES = HEADER_NEXT_TIER + 8;
    private static final int TIER_LINKS_BYTES = 16;

    private final StoreFile file;
    private final IndexGeometry geometry;
    private final MemorySegment header;
    private final MemorySegment control;
    private final long[] seen;
    private final MemorySegment chunks;

    /** Receives the place of an entry: its key, and behind it its descriptor. */
    interface EntrySink {
        void accept(MemorySegment memory, long keyOffset, long descriptorOffset);
    }

    SegmentReader(StoreFile file, IndexGeometry geometry, Arena arena) {
        this.file = file;
        this.geometry = geometry;
        this.header = arena.allocate(HEADER_BYTES, 8);
        this.control = arena.allocate(geometry.controlBytes(), 64);
        this.chunks = arena.allocate(geometry.chunks() * IndexGeometry.CHUNK_BYTES, 64);
        this.seen = new long[(int) ((geometry.chunks() + 63) / 64)];
    }

    /**
     * Reads the slots, counters and free list of a segment and checks that they fit together.
     *
     * @throws IndexUnusable if they do not, or the segment is locked
     */
    void check(int segment) {
        IndexTrailer.readFully(file, geometry.segmentHeaderOffset(segment), header);
        IndexTrailer.readFully(file, geometry.tierOffset(segment), control);
        long lock = header.get(LONG, HEADER_LOCK);
        if (lock != 0) {
            throw new IndexUnusable(IndexUnusable.Reason.ORPHANED_LOCK, file.path(),
                    "segment=" + segment + " lock=" + Long.toHexString(lock));
        }
        long entries = Integer.toUnsignedLong(header.get(INT, HEADER_ENTRIES));
        require(entries <= geometry.chunks(), segment, "entries", entries);
        long freeHint = Integer.toUnsignedLong(header.get(INT, HEADER_FREE_HINT));
        require(freeHint <= geometry.chunks(), segment, "lowest free chunk", freeHint);
        long nextTier = header.get(LONG, HEADER_NEXT_TIER);
        require(nextTier == 0, segment, "next tier", nextTier);
        for (int at = 0; at < TIER_LINKS_BYTES; at += Long.BYTES) {
            long link = control.get(LONG, geometry.lookupBytes() + at);
            require(link == 0, segment, "link between tiers", link);
        }
        Arrays.fill(seen, 0);
        long used = checkSlots(segment);
        require(used == entries, segment, "used slots, of " + entries + " entries", used);
        checkFreeList(segment, freeHint);
        IndexTrailer.readFully(file, geometry.tierOffset(segment) + geometry.controlBytes(), chunks);
        checkSearches(segment);
    }

    private long checkSlots(int segment) {
        long used = 0;
        for (long at = 0, end = geometry.slots() * geometry.slotBytes(); at < end; at += geometry.slotBytes()) {
            long slot = slotAt(at / geometry.slotBytes());
            if (slot == 0) {
                continue;
            }
            used++;
            long chunk = chunkOf(slot);
            require(chunk < geometry.chunks(), segment, "chunk", chunk);
            int word = (int) (chunk >>> 6);
            require(((seen[word] >>> chunk) & 1) == 0, segment, "chunk of two slots", chunk);
            seen[word] |= 1L << chunk;
        }
        return used;
    }

    /** Checks that a search, which starts at the slot the key names and ends at a free one, finds each key. */
    private void checkSearches(int segment) {
        long mask = geometry.slots() - 1;
        long free = 0;
        while (slotAt(free) != 0) {
            free++;
        }
        long usedInARow = 0;
        for (long step = 1; step <= mask; step++) {
            long index = (free + step) & mask;
            long slot = slotAt(index);
            usedInARow = slot == 0 ? 0 : usedInARow + 1;
            if (slot != 0) {
                long slotKey = slot & ((1L << geometry.keyBits()) - 1);
                long at = chunkOf(slot) * IndexGeometry.CHUNK_BYTES;
                long hash = KeyHash.of(chunks.get(LONG, at), chunks.get(LONG, at + Long.BYTES));
                require((hash & (geometry.segments() - 1)) == segment, segment, "key of another segment in slot",
                        index);
                require(slotKey == geometry.slotKey(hash), segment, "key of another slot in slot", index);
                require(((index - slotKey) & mask) < usedInARow, segment, "a search ends before slot", index);
            }
        }
    }

    private long slotAt(long index) {
        return geometry.slotBytes() == 4
                ? Integer.toUnsignedLong(control.get(INT, index * 4))
                : control.get(LONG, index * 8);
    }

    private long chunkOf(long slot) {
        return (slot >>> geometry.keyBits()) & ((1L << geometry.valueBits()) - 1);
    }

    private void checkFreeList(int segment, long freeHint) {
        for (int word = 0; word < seen.length; word++) {
            long taken = freeListWord(word);
            require(taken == seen[word], segment, "free list differs from the slots at word", word);
        }
        for (long chunk = 0; chunk < freeHint; chunk++) {
            require(((seen[(int) (chunk >>> 6)] >>> chunk) & 1) != 0, segment, "free chunk below the lowest", chunk);
        }
    }

    /** Hands all entries of a segment to {@code sink}, after checking the segment. */
    void forEach(int segment, EntrySink sink) {
        check(segment);
        for (int word = 0; word < seen.length; word++) {
            for (long rest = seen[word]; rest != 0; rest &= rest - 1) {
                long chunk = word * 64L + Long.numberOfTrailingZeros(rest);
                long at = chunk * IndexGeometry.CHUNK_BYTES;
                sink.accept(chunks, at, at + IndexGeometry.CHUNK_BYTES - EntryLayout.BYTES);
            }
        }
    }

    private long freeListWord(int word) {
        return control.get(LONG, geometry.lookupBytes() + IndexGeometry.COUNTERS_BYTES + word * 8L);
    }

    private void require(boolean holds, int segment, String what, long value) {
        if (!holds) {
            throw new IndexUnusable(IndexUnusable.Reason.DAMAGED, file.path(),
                    "segment=" + segment + " " + what + "=" + value);
        }
    }
}
