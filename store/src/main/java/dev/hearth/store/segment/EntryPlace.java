package dev.hearth.store.segment;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;

/** Where an entry is said to lie, and what its bytes must agree with. Mutable and reused; one thread. */
public final class EntryPlace {
    long digestHi;
    long digestLo;
    long generation;
    long logicalBytes;
    long extentBytes;
    long offsetBytes;
    int segment;
    int headerBytes;
    int headerCrc;
    Kind kind = Kind.ACTIVATION;

    /** Sets what was looked up. */
    public EntryPlace key(long newDigestHi, long newDigestLo, Kind newKind) {
        digestHi = newDigestHi;
        digestLo = newDigestLo;
        kind = newKind;
        return this;
    }

    /** Sets the extent: segment, its generation, and offset and length in units of 64 bytes (unsigned). */
    public EntryPlace extent(int newSegment, long newGeneration, int offsetUnits, int extentUnits) {
        segment = newSegment;
        generation = newGeneration;
        offsetBytes = Integer.toUnsignedLong(offsetUnits) * Extent.UNIT_BYTES;
        extentBytes = Integer.toUnsignedLong(extentUnits) * Extent.UNIT_BYTES;
        return this;
    }

    /** Sets length and checksum of the header, and the length of the value. */
    public EntryPlace content(int newHeaderBytes, int newHeaderCrc, long newLogicalBytes) {
        headerBytes = newHeaderBytes;
        headerCrc = newHeaderCrc;
        logicalBytes = newLogicalBytes;
        return this;
    }

    /** Where the page table starts in the extent. */
    long tableOffset() {
        return tableOffset(headerBytes);
    }

    private static long tableOffset(int headerBytes) {
        return headerBytes + 15L & -16L;
    }

    /**
     * Where a value that lies raw and contiguous starts, from the start of its extent.
     *
     * @param extentOffsetBytes where the extent starts in its segment
     */
    public static long contiguousOffset(int headerBytes, long logicalBytes, int pageBytes, Storage storage,
            long extentOffsetBytes) {
        // A page is a power of two, and each hit comes here: a shift takes a tenth of a division.
        long pages = (logicalBytes + pageBytes - 1) >>> Integer.numberOfTrailingZeros(pageBytes);
        long tableEnd = tableOffset(headerBytes) + pages * PageTable.LINE_BYTES;
        return storage == Storage.IN_PLACE
                ? EntryWriter.alignedDataOffset(tableEnd, logicalBytes, pageBytes, extentOffsetBytes)
                : tableEnd + Extent.UNIT_BYTES - 1 & -Extent.UNIT_BYTES;
    }

    /** What the entry is. */
    public Kind kind() {
        return kind;
    }
}
