package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * Turns byte planes into elements: the last step of decoding, and its inverse the first of encoding.
 *
 * <p>Elements have S = 1, 2, 4 or 8 bytes, little-endian, and go in groups of 64. A plane holds one byte of each
 * element, 64 to a group, in an order that machines with registers of any width can undo lane by lane: seen as lanes
 * of S bytes, byte k of lane j of a group belongs to element {@code k * (64 / S) + j}. So the S planes of a group and
 * its S runs of 64 element bytes are each other's transpose, an S by S matrix of bytes in every lane, and splitting
 * and merging are the same exchange: log2(S) rounds in which two words swap halves of ever smaller fields.
 *
 * <p>Floats are rotated left by one bit before they are split, which moves the sign to the bottom and makes the top
 * byte of bf16 and fp32 the exponent.
 */
interface Interleave {
    /** Elements of a group. */
    int GROUP = 64;

    /** Writes {@code groups * 64} elements of {@code 1 << shift} bytes to the start of the target. */
    void merge(PlaneSet planes, int shift, boolean rotated, int groups, MemorySegment target);

    /** Splits elements at the start of the source into planes that lie {@code stride} bytes apart. */
    void split(MemorySegment source, int shift, boolean rotated, int groups, MemorySegment planes, long stride);
}
