package dev.hearth.codec;

import static dev.hearth.codec.Bytes.putByte;
import static dev.hearth.codec.Bytes.putInt;
import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLongBigEndian;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes what {@link HuffmanDecoder} reads. Keeps its working memory; one thread. */
final class HuffmanEncoder {
    // What eight bytes hold behind fewer than eight bits that are pending.
    private static final int MOST_BITS = 56;
    // Where words have their length.
    private static final long LENGTH = 0xFF;

    private final SymbolJoiner joiner;
    private MemorySegment words = MemorySegment.NULL;
    // Of the stream being written: where, and bits that do not fill a byte yet, from the highest on.
    private long at;
    private long pending;
    private int bits;

    HuffmanEncoder(SymbolJoiner joiner) {
        this.joiner = joiner;
    }

    /** The most bytes that a plane can take. */
    static int maxBytes(int elements) {
        return 130 + 12 + (elements * HuffmanTable.MAX_BITS + 7) / 8 + 4 * Long.BYTES;
    }

    /** The bytes around the streams. */
    static int overheadBytes(HuffmanCode code) {
        return 2 + (code.last() - code.first() + 2) / 2 + 12;
    }

    /**
     * Encodes a plane.
     *
     * @return the length, or -1 if a symbol has no code
     */
    int encode(MemorySegment plane, long offset, int elements, HuffmanCode code, MemorySegment target, long start) {
        long wordBytes = (long) elements * SymbolJoiner.BYTES_PER_SYMBOL;
        if (words.byteSize() < wordBytes) {
            words = Arena.ofAuto().allocate(wordBytes, 64);
        }
        if (!joiner.join(plane, offset, elements, code, words)) {
            return -1;
        }
        long sizes = start + writeCode(code, target, start);
        long in = NativeMemory.readable(words, 0, wordBytes);
        long out = NativeMemory.writable(target, start, maxBytes(elements));
        long first = out + sizes + 12 - start;
        at = first;
        for (int i = 0; i < 4; i++) {
            long begin = at;
            writeStream(in, i * elements / 4, (i + 1) * elements / 4);
            if (i < 3) {
                putInt(target, sizes + 4L * i, (int) (at - begin));
            }
        }
        return (int) (at - out);
    }

    private static int writeCode(HuffmanCode code, MemorySegment target, long start) {
        int count = code.last() - code.first() + 1;
        putByte(target, start, code.first());
        putByte(target, start + 1, code.last());
        for (int i = 0; i < count; i += 2) {
            int high = i + 1 < count ? code.length(code.first() + i + 1) : 0;
            putByte(target, start + 2 + i / 2, code.length(code.first() + i) | (high << 4));
        }
        return 2 + (count + 1) / 2;
    }

    private void writeStream(long in, int begin, int end) {
        pending = 0;
        bits = 0;
        for (int i = begin; i < end;) {
            i = writeShort(in, i, end);
            if (i < end) {
                long word = in + (i & -64) * 2L + (i & 63);
                write(getLong(word));
                write(getLong(word + 64));
                i += 8;
            }
        }
        if (bits > 0) {
            NativeMemory.putByte(at++, (int) (pending >>> 56));
        }
    }

    // Eight symbols at a time, as long as their codes fit into one store, which they nearly always do. Returns the
    // first symbol not written.
    private int writeShort(long in, int begin, int end) {
        long to = at;
        long left = pending;
        int count = bits;
        int i = begin;
        for (; i < end; i += 8) {
            long word = in + (i & -64) * 2L + (i & 63);
            long a = getLong(word);
            long b = getLong(word + 64);
            int length = (int) (a + b) & 0xFF;
            if (length > MOST_BITS) {
                break;
            }
            left |= ((a | (b >>> a)) & ~LENGTH) >>> count;
            putLongBigEndian(to, left);
            count += length;
            to += count >>> 3;
            left <<= count & ~7;
            count &= 7;
        }
        at = to;
        pending = left;
        bits = count;
        return i;
    }

    private void write(long word) {
        pending |= (word & ~LENGTH) >>> bits;
        putLongBigEndian(at, pending);
        bits += (int) word & 0xFF;
        at += bits >>> 3;
        pending <<= bits & ~7;
        bits &= 7;
    }
}
