package dev.hearth.store.frame;

/**
 * The file {@code frames}. Little-endian. All parts start at multiples of 4,096 bytes; only header, map and owners
 * have space from the start, the rest is given space when it comes into use. {@link FrameLayout} says where parts lie.
 *
 * <pre>
 * header, 4,096 bytes
 * offset length
 *      0      8  magic           "HEARTHFR"
 *      8      4  format          1
 *     12      4  length          128
 *     16      8  uuid of the store, upper half
 *     24      8  uuid, lower half
 *     32      8  device of hearth.mark
 *     40      8  inode of hearth.mark
 *     48      8  nonce           as in the words of hearth.mark
 *     56      8  frameBytes      memory asked for
 *     64      8  fileBytes       length of this file
 *     72      4  pageBytes
 *     76      4  slotCount
 *     80      4  holdStripes
 *     84      4  ways            most in a set
 *     88     36  zero
 *    124      4  CRC32C of bytes 0 to 123
 *    128   3968  zero
 *
 * map
 *      0     16  one byte per size class: 1 once its sets have space
 *     16      n  one byte per unit of frames: 1 once it has space
 *
 * owners: 8 bytes per process slot
 *      0      8  slot (upper half) and tenancy of whom the hold counters of the slot belong to; 0 is nobody
 *
 * holds, for each process slot
 *      0      n  for each stripe, rounded up to 64 bytes: 4 bytes per hold counter
 *
 * set, 64 bytes and 64 for each way
 *      0     32  tags            2 bytes per way, from the hash of its key; 0 is none
 *     32     16  referenced      1 byte per way
 *     48      4  hand            of the CLOCK
 *     52     12  zero
 *     64   64 w  the ways
 *
 * way
 *      0      8  word            see FrameWord
 *      8      8  sequence        how often the way was filled
 *     16      8  digest, upper half
 *     24      8  digest, lower half
 *     32      8  version
 *     40      8  page
 *     48      4  lengthBytes
 *     52      4  CRC32C of the page and of bytes 16 to 51
 *     56      8  zero
 * </pre>
 */
final class FramesDescriptor {
    /** "HEARTHFR". */
    static final long MAGIC_VALUE = 0x5246_4854_5241_4548L;
    static final int FORMAT_VERSION = 1;
    static final int BLOCK_BYTES = 4096;

    static final int MAGIC = 0;
    static final int FORMAT = MAGIC + 8;
    static final int LENGTH = FORMAT + 4;
    static final int UUID_HI = LENGTH + 4;
    static final int UUID_LO = UUID_HI + 8;
    static final int DEVICE = UUID_LO + 8;
    static final int INODE = DEVICE + 8;
    static final int NONCE = INODE + 8;
    static final int FRAME_BYTES = NONCE + 8;
    static final int FILE_BYTES = FRAME_BYTES + 8;
    static final int PAGE_BYTES = FILE_BYTES + 8;
    static final int SLOT_COUNT = PAGE_BYTES + 4;
    static final int HOLD_STRIPES = SLOT_COUNT + 4;
    static final int WAYS = HOLD_STRIPES + 4;
    static final int CRC = 124;
    static final int HEADER_BYTES = CRC + 4;

    static final int MAP_OFFSET = BLOCK_BYTES;
    static final int MAP_UNITS = 16;

    static final int MOST_WAYS = 16;
    static final int TAGS = 0;
    static final int TAG_BYTES = 2;
    static final int REFERENCED = TAGS + MOST_WAYS * TAG_BYTES;
    static final int HAND = REFERENCED + MOST_WAYS;
    static final int SET_HEADER_BYTES = 64;

    static final int WORD = 0;
    static final int SEQUENCE = WORD + 8;
    static final int DIGEST_HI = SEQUENCE + 8;
    static final int DIGEST_LO = DIGEST_HI + 8;
    static final int VERSION = DIGEST_LO + 8;
    static final int PAGE = VERSION + 8;
    static final int LENGTH_BYTES = PAGE + 8;
    static final int PAGE_CRC = LENGTH_BYTES + 4;
    static final int WAY_BYTES = 64;

    private FramesDescriptor() {}
}
