package dev.hearth.store.table;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.MemorySegment;

/**
 * What the lookup table knows of an entry: a reusable holder that a find fills and that belongs to one thread.
 *
 * <p>
 * It keeps the eight words of a slot as they lie in the table and takes them apart on demand, so that a find copies
 * words and allocates nothing. Its content is meaningful after a find that returned true, and until the next.
 */
public final class TableEntry {
    /** Kind and storage. */
    private static final int KINDS = 0xF;
    private static final int CONTIGUOUS = 1 << 4;
    private static final int HAS_EXPIRY = 1 << 5;
    private static final int TOMBSTONE = 1 << 6;
    private static final int MANIFEST = 1 << 7;
    private static final int CHECK_SHIFT = 56;
    private static final int CHECK = 0xA5;

    long digestHi;
    long digestLo;
    long version;
    long generation;
    /** Segment in the lower half, namespace in the upper. */
    long place;
    /** Offset in the lower half, length in the upper, in units. */
    long extent;
    long logicalBytes;
    /** From the lowest bit: checksum of the entry header, 32; bytes of the entry header, 16; flags, 8; check, 8. */
    long misc;
    /** Of what the short way found: the control word of its bucket. No part of the entry. */
    long control;

    /** A holder without an entry. */
    public TableEntry() {}

    /** Takes over what the table keeps of {@code entry}. */
    public TableEntry from(EntryDescriptor entry) {
        digestHi = entry.digestHi();
        digestLo = entry.digestLo();
        version = entry.version();
        generation = entry.generation();
        place = pair(entry.segment(), entry.namespace());
        extent = pair(entry.offsetUnits(), entry.extentUnits());
        logicalBytes = entry.logicalBytes();
        return seal(entry.headerCrc(), entry.headerBytes(), entry.flags(), entry.kind().id(), entry.storage().id());
    }

    /** The same for a descriptor as it lies in a checkpoint; it was checked. */
    public TableEntry from(MemorySegment memory, long offset) {
        digestHi = EntryLayout.digestHi(memory, offset);
        digestLo = EntryLayout.digestLo(memory, offset);
        version = EntryLayout.version(memory, offset);
        generation = EntryLayout.generation(memory, offset);
        place = EntryLayout.segmentAndNamespace(memory, offset);
        extent = pair(EntryLayout.offsetUnits(memory, offset), EntryLayout.extentUnits(memory, offset));
        logicalBytes = EntryLayout.logicalBytes(memory, offset);
        return seal(EntryLayout.headerCrc(memory, offset), EntryLayout.headerBytes(memory, offset),
                EntryLayout.flags(memory, offset), EntryLayout.kindId(memory, offset),
                EntryLayout.storageId(memory, offset));
    }

    private TableEntry seal(int headerCrc, int headerBytes, int descriptorFlags, int kindId, int storageId) {
        int flags = kindId | (storageId << 2)
                | ((descriptorFlags & EntryDescriptor.CONTIGUOUS) != 0 ? CONTIGUOUS : 0)
                | ((descriptorFlags & EntryDescriptor.HAS_EXPIRY) != 0 ? HAS_EXPIRY : 0)
                | ((descriptorFlags & EntryDescriptor.MANIFEST) != 0 ? MANIFEST : 0);
        misc = pair(headerCrc, headerBytes | (flags << 16));
        return seal();
    }

    /** Takes over what {@code other} holds. */
    public TableEntry from(TableEntry other) {
        digestHi = other.digestHi;
        digestLo = other.digestLo;
        version = other.version;
        generation = other.generation;
        place = other.place;
        extent = other.extent;
        logicalBytes = other.logicalBytes;
        misc = other.misc;
        return this;
    }

    /** Becomes the note that the digest is absent from {@code version} on. */
    TableEntry tombstone(long tombDigestHi, long tombDigestLo, long tombVersion) {
        digestHi = tombDigestHi;
        digestLo = tombDigestLo;
        version = tombVersion;
        generation = 0;
        place = 0;
        extent = 0;
        logicalBytes = 0;
        misc = pair(0, TOMBSTONE << 16);
        return seal();
    }

    /** Upper half of the digest. */
    public long digestHi() {
        return digestHi;
    }

    /** Lower half of the digest. */
    public long digestLo() {
        return digestLo;
    }

    /** The commit that made the entry visible. */
    public long version() {
        return version;
    }

    /** Generation of the segment when the entry was written. */
    public long generation() {
        return generation;
    }

    /** Index of the segment, or of the head of the run. */
    public int segment() {
        return (int) place;
    }

    /** Number of the namespace. */
    public int namespace() {
        return (int) (place >>> 32);
    }

    /** Start of the extent in the segment, in units of {@value EntryDescriptor#UNIT_BYTES} bytes, unsigned. */
    public int offsetUnits() {
        return (int) extent;
    }

    /** Length of the extent in units of {@value EntryDescriptor#UNIT_BYTES} bytes, unsigned. */
    public int extentUnits() {
        return (int) (extent >>> 32);
    }

    /** Start of the extent, in bytes from the start of the segment. */
    public long offsetBytes() {
        return (extent & 0xFFFF_FFFFL) * EntryDescriptor.UNIT_BYTES;
    }

    /** Length of the extent in bytes: what the entry takes in the store. */
    public long extentBytes() {
        return (extent >>> 32) * EntryDescriptor.UNIT_BYTES;
    }

    /** Length of the value. */
    public long logicalBytes() {
        return logicalBytes;
    }

    /** CRC32C of the entry header. */
    public int headerCrc() {
        return (int) misc;
    }

    /** Length of the entry header, key included, page table not. */
    public int headerBytes() {
        return (int) (misc >>> 32) & 0xFFFF;
    }

    /** Parameter or activation. */
    public Kind kind() {
        return kindId() == Kind.PARAMETER.id() ? Kind.PARAMETER : Kind.ACTIVATION;
    }

    /** In place or compact. */
    public Storage storage() {
        return storageId() == Storage.IN_PLACE.id() ? Storage.IN_PLACE : Storage.COMPACT;
    }

    /** Whether the value lies raw and contiguous. */
    public boolean isContiguous() {
        return (flags() & CONTIGUOUS) != 0;
    }

    /** Whether the entry header names a time after which the entry is absent. */
    public boolean hasExpiry() {
        return (flags() & HAS_EXPIRY) != 0;
    }

    /** Whether this is the manifest of a group and no entry of a user's. */
    public boolean isManifest() {
        return (flags() & MANIFEST) != 0;
    }

    /** Whether this is no entry but the note that there is none any more. */
    public boolean isTombstone() {
        return (flags() & TOMBSTONE) != 0;
    }

    /**
     * Whether the words are those of one slot as it was written: the check is right, there is a version, and all that
     * serves as an index is in range.
     */
    boolean isSound() {
        return fold() == CHECK && version != 0 && (isTombstone() || isInRange());
    }

    private boolean isInRange() {
        // A number below zero is a great one, unsigned. Kind and storage are 1 or 2.
        return ((kindId() ^ kindId() >>> 1) & (storageId() ^ storageId() >>> 1) & 1) != 0
                && (place & 0xFFFF_FFFFL) <= Integer.MAX_VALUE && place >>> 32 < NamespaceDescriptor.RECORDS
                && logicalBytes >= 0;
    }

    /**
     * Whether the words are those of one slot as it was written, and it is an entry of a user's without an expiry time,
     * which needs no second look.
     */
    boolean isSoundAndPlain() {
        return (flags() & ~(KINDS | CONTIGUOUS)) == 0 && fold() == CHECK && version != 0 && isInRange();
    }

    boolean hasSameWords(TableEntry other) {
        return digestHi == other.digestHi && digestLo == other.digestLo && version == other.version
                && generation == other.generation && place == other.place && extent == other.extent
                && logicalBytes == other.logicalBytes && misc == other.misc;
    }

    boolean hasDigest(long otherHi, long otherLo) {
        return digestHi == otherHi && digestLo == otherLo;
    }

    private TableEntry seal() {
        misc &= ~(0xFFL << CHECK_SHIFT);
        misc |= (long) (fold() ^ CHECK) << CHECK_SHIFT;
        return this;
    }

    /**
     * Exclusive or of all bytes: every single flipped bit changes it, and free slots of zeros do not have the check.
     */
    private int fold() {
        long folded = digestHi ^ digestLo ^ version ^ generation ^ place ^ extent ^ logicalBytes ^ misc;
        folded ^= folded >>> 32;
        folded ^= folded >>> 16;
        folded ^= folded >>> 8;
        return (int) folded & 0xFF;
    }

    private int flags() {
        return (int) (misc >>> 48) & 0xFF;
    }

    private int kindId() {
        return flags() & 3;
    }

    private int storageId() {
        return (flags() >>> 2) & 3;
    }

    private static long pair(int lower, int upper) {
        return Integer.toUnsignedLong(lower) | ((long) upper << 32);
    }

    @Override
    public String toString() {
        return "TableEntry[digest=" + Long.toHexString(digestHi) + ':' + Long.toHexString(digestLo) + " version="
                + Long.toUnsignedString(version) + " namespace=" + namespace() + " segment=" + segment()
                + " generation="
                + Long.toUnsignedString(generation) + " offsetUnits=" + Integer.toUnsignedString(offsetUnits())
                + (isTombstone() ? " tombstone" : "") + ']';
    }
}
