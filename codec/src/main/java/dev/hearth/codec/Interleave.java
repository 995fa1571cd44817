package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * Turns byte planes into elements: the last step of decoding, and its inverse the first of encoding.
 *
 * <p>Elements have S = 1, 2, 4 or 8 bytes, little-endian, and are n, a multiple of 64. A plane holds one byte of each
 * element, in an order that machines with registers of any width can undo lane by lane: seen as lanes of S bytes,
 * byte k of lane j of a plane belongs to element {@code k * (n / S) + j}. So the S planes and the S rows of
 * {@code n / S} elements, one behind the other, are each other's transpose, an S by S matrix of bytes in every lane,
 * and splitting and merging are the same exchange: log2(S) rounds in which two words swap halves of ever smaller
 * fields. Planes and rows are all n bytes long, and what happens to them is the same from end to end.
 *
 * <p>Floats are rotated left by one bit before they are split, which moves the sign to the bottom and makes the top
 * byte of bf16 and fp32 the exponent.
 */
interface Interleave {
    /** Elements come in multiples of so many. */
    int GROUP = 64;

    /** Writes {@code groups * 64} elements of {@code 1 << shift} bytes to the start of the target. */
    void merge(PlaneSet planes, int shift, boolean rotated, int groups, MemorySegment target);

    /** Splits elements at the start of the source into planes. */
    void split(MemorySegment source, int shift, boolean rotated, int groups, PlaneSet planes);
}
