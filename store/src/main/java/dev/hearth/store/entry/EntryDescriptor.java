package dev.hearth.store.entry;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;

/**
 * Where a version of an entry lies and what it is, without its key: what a commit record says of it.
 *
 * @param digestHi       upper half of the 128-bit digest of namespace number and key
 * @param digestLo       lower half
 * @param version        the commit that made it visible; 0 while it is not committed
 * @param generation     generation of its segment when it was written
 * @param segment        index of its segment, or of the head of its run
 * @param namespace      number of its namespace
 * @param offsetUnits    where its extent starts in the segment, in units of 64 bytes
 * @param directoryIndex its place in the directory of the segment
 * @param extentUnits    length of its extent in units of 64 bytes: header, page table, padding and pages
 * @param headerBytes    length of the entry header at the start of the extent, key included, page table not
 * @param flags          {@link #CONTIGUOUS}, {@link #HAS_EXPIRY}, {@link #BATCH_MEMBER}, {@link #CONTINUES},
 *                       {@link #MANIFEST}
 * @param logicalBytes   length of the value
 * @param headerCrc      CRC32C of the entry header
 * @param kind           parameter or activation
 * @param storage        in place or compact
 * @param dtypeId        stable number of the element type
 */
public record EntryDescriptor(long digestHi, long digestLo, long version, long generation, int segment, int namespace,
        int offsetUnits, int directoryIndex, int extentUnits, int headerBytes, int flags, long logicalBytes,
        int headerCrc, Kind kind, Storage storage, int dtypeId) {

    /** Bytes of one unit of offset and length within a segment. */
    public static final int UNIT_BYTES = 64;
    /** The value lies raw and contiguous. */
    public static final int CONTIGUOUS = 1;
    /** The entry header names a time after which the entry is absent. */
    public static final int HAS_EXPIRY = 2;
    /** The entry was committed together with others. */
    public static final int BATCH_MEMBER = 4;
    /** The entry continues another one, without which it is of no use. */
    public static final int CONTINUES = 8;
    /** Not an entry of a user's but the manifest of a group, under the name of the group. */
    public static final int MANIFEST = 16;

    /** Checks what holds for every descriptor, whatever store it is of. */
    public EntryDescriptor {
        if (segment < 0 || namespace < 0 || directoryIndex < 0 || logicalBytes < 0) {
            throw new IllegalArgumentException("segment=" + segment + " namespace=" + namespace + " directoryIndex="
                    + directoryIndex + " logicalBytes=" + logicalBytes);
        }
        if (headerBytes < 0 || headerBytes > 0xFFFF || (flags & ~0xFFFF) != 0) {
            throw new IllegalArgumentException("headerBytes=" + headerBytes + " flags=" + flags);
        }
    }

    /** The same entry as the commit {@code newVersion} made it visible. */
    public EntryDescriptor withVersion(long newVersion) {
        return new EntryDescriptor(digestHi, digestLo, newVersion, generation, segment, namespace, offsetUnits,
                directoryIndex, extentUnits, headerBytes, flags, logicalBytes, headerCrc, kind, storage, dtypeId);
    }

    /** Where the extent starts, in bytes from the start of the segment. */
    public long offsetBytes() {
        return Integer.toUnsignedLong(offsetUnits) * UNIT_BYTES;
    }

    /** Length of the extent in bytes: what the entry takes in the store. */
    public long extentBytes() {
        return Integer.toUnsignedLong(extentUnits) * UNIT_BYTES;
    }

    /** Whether all bits of {@code flag} are set. */
    public boolean has(int flag) {
        return (flags & flag) == flag;
    }
}
