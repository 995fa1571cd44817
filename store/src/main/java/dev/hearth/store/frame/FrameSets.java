package dev.hearth.store.frame;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The sets in shared memory: words, keys, tags, reference bytes and hands, without the rules by which they change.
 *
 * <p>
 * Any thread. Nothing that is loaded here is used as an offset unchecked.
 */
final class FrameSets {
    private static final long TAG_LANES = 0x0001_0001_0001_0001L;
    private static final long TAG_LOW = 0x7FFF_7FFF_7FFF_7FFFL;
    static final byte REFERENCED = 1;
    private static final int KEY_BYTES = FramesDescriptor.PAGE_CRC - FramesDescriptor.DIGEST_HI;

    final MemorySegment memory;

    FrameSets(MemorySegment memory) {
        this.memory = memory;
    }

    /** Which ways have this tag: a bit each. */
    int tagged(long setOffset, short tag) {
        long pattern = pattern(tag);
        int mask = 0;
        for (int quarter = 0; quarter < 4; quarter++) {
            long tags = (long) Words.LONG.getOpaque(memory, setOffset + FramesDescriptor.TAGS + quarter * 8L);
            mask |= zeroLanes(tags ^ pattern) << (quarter * 4);
        }
        return mask;
    }

    /** A tag four times. */
    static long pattern(short tag) {
        return Short.toUnsignedLong(tag) * TAG_LANES;
    }

    /** Whether one of these ways was never filled. */
    boolean hasUntagged(long setOffset, int ways) {
        return (tagged(setOffset, (short) 0) & (1 << ways) - 1) != 0;
    }

    /** A bit for each of the four lanes that are zero. */
    static int zeroLanes(long value) {
        long zero = ~(((value & TAG_LOW) + TAG_LOW) | value | TAG_LOW);
        return (int) ((zero >>> 15 & 1) | (zero >>> 30 & 2) | (zero >>> 45 & 4) | (zero >>> 60 & 8));
    }

    void setTag(long setOffset, int way, short tag) {
        memory.set(Words.SHORT_LAYOUT, setOffset + FramesDescriptor.TAGS + (long) way * FramesDescriptor.TAG_BYTES,
                tag);
    }

    /** Notes that a way was used; stores only if that is news. */
    void refer(long setOffset, int way) {
        long offset = setOffset + FramesDescriptor.REFERENCED + way;
        if ((byte) Words.BYTE.getOpaque(memory, offset) == 0) {
            Words.BYTE.setOpaque(memory, offset, REFERENCED);
        }
    }

    /** Whether the way was used since this was asked last. */
    boolean takeReference(long setOffset, int way) {
        long offset = setOffset + FramesDescriptor.REFERENCED + way;
        boolean referenced = (byte) Words.BYTE.getOpaque(memory, offset) != 0;
        if (referenced) {
            Words.BYTE.setOpaque(memory, offset, (byte) 0);
        }
        return referenced;
    }

    /** Where the CLOCK goes on; any number may stand there. */
    int hand(long setOffset, int ways) {
        return Integer.remainderUnsigned((int) Words.INT.getOpaque(memory, setOffset + FramesDescriptor.HAND), ways);
    }

    void setHand(long setOffset, int way) {
        Words.INT.setOpaque(memory, setOffset + FramesDescriptor.HAND, way);
    }

    long word(long wayOffset) {
        return (long) Words.LONG.getVolatile(memory, wayOffset + FramesDescriptor.WORD);
    }

    void setWord(long wayOffset, long word) {
        Words.LONG.setVolatile(memory, wayOffset + FramesDescriptor.WORD, word);
    }

    boolean replaceWord(long wayOffset, long expected, long word) {
        return Words.replace(memory, wayOffset + FramesDescriptor.WORD, expected, word);
    }

    long sequence(long wayOffset) {
        return (long) Words.LONG.getOpaque(memory, wayOffset + FramesDescriptor.SEQUENCE);
    }

    void setSequence(long wayOffset, long sequence) {
        Words.LONG.setOpaque(memory, wayOffset + FramesDescriptor.SEQUENCE, sequence);
    }

    boolean hasKey(long wayOffset, FrameKey key) {
        return key.digestHi() == memory.get(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.DIGEST_HI)
                && key.digestLo() == memory.get(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.DIGEST_LO)
                && key.version() == memory.get(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.VERSION)
                && key.page() == memory.get(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.PAGE)
                && key.lengthBytes() == memory.get(Words.INT_LAYOUT, wayOffset + FramesDescriptor.LENGTH_BYTES);
    }

    void setKey(long wayOffset, FrameKey key) {
        memory.set(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.DIGEST_HI, key.digestHi());
        memory.set(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.DIGEST_LO, key.digestLo());
        memory.set(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.VERSION, key.version());
        memory.set(Words.LONG_LAYOUT, wayOffset + FramesDescriptor.PAGE, key.page());
        memory.set(Words.INT_LAYOUT, wayOffset + FramesDescriptor.LENGTH_BYTES, key.lengthBytes());
    }

    int lengthBytes(long wayOffset) {
        return memory.get(Words.INT_LAYOUT, wayOffset + FramesDescriptor.LENGTH_BYTES);
    }

    int pageCrc(long wayOffset) {
        return memory.get(Words.INT_LAYOUT, wayOffset + FramesDescriptor.PAGE_CRC);
    }

    void setPageCrc(long wayOffset, int crc) {
        memory.set(Words.INT_LAYOUT, wayOffset + FramesDescriptor.PAGE_CRC, crc);
    }

    /** Puts the bytes of a key as they stand in a way behind a page into its checksum. */
    static void updateKey(CRC32C crc, FrameKey key, byte[] scratch) {
        MemorySegment bytes = MemorySegment.ofArray(scratch);
        bytes.set(Words.UNALIGNED_LONG, 0, key.digestHi());
        bytes.set(Words.UNALIGNED_LONG, 8, key.digestLo());
        bytes.set(Words.UNALIGNED_LONG, 16, key.version());
        bytes.set(Words.UNALIGNED_LONG, 24, key.page());
        bytes.set(Words.UNALIGNED_INT, 32, key.lengthBytes());
        crc.update(scratch, 0, KEY_BYTES);
    }
}
