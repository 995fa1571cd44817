package dev.hearth.store.index;

/**
 * The layout of the trailer of an index file: 4 KiB behind the Chronicle Map, with which the file is checked before
 * Chronicle reads a byte of it. Little-endian.
 *
 * <pre>
 * offset length
 *      0      8  magic "HEARTHIX"
 *      8      4  format version, 3
 *     12      4  zero
 *     16     16  identity of the store, upper half first
 *     32      8  generation
 *     40      8  maxEntries
 *     48      8  headBytes
 *     56      4  segments
 *     60      4  segmentHeaderBytes
 *     64      8  tierBytes
 *     72      8  slots
 *     80      4  slotBytes
 *     84      4  keyBits
 *     88      4  valueBits
 *     92      4  zero
 *     96      8  lookupBytes
 *    104      8  freeListBytes
 *    112      8  chunks
 *    120      4  CRC32C of the head of the file
 *    124    128  zero
 *    252      4  CRC32C of bytes 0 to 251
 *    256   1920  state, the one with an even sequence number
 *   2176   1920  state, the one with an odd sequence number
 * </pre>
 *
 * A state; the valid one with the higher sequence number holds:
 *
 * <pre>
 *      0      8  sequence number, from 1
 *      8      8  last version that was wholly applied
 *     16      8  number of entries
 *     24      8  sum of the hashes of all entries
 *     32      4  number of entries that are being changed, at most 56
 *     36     88  zero
 *    124      4  CRC32C of bytes 0 to 123 and of the changes
 *    128  32 * n  changes; what is behind them means nothing
 * </pre>
 *
 * A change, one of an entry at most:
 *
 * <pre>
 *      0     16  digest of the entry, upper half first
 *     16      8  its hash before the change, 0 when it is absent
 *     24      8  its hash after the change, 0 when it is removed
 * </pre>
 */
final class IndexTrailerDescriptor {
    static final long MAGIC = 0x5849485452414548L;
    static final int FORMAT = 3;

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + 8;
    static final int STORE_ID = FORMAT_OFFSET + 8;
    static final int GENERATION = STORE_ID + 16;
    static final int MAX_ENTRIES = GENERATION + 8;
    static final int HEAD_BYTES = MAX_ENTRIES + 8;
    static final int SEGMENTS = HEAD_BYTES + 8;
    static final int SEGMENT_HEADER_BYTES = SEGMENTS + 4;
    static final int TIER_BYTES = SEGMENT_HEADER_BYTES + 4;
    static final int SLOTS = TIER_BYTES + 8;
    static final int SLOT_BYTES = SLOTS + 8;
    static final int KEY_BITS = SLOT_BYTES + 4;
    static final int VALUE_BITS = KEY_BITS + 4;
    static final int LOOKUP_BYTES = VALUE_BITS + 8;
    static final int FREE_LIST_BYTES = LOOKUP_BYTES + 8;
    static final int CHUNKS = FREE_LIST_BYTES + 8;
    static final int HEAD_CRC = CHUNKS + 8;
    static final int CRC = HEAD_CRC + 4 + 128;
    static final int EVEN_STATE = CRC + 4;
    static final int STATE_BYTES = 1920;
    static final int ODD_STATE = EVEN_STATE + STATE_BYTES;
    static final int BYTES = ODD_STATE + STATE_BYTES;

    static final int STATE_SEQUENCE = 0;
    static final int STATE_VERSION = STATE_SEQUENCE + 8;
    static final int STATE_ENTRIES = STATE_VERSION + 8;
    static final int STATE_SUM = STATE_ENTRIES + 8;
    static final int STATE_CHANGES = STATE_SUM + 8;
    static final int STATE_CRC = STATE_CHANGES + 4 + 88;
    static final int STATE_FIRST_CHANGE = STATE_CRC + 4;

    static final int CHANGE_DIGEST_HI = 0;
    static final int CHANGE_DIGEST_LO = CHANGE_DIGEST_HI + 8;
    static final int CHANGE_HASH_BEFORE = CHANGE_DIGEST_LO + 8;
    static final int CHANGE_HASH_AFTER = CHANGE_HASH_BEFORE + 8;
    static final int CHANGE_BYTES = CHANGE_HASH_AFTER + 8;
    /** Changes that one state announces at most. */
    static final int MOST_CHANGES = (STATE_BYTES - STATE_FIRST_CHANGE) / CHANGE_BYTES;

    private IndexTrailerDescriptor() {}
}
