package dev.hearth.codec;

/**
 * The layout of an encoded tensor page: element shape, what became of each byte plane, and the planes.
 *
 * <p>All numbers are little-endian, offsets are in bytes from the start of the encoded page.
 *
 * <pre>
 * offset    length  meaning
 * 0         1       shape: bits 0-1 log2 of the element's bytes S, bit 2 rotated left by one bit, others 0
 * 1         3       0
 * 4 + 8p    1       method of plane p, for p from 0 (lowest byte) to S - 1: see METHOD_...
 * 5 + 8p    1       CONST: the value. FIXED: form of the window (bits 0-2 width, 3-5 shift, 6 escaped). Else 0
 * 6 + 8p    1       FIXED: base of the window. Else 0
 * 7 + 8p    1       0
 * 8 + 8p    4       bytes the plane takes
 * 4 + 8S            0, up to the multiple of 64 from which planes are stored
 * header    ...     plane by plane, what has a length that is a multiple of 64: RAW bytes, FIXED codes
 *           ...     plane by plane, the rest: FIXED escapes, HUFFMAN streams, LZ4 blocks
 *           tail    the page's last bytes as they are: what does not fill a group of 64 elements
 * </pre>
 *
 * <p>The length of the page is known from outside; it is not stored.
 */
final class TensorPage {
    static final int MAX_ELEMENT_BYTES = 8;

    static final int SHAPE_OFFSET = 0;
    static final int SHAPE_ROTATED = 4;
    static final int PLANES_OFFSET = 4;
    static final int PLANE_BYTES = 8;
    static final int PLANE_METHOD_OFFSET = 0;
    static final int PLANE_FORM_OFFSET = 1;
    static final int PLANE_BASE_OFFSET = 2;
    static final int PLANE_RESERVED_OFFSET = 3;
    static final int PLANE_LENGTH_OFFSET = 4;

    /** A plane stored as it is. */
    static final int METHOD_RAW = 1;
    /** A plane of one value. */
    static final int METHOD_CONST = 2;
    /** {@linkplain FixedWidth Fixed-width codes}. */
    static final int METHOD_FIXED = 3;
    /** {@linkplain HuffmanDecoder Huffman codes}. */
    static final int METHOD_HUFFMAN = 4;
    /** An LZ4 block of the plane's {@linkplain BitPlanes bit planes}. */
    static final int METHOD_BITS_LZ4 = 5;

    private TensorPage() {}

    /** Where planes start: the header, filled up to a multiple of 64. */
    static int headerBytes(int shift) {
        return (PLANES_OFFSET + (PLANE_BYTES << shift) + 63) & -64;
    }

    /** Where the description of a plane starts. */
    static int planeOffset(int plane) {
        return PLANES_OFFSET + plane * PLANE_BYTES;
    }

    /** Whole groups of 64 elements of {@code 1 << shift} bytes in a page. */
    static int groups(int pageBytes, int shift) {
        return pageBytes >>> (shift + 6);
    }
}
