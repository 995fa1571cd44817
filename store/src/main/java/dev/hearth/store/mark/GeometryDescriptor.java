package dev.hearth.store.mark;

import dev.hearth.codec.MaskedCrc32c;

/**
 * The bytes of a {@link Geometry} in the superblock and in the headers of log files and checkpoints. Little-endian.
 *
 * <pre>
 * offset length
 *      0      4  format          2
 *      4      4  length          128
 *      8      8  uuid, upper half
 *     16      8  uuid, lower half
 *     24      8  capacityBytes
 *     32      8  segmentBytes
 *     40      8  maxEntries
 *     48      4  pageBytes
 *     52      4  slotCount
 *     56      4  holdStripes
 *     60      4  compressionId
 *     64      4  durabilityId
 *     68      4  evictionId
 *     72      8  digest seed, upper half
 *     80      8  digest seed, lower half
 *     88      8  createdAtMs     since 1970
 *     96     28  zero
 *    124      4  masked CRC32C of bytes 0 to 123
 * </pre>
 *
 * <p>
 * Masked ({@link MaskedCrc32c}), because all of these have a CRC32C of their own, which would not tell one whole
 * geometry from another.
 */
final class GeometryDescriptor {
    static final int FORMAT_VERSION = 2;
    static final int FORMAT = 0;
    static final int LENGTH = FORMAT + 4;
    static final int UUID_HI = LENGTH + 4;
    static final int UUID_LO = UUID_HI + 8;
    static final int CAPACITY_BYTES = UUID_LO + 8;
    static final int SEGMENT_BYTES = CAPACITY_BYTES + 8;
    static final int MAX_ENTRIES = SEGMENT_BYTES + 8;
    static final int PAGE_BYTES = MAX_ENTRIES + 8;
    static final int SLOT_COUNT = PAGE_BYTES + 4;
    static final int HOLD_STRIPES = SLOT_COUNT + 4;
    static final int COMPRESSION_ID = HOLD_STRIPES + 4;
    static final int DURABILITY_ID = COMPRESSION_ID + 4;
    static final int EVICTION_ID = DURABILITY_ID + 4;
    static final int SEED_HI = EVICTION_ID + 4;
    static final int SEED_LO = SEED_HI + 8;
    static final int CREATED_AT_MS = SEED_LO + 8;
    static final int MORE_ZERO = CREATED_AT_MS + 8;
    static final int CRC = MORE_ZERO + 28;
    static final int BYTES = CRC + 4;

    private GeometryDescriptor() {}
}
