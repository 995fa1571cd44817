package dev.hearth.codec;

import java.util.Arrays;

/**
 * Makes a Huffman code of at most {@value HuffmanTable#MAX_BITS} bits from how often symbols occur. Reusable; one
 * thread.
 *
 * <p>Lengths come from the two-queue method over sorted weights (van Leeuwen 1976). Codes that came out too long are
 * cut, which overdraws the code space; it is paid back by lengthening, among codes that still can, those of the
 * rarest symbols, and what that leaves over shortens again where it fits.
 */
final class HuffmanCode {
    /** The bits of {@linkplain #entries() entries} that hold lengths. */
    static final long LENGTHS = 0xFFFF;
    /** The length of a symbol that has no code, in entries. */
    static final long NO_CODE = 64;

    private static final int MAX_BITS = HuffmanTable.MAX_BITS;

    private final int[] lengths = new int[256];
    private final long[] entries = new long[256];
    private final byte[] lowBits = new byte[256];
    private final byte[] highBits = new byte[256];
    // Symbols that occur, rarest first: weight in the upper bits, symbol in the lowest eight.
    private final long[] order = new long[256];
    private final long[] weights = new long[512];
    private final int[] parents = new int[512];
    private int first;
    private int last;

    /** The length of a symbol's code; 0 if it has none. */
    int length(int symbol) {
        return lengths[symbol];
    }

    /** Codes from the highest bit on, with their lengths in the lowest; not to be changed. */
    long[] entries() {
        return entries;
    }

    /** The lowest eight bits of codes; not to be changed. */
    byte[] lowBits() {
        return lowBits;
    }

    /** The lengths of codes, and in the upper four bits what codes have above eight; 0 for none. Not to be changed. */
    byte[] highBits() {
        return highBits;
    }

    /** The first symbol that has a code. */
    int first() {
        return first;
    }

    /** The last symbol that has a code. */
    int last() {
        return last;
    }

    /** The bits that symbols take under this code, or -1 if one of them has none. */
    long bits(int[] counts) {
        long bits = 0;
        for (int symbol = 0; symbol < 256; symbol++) {
            if (counts[symbol] != 0 && lengths[symbol] == 0) {
                return -1;
            }
            bits += (long) counts[symbol] * lengths[symbol];
        }
        return bits;
    }

    /**
     * Makes the code for symbols that occur so often.
     *
     * @return whether there are two symbols at least; otherwise there is no code
     */
    boolean make(int[] counts) {
        Arrays.fill(lengths, 0);
        int symbols = 0;
        for (int symbol = 0; symbol < 256; symbol++) {
            if (counts[symbol] > 0) {
                order[symbols++] = ((long) counts[symbol] << 8) | symbol;
            }
        }
        if (symbols < 2) {
            return false;
        }
        Arrays.sort(order, 0, symbols);
        joinPairs(symbols);
        limit(symbols);
        assign();
        return true;
    }

    // Leaves are 0 to symbols - 1, rarest first; inner nodes follow in the order in which they are made.
    private void joinPairs(int symbols) {
        for (int i = 0; i < symbols; i++) {
            weights[i] = order[i] >>> 8;
        }
        int leaf = 0;
        int inner = symbols;
        int made = symbols;
        int root = 2 * symbols - 2;
        while (made <= root) {
            long weight = 0;
            for (int child = 0; child < 2; child++) {
                boolean takeLeaf = leaf < symbols && (inner == made || weights[leaf] <= weights[inner]);
                int taken = takeLeaf ? leaf++ : inner++;
                parents[taken] = made;
                weight += weights[taken];
            }
            weights[made++] = weight;
        }
        // Weights are not needed any more: the same places now hold depths.
        weights[root] = 0;
        for (int node = root - 1; node >= 0; node--) {
            weights[node] = weights[parents[node]] + 1;
        }
    }

    private void limit(int symbols) {
        int taken = 0;
        for (int i = 0; i < symbols; i++) {
            int length = (int) Math.min(weights[i], MAX_BITS);
            lengths[symbolAt(i)] = length;
            taken += HuffmanTable.SIZE >> length;
        }
        while (taken > HuffmanTable.SIZE) {
            taken -= lengthen(symbols);
        }
        for (int i = symbols - 1; i >= 0; i--) {
            int symbol = symbolAt(i);
            while (lengths[symbol] > 1 && taken + (HuffmanTable.SIZE >> lengths[symbol]) <= HuffmanTable.SIZE) {
                taken += HuffmanTable.SIZE >> lengths[symbol];
                lengths[symbol]--;
            }
        }
    }

    // Lengthens the longest code that can be: it gives back the least space and costs the least.
    private int lengthen(int symbols) {
        int best = -1;
        for (int i = 0; i < symbols; i++) {
            int length = lengths[symbolAt(i)];
            if (length < MAX_BITS && (best < 0 || length > lengths[symbolAt(best)])) {
                best = i;
            }
        }
        int symbol = symbolAt(best);
        lengths[symbol]++;
        return HuffmanTable.SIZE >> lengths[symbol];
    }

    private int symbolAt(int i) {
        return (int) order[i] & 0xFF;
    }

    private void assign() {
        Arrays.fill(entries, NO_CODE);
        Arrays.fill(highBits, (byte) 0);
        int next = 0;
        for (int length = 1; length <= MAX_BITS; length++) {
            for (int symbol = 0; symbol < 256; symbol++) {
                if (lengths[symbol] == length) {
                    int code = next >> (MAX_BITS - length);
                    entries[symbol] = ((long) code << (64 - length)) | length;
                    lowBits[symbol] = (byte) code;
                    highBits[symbol] = (byte) ((code >> 8 << 4) | length);
                    next += HuffmanTable.SIZE >> length;
                }
            }
        }
        first = -1;
        for (int symbol = 0; symbol < 256; symbol++) {
            if (lengths[symbol] != 0) {
                first = first < 0 ? symbol : first;
                last = symbol;
            }
        }
    }
}
