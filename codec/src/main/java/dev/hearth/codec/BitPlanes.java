package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * Turns the eight bit planes of bytes back into bytes, and bytes into bit planes.
 *
 * <p>Bytes go in blocks of {@value FixedWidth#BLOCK}, the last filled up with zeros, and each bit plane holds 64
 * bytes of a block: bit g of byte j of plane b is bit b of the block's byte {@code 64g + j}. So eight vectors and
 * eight planes are each other's transpose, an eight by eight matrix of bits in every byte lane. Planes follow each
 * other, bit 0 first: where a bit hardly changes, LZ4 finds a run as long as the page.
 */
interface BitPlanes {
    /** The bytes of one bit plane of so many bytes. */
    static int planeBytes(int bytes) {
        return (bytes + FixedWidth.BLOCK - 1) / FixedWidth.BLOCK * FixedWidth.GROUP_BYTES;
    }

    /** Exchanges bytes and bit planes: the same transposition both ways, in whole blocks. */
    void toBytes(MemorySegment bits, long bitsOffset, int planeBytes, MemorySegment bytes, long bytesOffset);

    /** The inverse of {@link #toBytes}. */
    void toBits(MemorySegment bytes, long bytesOffset, int planeBytes, MemorySegment bits, long bitsOffset);
}
