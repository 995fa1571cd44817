package dev.hearth.codec;

import static dev.hearth.codec.Bytes.getByte;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The decoding table of a canonical Huffman code: for every {@value #MAX_BITS} bits that may come next, the symbols that
 * they hold.
 *
 * <p>An entry holds up to six symbols, as many as are complete in those bits: exponents take two or three bits each, so
 * one look-up gives four. Entry: symbols in bits 0 to 47, first symbol lowest; their number in bits 48 to 55; the bits they
 * take in bits 56 to 63.
 *
 * <p>Codes are canonical: in ascending order of length, and of value within a length, each is one above its predecessor,
 * shifted to its length; they are complete. One thread; a table stays as it is while pages describe the same code, which
 * pages of one tensor do.
 */
final class HuffmanTable {
    /** The longest code. */
    static final int MAX_BITS = 11;

    static final int SIZE = 1 << MAX_BITS;
    static final int MAX_SYMBOLS = 6;
    static final int COUNT_SHIFT = 48;
    static final int BITS_SHIFT = 56;

    private static final int DESCRIPTION_BYTES = 130;

    private final long[] entries = new long[SIZE];
    // One symbol to an entry: symbol in bits 0 to 7, length in bits 8 to 15.
    private final short[] singles = new short[SIZE];
    private final int[] lengths = new int[256];
    private final MemorySegment description = MemorySegment.ofArray(new byte[DESCRIPTION_BYTES]);
    private int descriptionBytes;

    /** Entries of several symbols; not to be changed. */
    long[] entries() {
        return entries;
    }

    /** The length of a symbol's code. */
    int bitsOf(int symbol) {
        return lengths[symbol];
    }

    /**
     * Reads the description of a code: first and last symbol, then code lengths in half bytes, low half first; 0 is a
     * symbol that does not occur.
     *
     * @return where it ends
     * @throws CodecException if it is not the description of a complete code
     */
    long read(MemorySegment source, long offset, long end) {
        if (end - offset < 3) {
            throw new CodecException("Huffman table of " + (end - offset) + " bytes");
        }
        int first = getByte(source, offset);
        int last = getByte(source, offset + 1);
        int bytes = 2 + (last - first + 2) / 2;
        if (last <= first || end - offset < bytes) {
            throw new CodecException("Huffman table of symbols " + first + " to " + last);
        }
        if (!isKnown(source, offset, bytes)) {
            // Unknown until it is whole: the next page may describe the same broken code.
            descriptionBytes = 0;
            readLengths(source, offset + 2, first, last);
            fill();
            MemorySegment.copy(source, offset, description, 0, bytes);
            descriptionBytes = bytes;
        }
        return offset + bytes;
    }

    private boolean isKnown(MemorySegment source, long offset, int bytes) {
        return bytes == descriptionBytes
                && MemorySegment.mismatch(source, offset, offset + bytes, description, 0, bytes) < 0;
    }

    private void readLengths(MemorySegment source, long offset, int first, int last) {
        Arrays.fill(lengths, 0);
        long taken = 0;
        for (int symbol = first; symbol <= last; symbol++) {
            int i = symbol - first;
            int length = getByte(source, offset + (i >> 1)) >> (4 * (i & 1)) & 0x0F;
            if (length > MAX_BITS) {
                throw new CodecException("Huffman code of " + length + " bits");
            }
            lengths[symbol] = length;
            taken += length == 0 ? 0 : SIZE >> length;
        }
        if (taken != SIZE) {
            throw new CodecException("Huffman code takes " + taken + " of " + SIZE);
        }
    }

    private void fill() {
        int at = 0;
        for (int length = 1; length <= MAX_BITS; length++) {
            for (int symbol = 0; symbol < 256; symbol++) {
                if (lengths[symbol] == length) {
                    int step = SIZE >> length;
                    Arrays.fill(singles, at, at + step, (short) ((length << 8) | symbol));
                    at += step;
                }
            }
        }
        for (int i = 0; i < SIZE; i++) {
            entries[i] = entryOf(i);
        }
    }

    private long entryOf(int next) {
        long symbols = 0;
        int count = 0;
        int used = 0;
        while (count < MAX_SYMBOLS) {
            int single = singles[(next << used) & (SIZE - 1)];
            int length = single >> 8;
            if (used + length > MAX_BITS) {
                break;
            }
            symbols |= (long) (single & 0xFF) << (8 * count);
            used += length;
            count++;
        }
        return symbols | ((long) count << COUNT_SHIFT) | ((long) used << BITS_SHIFT);
    }
}
