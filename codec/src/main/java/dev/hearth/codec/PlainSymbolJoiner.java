package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/** {@link SymbolJoiner} symbol by symbol, for any Java. */
final class PlainSymbolJoiner implements SymbolJoiner {
    @Override
    public boolean join(MemorySegment plane, long offset, int elements, HuffmanCode code, MemorySegment words) {
        long in = NativeMemory.readable(plane, offset, elements);
        long out = NativeMemory.writable(words, 0, (long) elements * BYTES_PER_SYMBOL);
        long[] entries = code.entries();
        long lengths = 0;
        for (int i = 0; i < elements; i += 8) {
            long symbols = getLong(in + i);
            long at = out + (long) (i & -64) * BYTES_PER_SYMBOL + (i & 63);
            for (int half = 0; half < 2; half++) {
                long a = entries[(int) symbols & 0xFF];
                long b = entries[(int) (symbols >>> 8) & 0xFF];
                long c = entries[(int) (symbols >>> 16) & 0xFF];
                long d = entries[(int) (symbols >>> 24) & 0xFF];
                // Shifts look at the lowest six bits only, which hold the length.
                long ab = a + b;
                long abc = ab + c;
                long length = (abc + d) & HuffmanCode.LENGTHS;
                long joined = a | (b >>> a) | (c >>> ab) | (d >>> abc);
                lengths |= length;
                putLong(at + half * 64L, (joined & ~HuffmanCode.LENGTHS) | length);
                symbols >>>= 32;
            }
        }
        return lengths < HuffmanCode.NO_CODE;
    }

    @Override
    public void countOthers(MemorySegment plane, long offset, int elements, byte[] known, int[] counts) {
        long in = NativeMemory.readable(plane, offset, elements);
        for (int i = 0; i < elements; i += 8) {
            long symbols = getLong(in + i);
            int all = known[(int) symbols & 0xFF]
                    & known[(int) (symbols >>> 8) & 0xFF]
                    & known[(int) (symbols >>> 16) & 0xFF]
                    & known[(int) (symbols >>> 24) & 0xFF]
                    & known[(int) (symbols >>> 32) & 0xFF]
                    & known[(int) (symbols >>> 40) & 0xFF]
                    & known[(int) (symbols >>> 48) & 0xFF]
                    & known[(int) (symbols >>> 56)];
            if (all == 0) {
                count(symbols, known, counts);
            }
        }
    }

    private static void count(long symbols, byte[] known, int[] counts) {
        for (int shift = 0; shift < 64; shift += 8) {
            int symbol = (int) (symbols >>> shift) & 0xFF;
            counts[symbol] += known[symbol] == 0 ? 1 : 0;
        }
    }
}
