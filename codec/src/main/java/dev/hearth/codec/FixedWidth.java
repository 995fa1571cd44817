package dev.hearth.codec;

import java.lang.foreign.MemorySegment;

/**
 * Fixed-width codes for the bytes of a plane: a window of neighbouring values in k bits each, and escapes for the rest.
 *
 * <p>A byte is {@code (code << shift) + base}, modulo 256. With escapes the largest code, {@code 2^k - 1}, stands for
 * "see the next escape byte"; exponents of trained weights crowd into so few neighbouring values that three bits hold
 * all but a few in a hundred. Without escapes all codes are values; then shift may be above 0, for bytes whose low
 * bits are alike.
 *
 * <p>The codes of a plane are laid out in eight rows of {@link #rowBytes} codes each; the last rows are filled up with
 * zero codes. A code is cut into fields of four, two and one bits, as the binary digits of k say, lowest bits first.
 * Vectors as long as a row follow each other: four for the field of four bits (vector v holds row 2v in the low half
 * of its bytes and row 2v + 1 in the high half), two for the field of two bits (vector v holds row 4v + i in bits 2i
 * and 2i + 1), one for the field of one bit (row g in bit g). So every byte lane is decoded by shifts and masks alone,
 * at any register width, and a row is one straight loop with the same shifts from end to end.
 */
interface FixedWidth {
    /** Codes come in multiples of so many. */
    int BLOCK = 512;

    /** Bytes in a row are a multiple of so many. */
    int GROUP_BYTES = 64;

    /** Rows of a plane. */
    int ROWS = 8;

    /** The bytes of a row of so many elements. */
    static int rowBytes(int elements) {
        return (elements + BLOCK - 1) / BLOCK * GROUP_BYTES;
    }

    /** The bytes that the codes of so many elements take. */
    static int codeBytes(int elements, int width) {
        return rowBytes(elements) * width;
    }

    /**
     * Decodes a plane.
     *
     * @return where in the source the escapes that were used end, or -1 if there were too few
     */
    long decode(FixedPlane plane, MemorySegment target, long targetOffset);
}
