package dev.hearth.store.table;

/**
 * Layout of the file {@code table}: header, namespace records, buckets. Little-endian.
 *
 * <pre>
 * header, 4 KiB
 * offset length
 *      0      8  magic "HRTHTABL"
 *      8      4  format version
 *     12      4  bytes of the header
 *     16      8  uuid of the store, upper half
 *     24      8  uuid of the store, lower half
 *     32      8  entries the table is made for
 *     40      8  number of buckets
 *     48      8  seed of the hash
 *     56      4  number of namespace records
 *     60      4  CRC32C of bytes 0 to 59
 *            (up to here the meaning is the same in every format version)
 *     64      8  complete word: the seal once the table holds every entry of the store, else 0
 *     72     56  zero
 *    128      8  slots in use, written by the lock holder
 *    136      8  sequence of moves between buckets, odd during one, written by the lock holder
 *    144      8  one more than the highest namespace number ever defined
 *    152     16  digest that is or was moved last, written by the lock holder
 *    168   3928  zero
 * 4,096          4,096 namespace records, see {@link NamespaceDescriptor}
 * 4,198,400      buckets
 *
 * bucket, 512 bytes
 *      0      8  control word: 48 bits of counter, 1 zero bit, 7 bits "newer version in the other bucket" (14 to 8),
 *                1 zero bit, 7 bits "slot is published" (6 to 0)
 *      8     14  7 tags of 16 bits
 *     22     42  zero
 *     64    448  7 slots
 *
 * slot, 64 bytes
 *      0      8  upper half of the digest
 *      8      8  lower half of the digest
 *     16      8  version; 0 while the slot is free
 *     24      8  generation of the segment
 *     32      4  segment
 *     36      4  namespace
 *     40      4  offset of the extent in the segment, units of 64 bytes
 *     44      4  length of the extent, units of 64 bytes
 *     48      8  logical bytes
 *     56      4  CRC32C of the entry header
 *     60      2  bytes of the entry header
 *     62      1  bits: 0-1 kind, 2-3 storage, 4 contiguous, 5 has expiry, 6 tombstone
 *     63      1  check: makes the exclusive or of all 64 bytes 0xA5
 * </pre>
 */
final class TableDescriptor {
    static final long MAGIC = 0x4C42_4154_4854_5248L;
    static final int FORMAT_VERSION = 1;

    static final int HEADER_BYTES = 4096;
    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + 8;
    static final int HEADER_BYTES_OFFSET = FORMAT_OFFSET + 4;
    static final int UUID_HI_OFFSET = HEADER_BYTES_OFFSET + 4;
    static final int UUID_LO_OFFSET = UUID_HI_OFFSET + 8;
    static final int MAX_ENTRIES_OFFSET = UUID_LO_OFFSET + 8;
    static final int BUCKET_COUNT_OFFSET = MAX_ENTRIES_OFFSET + 8;
    static final int HASH_SEED_OFFSET = BUCKET_COUNT_OFFSET + 8;
    static final int NAMESPACE_COUNT_OFFSET = HASH_SEED_OFFSET + 8;
    static final int CRC_OFFSET = NAMESPACE_COUNT_OFFSET + 4;
    static final int COMPLETE_OFFSET = CRC_OFFSET + 4;
    // The words of the lock holder have a cache line of their own: readers never load it.
    static final int USED_SLOTS_OFFSET = COMPLETE_OFFSET + 64;
    static final int MOVES_OFFSET = USED_SLOTS_OFFSET + 8;
    static final int NAMESPACE_LIMIT_OFFSET = MOVES_OFFSET + 8;
    static final int MOVING_DIGEST_OFFSET = NAMESPACE_LIMIT_OFFSET + 8;
    /** What the complete word holds when the table is complete: no single flipped bit makes it of zero. */
    static final long COMPLETE_SEAL = 0x5345_414C_4544_2121L;

    static final long NAMESPACES_OFFSET = HEADER_BYTES;
    static final long BUCKETS_OFFSET = NAMESPACES_OFFSET
            + (long) NamespaceDescriptor.RECORDS * NamespaceDescriptor.RECORD_BYTES;

    static final int BUCKET_BYTES = 512;
    static final int SLOTS_PER_BUCKET = 7;
    static final int CONTROL_OFFSET = 0;
    static final int TAGS_OFFSET = CONTROL_OFFSET + 8;
    static final int SLOTS_OFFSET = 64;
    static final int SLOT_BYTES = 64;

    static final long PUBLISHED_MASK = 0x7F;
    static final int NEWER_ELSEWHERE_SHIFT = 8;
    static final long COUNTER_ONE = 1L << 16;

    static final int DIGEST_HI_OFFSET = 0;
    static final int DIGEST_LO_OFFSET = DIGEST_HI_OFFSET + 8;
    static final int VERSION_OFFSET = DIGEST_LO_OFFSET + 8;
    static final int GENERATION_OFFSET = VERSION_OFFSET + 8;
    static final int PLACE_OFFSET = GENERATION_OFFSET + 8;
    static final int EXTENT_OFFSET = PLACE_OFFSET + 8;
    static final int LOGICAL_BYTES_OFFSET = EXTENT_OFFSET + 8;
    static final int MISC_OFFSET = LOGICAL_BYTES_OFFSET + 8;

    /** Entries that fill a table to four fifths, so that replacing and removing find room in a full store. */
    private static final long MIN_BUCKETS = 128;
    static final long MAX_ENTRIES = 1L << 40;

    private TableDescriptor() {}

    /** Buckets of a table for {@code maxEntries} entries. */
    static long bucketCount(long maxEntries) {
        if (maxEntries < 1 || maxEntries > MAX_ENTRIES) {
            throw new IllegalArgumentException("maxEntries=" + maxEntries);
        }
        long slots = maxEntries + (maxEntries + 3) / 4;
        return Math.max(MIN_BUCKETS, (slots + SLOTS_PER_BUCKET - 1) / SLOTS_PER_BUCKET);
    }

    /** Bytes of the whole file. */
    static long fileBytes(long maxEntries) {
        return BUCKETS_OFFSET + bucketCount(maxEntries) * BUCKET_BYTES;
    }
}
