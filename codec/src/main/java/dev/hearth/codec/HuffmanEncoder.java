package dev.hearth.codec;

import static dev.hearth.codec.Bytes.putByte;
import static dev.hearth.codec.Bytes.putInt;
import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLongBigEndian;

import java.lang.foreign.MemorySegment;

/** Writes what {@link HuffmanDecoder} reads. Stateless but for working memory; one thread. */
final class HuffmanEncoder {
    // Code in the bits from 8 on, length in bits 0 to 7.
    private final int[] entries = new int[256];

    /** The most bytes that a plane can take. */
    static int maxBytes(int elements) {
        return 130 + 12 + (elements * HuffmanTable.MAX_BITS + 7) / 8 + 4 * Long.BYTES;
    }

    /** The bytes around the streams. */
    static int overheadBytes(HuffmanCode code) {
        return 2 + (code.last() - code.first() + 2) / 2 + 12;
    }

    /**
     * Encodes a plane whose symbols all have codes.
     *
     * @return the length
     */
    int encode(MemorySegment plane, long offset, int elements, HuffmanCode code, MemorySegment target, long start) {
        int count = code.last() - code.first() + 1;
        putByte(target, start, code.first());
        putByte(target, start + 1, code.last());
        for (int i = 0; i < count; i += 2) {
            int high = i + 1 < count ? code.length(code.first() + i + 1) : 0;
            putByte(target, start + 2 + i / 2, code.length(code.first() + i) | (high << 4));
        }
        for (int symbol = 0; symbol < 256; symbol++) {
            entries[symbol] = (code.code(symbol) << 8) | code.length(symbol);
        }
        long sizes = start + 2 + (count + 1) / 2;
        long at = sizes + 12;
        for (int i = 0; i < 4; i++) {
            long end = encodeStream(plane, offset + (long) i * (elements / 4), elements / 4, target, at);
            if (i < 3) {
                putInt(target, sizes + 4L * i, (int) (end - at));
            }
            at = end;
        }
        return (int) (at - start);
    }

    // Eight symbols to a turn, in two halves of at most 48 bits each.
    private long encodeStream(MemorySegment plane, long offset, int elements, MemorySegment target, long start) {
        long in = NativeMemory.readable(plane, offset, elements);
        // A symbol has at most MAX_BITS bits, and the last store goes on for a word.
        long first =
                NativeMemory.writable(target, start, (elements * (long) HuffmanTable.MAX_BITS + 7) / 8 + Long.BYTES);
        long at = first;
        long pending = 0;
        int bits = 0;
        for (int i = 0; i < elements; i += 8) {
            long word = getLong(in + i);
            for (int half = 0; half < 2; half++) {
                long joined = 0;
                int length = 0;
                for (int k = 0; k < 4; k++) {
                    int entry = entries[(int) word & 0xFF];
                    joined = (joined << (entry & 0xFF)) | (entry >>> 8);
                    length += entry & 0xFF;
                    word >>>= 8;
                }
                // Whole bytes go out at every turn, so that fewer than eight bits are pending before the next.
                pending |= joined << (64 - bits - length);
                bits += length;
                putLongBigEndian(at, pending);
                at += bits >>> 3;
                pending <<= bits & ~7;
                bits &= 7;
            }
        }
        if (bits > 0) {
            NativeMemory.putByte(at++, (int) (pending >>> 56));
        }
        return start + at - first;
    }
}
