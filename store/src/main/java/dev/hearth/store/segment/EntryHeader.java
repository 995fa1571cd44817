package dev.hearth.store.segment;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.TensorSpec;
import java.util.Map;

/**
 * What lies in front of a value: the key, where the entry is, and all that is said of the value. Written once.
 *
 * @param digestHi        upper half of the digest of namespace number and key
 * @param digestLo        lower half
 * @param generation      generation of the segment
 * @param segment         index of the segment, or of the head of the run
 * @param namespace       number of the namespace
 * @param offsetUnits     where the extent starts in the segment, in units of 64 bytes
 * @param extentUnits     length of the extent, in units of 64 bytes
 * @param pageBytes       page size
 * @param logicalBytes    length of the value
 * @param dataOffsetBytes where the first page starts, from the start of the extent
 * @param expiresAtMs     time from which on the entry is absent; 0 for never
 * @param recomputeCostNs what computing the value took; 0 if unknown
 * @param priority        weight for eviction, 0 to 255
 * @param kind            parameter or activation
 * @param storage         in place or compact
 * @param flags           as in the entry descriptor
 * @param spec            element type and shape
 * @param attributes      names and values of the user's own
 * @param parentHi        upper half of the digest of the entry that this one continues; 0 if it continues none
 * @param parentLo        lower half
 * @param key             the key; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
public record EntryHeader(long digestHi, long digestLo, long generation, int segment, int namespace, int offsetUnits,
        int extentUnits, int pageBytes, long logicalBytes, long dataOffsetBytes, long expiresAtMs,
        long recomputeCostNs, int priority, Kind kind, Storage storage, int flags, TensorSpec spec,
        Map<String, String> attributes, long parentHi, long parentLo, byte[] key) {

    /** The header of a copy of this entry in another extent. */
    EntryHeader movedTo(Extent extent, long newDataOffsetBytes) {
        return new EntryHeader(digestHi, digestLo, extent.generation(), extent.segment(), namespace,
                (int) extent.offsetUnits(), (int) extent.units(), pageBytes, logicalBytes, newDataOffsetBytes,
                expiresAtMs, recomputeCostNs, priority, kind, storage, flags, spec, attributes,
                parentHi, parentLo, key);
    }

    /** Number of pages of the value. */
    public long pageCount() {
        return Math.ceilDiv(logicalBytes, (long) pageBytes);
    }

    /** Length of page {@code page} before encoding: the page size, less for the last one. */
    public int pageLength(long page) {
        return (int) Math.min(pageBytes, logicalBytes - page * pageBytes);
    }
}
