package dev.hearth.store.index;

/**
 * Where the parts of the Chronicle Map lie in an index file: the numbers that Chronicle derives from the number of
 * entries, kept in the trailer so that the file can be checked before Chronicle touches it.
 *
 * <p>
 * Head (Chronicle's header and its own state) | segment headers | one tier a segment. A tier is lookup slots, counters,
 * free list (a bit a chunk) and chunks; a chunk holds one key and one value.
 *
 * @param maxEntries         entries the index was built for
 * @param headBytes          length of the head: where the segment headers start
 * @param segments           number of segments, a power of two
 * @param segmentHeaderBytes distance of segment headers
 * @param tierBytes          distance of tiers
 * @param slots              lookup slots of a segment, a power of two
 * @param slotBytes          length of a slot, 4 or 8
 * @param keyBits            low bits of a slot that come from the hash of the key; all zero means a free slot
 * @param valueBits          bits of a slot above them that number the chunk
 * @param lookupBytes        length of all slots of a segment with their padding
 * @param freeListBytes      length of the free list of a segment with its padding
 * @param chunks             entries that a segment has room for
 */
record IndexGeometry(long maxEntries, long headBytes, int segments, int segmentHeaderBytes, long tierBytes, long slots,
        int slotBytes, int keyBits, int valueBits, long lookupBytes, long freeListBytes, long chunks) {
    static final int KEY_BYTES = 16;
    static final int CHUNK_BYTES = 96;
    static final int COUNTERS_BYTES = 64;
    /** Chronicle maps whole pages; the trailer lies behind the largest pages that Linux has by default. */
    private static final long DATA_ALIGNMENT = 64 * 1024;
    private static final long MAX_FILE_BYTES = 1L << 48;

    IndexGeometry {
        require(maxEntries >= 1 && maxEntries <= IndexSettings.MAX_ENTRIES, "maxEntries", maxEntries);
        require(headBytes >= 4096 && headBytes <= 1 << 20, "headBytes", headBytes);
        require(segments >= 1 && segments <= 1 << 20 && Integer.bitCount(segments) == 1, "segments", segments);
        require(segmentHeaderBytes >= 32 && segmentHeaderBytes <= 4096, "segmentHeaderBytes", segmentHeaderBytes);
        require(slotBytes == 4 || slotBytes == 8, "slotBytes", slotBytes);
        require(slots >= 1 && slots <= 1L << 31 && Long.bitCount(slots) == 1, "slots", slots);
        require(chunks >= 1 && chunks < slots, "chunks", chunks);
        require(keyBits >= 1 && valueBits >= 1 && keyBits + valueBits <= 8 * slotBytes, "keyBits", keyBits);
        require((chunks - 1) >>> valueBits == 0, "valueBits", valueBits);
        require(lookupBytes >= slots * slotBytes && lookupBytes <= 1L << 34, "lookupBytes", lookupBytes);
        require(freeListBytes >= (chunks + 63) / 64 * 8 && freeListBytes <= 1L << 34, "freeListBytes", freeListBytes);
        require(tierBytes >= lookupBytes + COUNTERS_BYTES + freeListBytes + chunks * CHUNK_BYTES
                && tierBytes <= MAX_FILE_BYTES / segments, "tierBytes", tierBytes);
    }

    /** Length of Chronicle's part of the file. */
    long dataBytes() {
        return headBytes + segments * (segmentHeaderBytes + tierBytes);
    }

    /** Where our trailer starts. */
    long trailerOffset() {
        return (dataBytes() + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
    }

    /** Length of the whole file. */
    long fileBytes() {
        return trailerOffset() + IndexTrailerDescriptor.BYTES;
    }

    long segmentHeaderOffset(int segment) {
        return headBytes + (long) segment * segmentHeaderBytes;
    }

    long tierOffset(int segment) {
        return headBytes + (long) segments * segmentHeaderBytes + segment * tierBytes;
    }

    /** Length of slots, counters and free list, which start a tier. */
    long controlBytes() {
        return lookupBytes + COUNTERS_BYTES + freeListBytes;
    }

    /** Where a chunk of a segment lies. */
    long chunkOffset(int segment, long chunk) {
        return tierOffset(segment) + controlBytes() + chunk * CHUNK_BYTES;
    }

    /** The low bits of the slot of a key with this hash; all zero would mean that the slot is free. */
    long slotKey(long hash) {
        long mask = (1L << keyBits) - 1;
        long key = (hash >>> Integer.numberOfTrailingZeros(segments)) & mask;
        return key == 0 ? mask : key;
    }

    private static void require(boolean holds, String name, long value) {
        if (!holds) {
            throw new IllegalArgumentException(name + "=" + value);
        }
    }
}
