package dev.hearth.store.index;

import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Slots, free list and header of a segment whose entries lie in its first chunks, one behind the other. What they mean
 * to Chronicle is said at {@link SegmentReader}, which checks them when the segment is used. One thread.
 */
final class SegmentImage {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final IndexGeometry geometry;
    private final MemorySegment control;
    private final MemorySegment chunks;
    private final MemorySegment header;

    SegmentImage(IndexGeometry geometry, Arena arena) {
        this.geometry = geometry;
        this.control = arena.allocate(geometry.controlBytes(), 64);
        this.chunks = arena.allocate(geometry.chunks() * IndexGeometry.CHUNK_BYTES, 64);
        this.header = arena.allocate(SegmentReader.HEADER_BYTES, 8);
    }

    /** Writes the key of an entry to the start of its chunk. */
    static void writeKey(MemorySegment memory, long offset, long digestHi, long digestLo) {
        memory.set(LONG, offset, digestHi);
        memory.set(LONG, offset + Long.BYTES, digestLo);
    }

    /** Writes what belongs to the first {@code entries} chunks of a segment, whose keys it reads from there. */
    void write(StoreFile file, int segment, int entries) {
        IndexTrailer.readFully(file, geometry.chunkOffset(segment, 0),
                chunks.asSlice(0, (long) entries * IndexGeometry.CHUNK_BYTES));
        control.fill((byte) 0);
        for (int chunk = 0; chunk < entries; chunk++) {
            long at = (long) chunk * IndexGeometry.CHUNK_BYTES;
            long key = geometry.slotKey(KeyHash.of(chunks.get(LONG, at), chunks.get(LONG, at + Long.BYTES)));
            insert(key, chunk);
        }
        long freeList = geometry.lookupBytes() + IndexGeometry.COUNTERS_BYTES;
        for (int chunk = 0; chunk < entries; chunk += Long.SIZE) {
            long taken = entries - chunk >= Long.SIZE ? -1L : (1L << (entries - chunk)) - 1;
            control.set(LONG, freeList + chunk / Byte.SIZE, taken);
        }
        file.write(geometry.tierOffset(segment), control);
        header.set(INT, SegmentReader.HEADER_ENTRIES, entries);
        header.set(INT, SegmentReader.HEADER_FREE_HINT, entries);
        file.write(geometry.segmentHeaderOffset(segment), header);
    }

    /** Takes the first free slot from where a search for the key starts. */
    private void insert(long key, long chunk) {
        long mask = geometry.slots() - 1;
        long index = key & mask;
        if (geometry.slotBytes() == Integer.BYTES) {
            while (control.get(INT, index * Integer.BYTES) != 0) {
                index = (index + 1) & mask;
            }
            control.set(INT, index * Integer.BYTES, (int) (key | (chunk << geometry.keyBits())));
        } else {
            while (control.get(LONG, index * Long.BYTES) != 0) {
                index = (index + 1) & mask;
            }
            control.set(LONG, index * Long.BYTES, key | (chunk << geometry.keyBits()));
        }
    }
}
