package dev.hearth.codec;

import static dev.hearth.codec.Bytes.getByte;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The decoding table of a canonical Huffman code: for every {@value #MAX_BITS} bits that may come next, the symbols
 * that they hold.
 *
 * <p>An entry holds up to six symbols, as many as are complete in those bits: exponents take two or three bits each,
 * so one look-up gives four. Entry: the bits they take in bits 0 to 7, where a shift by the entry finds them; symbols
 * in bits 8 to 55, first symbol lowest; their number in bits 56 to 63.
 *
 * <p>Codes are canonical: in ascending order of length, and of value within a length, each is one above its
 * predecessor, shifted to its length; they are complete. One thread; a table stays as it is while pages describe the
 * same code, which pages of one tensor do.
 */
final class HuffmanTable {
    /** The longest code. */
    static final int MAX_BITS = 12;

    static final int SIZE = 1 << MAX_BITS;
    static final int MAX_SYMBOLS = 6;
    static final int SYMBOLS_SHIFT = 8;
    static final int COUNT_SHIFT = 56;

    private static final int DESCRIPTION_BYTES = 130;
    private static final long ENDS = 0xFF000000000000FFL;
    private static final long ONE_SYMBOL = 1L << COUNT_SHIFT;

    private final long[] entries = new long[SIZE];
    // The same for fewer bits: entries of tables[m] hold what is complete in m bits.
    private final long[][] tables = new long[MAX_BITS + 1][];
    private final int[] lengths = new int[256];
    // Symbols in the order of their codes.
    private final int[] ordered = new int[256];
    private final MemorySegment description = MemorySegment.ofArray(new byte[DESCRIPTION_BYTES]);
    private int descriptionBytes;

    HuffmanTable() {
        for (int bits = 0; bits < MAX_BITS; bits++) {
            tables[bits] = new long[1 << bits];
        }
        tables[MAX_BITS] = entries;
    }

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

    // A table is made of shorter ones: behind a code of l bits comes whatever m - l bits hold. Up to five symbols may
    // come behind the first; codes of two bits at least make no more of them in all bits that are left, codes of one
    // bit in five.
    private void fill() {
        int symbols = order();
        int shortest = lengths[ordered[0]];
        int reach = shortest == 1 ? MAX_SYMBOLS - 1 : MAX_BITS;
        for (int bits = 1; bits <= Math.min(reach, MAX_BITS - shortest); bits++) {
            fill(bits, symbols, reach);
        }
        fill(MAX_BITS, symbols, reach);
    }

    private int order() {
        int count = 0;
        for (int length = 1; length <= MAX_BITS; length++) {
            for (int symbol = 0; symbol < 256; symbol++) {
                if (lengths[symbol] == length) {
                    ordered[count++] = symbol;
                }
            }
        }
        return count;
    }

    private void fill(int bits, int symbols, int reach) {
        long[] table = tables[bits];
        int at = 0;
        for (int i = 0; i < symbols && lengths[ordered[i]] <= bits; i++) {
            int length = lengths[ordered[i]];
            int left = bits - length;
            long first = length | ((long) ordered[i] << SYMBOLS_SHIFT) | ONE_SYMBOL;
            int ahead = Math.min(left, reach);
            prepend(first, tables[ahead], left - ahead, table, at, 1 << left);
            at += 1 << left;
        }
        // No code is complete in so few bits.
        Arrays.fill(table, at, 1 << bits, 0);
    }

    private static void prepend(long first, long[] rest, int shift, long[] table, int at, int count) {
        if (shift == 0) {
            for (int i = 0; i < count; i++) {
                long entry = rest[i];
                table[at + i] = first + (entry & ENDS) + ((entry & ~ENDS) << 8);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            long entry = rest[i >> shift];
            table[at + i] = first + (entry & ENDS) + ((entry & ~ENDS) << 8);
        }
    }
}
