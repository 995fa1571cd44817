package dev.hearth.store.segment;

import dev.hearth.codec.Compression;
import dev.hearth.store.PutOptions;
import dev.hearth.store.ValueSource;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.KeyDigester;

/**
 * An entry that is to be written: what is known of it before it has a place.
 *
 * @param namespace   number of its namespace
 * @param digestHi    upper half of the digest of namespace number and key
 * @param digestLo    lower half
 * @param key         its key; not to be changed
 * @param valueBytes  length of the value
 * @param source      yields the value
 * @param options     kind, storage and description
 * @param compression level for compact storage
 * @param flags       flags of the descriptor that the writer does not find out by itself
 * @param parentHi    upper half of the digest of the entry that this one continues; 0 if it continues none
 * @param parentLo    lower half
 */
@SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
public record EntryWrite(int namespace, long digestHi, long digestLo, byte[] key, long valueBytes, ValueSource source,
        PutOptions options, Compression compression, int flags, long parentHi, long parentLo) {
    /** This entry, which continues the one with the digest {@code parent}. */
    public EntryWrite continuing(KeyDigester.Digest parent) {
        return new EntryWrite(namespace, digestHi, digestLo, key, valueBytes, source, options, compression,
                flags | EntryDescriptor.CONTINUES, parent.hi(), parent.lo());
    }

    /** Length of the entry header. */
    int headerBytes() {
        return EntryHeaderDescriptor.headerBytes(options.spec().shape().size(), options.attributes(), key.length);
    }

    /** Where the page table starts in the extent. */
    long tableOffset() {
        return (headerBytes() + 15L) & -16L;
    }

    /** Where the page table ends in the extent. */
    long tableEnd(int pageBytes) {
        return tableOffset() + Math.ceilDiv(valueBytes, (long) pageBytes) * PageTable.LINE_BYTES;
    }

    /** The header of this entry in an extent. */
    EntryHeader header(Extent extent, int pageBytes, long dataOffsetBytes, boolean contiguous) {
        int allFlags = flags | (contiguous ? EntryDescriptor.CONTIGUOUS : 0)
                | (options.expiresAtMs() != 0 ? EntryDescriptor.HAS_EXPIRY : 0);
        return new EntryHeader(digestHi, digestLo, extent.generation(), extent.segment(), namespace,
                unsigned(extent.offsetUnits()), unsigned(extent.units()), pageBytes, valueBytes,
                dataOffsetBytes, options.expiresAtMs(), options.recomputeCostNs(), options.priority(), options.kind(),
                options.storage(), allFlags, options.spec(), options.attributes(), parentHi, parentLo, key);
    }

    private static int unsigned(long value) {
        if (value >>> 32 != 0) {
            throw new IllegalArgumentException("units=" + value + " maximum=" + 0xFFFF_FFFFL);
        }
        return (int) value;
    }
}
