package dev.hearth.codec;

import static dev.hearth.codec.Bytes.getInt;
import static dev.hearth.codec.NativeMemory.getByte;
import static dev.hearth.codec.NativeMemory.getLongBigEndian;
import static dev.hearth.codec.NativeMemory.putByte;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/**
 * Decodes Huffman-coded planes: a code, then four bit streams, one for each quarter of the plane.
 *
 * <pre>
 * offset  length  meaning
 * 0       t       the code: see {@link HuffmanTable#read}
 * t       12      bytes of streams 0, 1 and 2; stream 3 takes what is left
 * t + 12  ...     the streams: codes, the first bit the highest of the first byte; the last byte filled up with zeros
 * </pre>
 *
 * <p>Four streams are decoded in turns because each look-up waits for the one before: its table entry says how many
 * bits to pass over. Six symbols are stored at once whether they are valid or not, and the next store covers what was
 * not; that ends before the end of a quarter, from where symbols go one by one. One thread.
 */
final class HuffmanDecoder {
    // What fits into 57 bits, which is the least that eight bytes give from any bit on.
    private static final int LOOKUPS = 4;
    // What so many look-ups may store, and the two bytes of the last store that hold no symbol.
    private static final int REACH = LOOKUPS * HuffmanTable.MAX_SYMBOLS + 2;

    private final HuffmanTable table = new HuffmanTable();
    // Of each stream, between the loops: the address of the next bit (eight times that of its byte) and of the next
    // symbol; and where the stream ends.
    private final long[] bits = new long[4];
    private final long[] outs = new long[4];
    private final long[] streamEnds = new long[4];

    /**
     * Decodes a plane of a multiple of 64 elements.
     *
     * @throws CodecException if the bytes are not the plane's streams
     */
    void decode(MemorySegment source, long offset, long end, MemorySegment target, long targetOffset, int elements) {
        long streams = table.read(source, offset, end) + 12;
        if (streams > end) {
            throw new CodecException("Huffman streams of " + (end - offset) + " bytes");
        }
        // Ranges are checked here; the loops stay inside them by limits of their own.
        long from = NativeMemory.readable(source, offset, end - offset) - offset;
        long to = NativeMemory.writable(target, targetOffset, elements);
        int quarter = elements / 4;
        long at = streams;
        for (int i = 0; i < 4; i++) {
            long length = i < 3 ? getInt(source, streams - 12 + 4L * i) & 0xFFFFFFFFL : end - at;
            if (length > end - at) {
                throw new CodecException("Huffman stream of " + length + " bytes, left=" + (end - at));
            }
            bits[i] = (from + at) * 8;
            outs[i] = to + (long) i * quarter;
            at += length;
            streamEnds[i] = from + at;
        }
        decodeTogether(quarter);
        for (int i = 0; i < 4; i++) {
            finish(i, to + (i + 1L) * quarter);
        }
    }

    private void decodeTogether(int quarter) {
        long[] entries = table.entries();
        long bits0 = bits[0];
        long bits1 = bits[1];
        long bits2 = bits[2];
        long bits3 = bits[3];
        long out0 = outs[0];
        long out1 = outs[1];
        long out2 = outs[2];
        long out3 = outs[3];
        // The last bits from which eight bytes of the streams can be read, and the last places that leave room for a
        // turn.
        long limit0 = streamEnds[0] * 8 - 64;
        long limit1 = streamEnds[1] * 8 - 64;
        long limit2 = streamEnds[2] * 8 - 64;
        long limit3 = streamEnds[3] * 8 - 64;
        long last0 = out0 + quarter - REACH;
        long last1 = out1 + quarter - REACH;
        long last2 = out2 + quarter - REACH;
        long last3 = out3 + quarter - REACH;
        // Negative as soon as one of them is.
        while (((limit0 - bits0) | (limit1 - bits1) | (limit2 - bits2) | (limit3 - bits3)) >= 0
                && ((last0 - out0) | (last1 - out1) | (last2 - out2) | (last3 - out3)) >= 0) {
            long word0 = getLongBigEndian(bits0 >>> 3) << (bits0 & 7);
            long word1 = getLongBigEndian(bits1 >>> 3) << (bits1 & 7);
            long word2 = getLongBigEndian(bits2 >>> 3) << (bits2 & 7);
            long word3 = getLongBigEndian(bits3 >>> 3) << (bits3 & 7);
            for (int i = 0; i < LOOKUPS; i++) {
                long entry0 = entries[(int) (word0 >>> (64 - HuffmanTable.MAX_BITS))];
                long entry1 = entries[(int) (word1 >>> (64 - HuffmanTable.MAX_BITS))];
                long entry2 = entries[(int) (word2 >>> (64 - HuffmanTable.MAX_BITS))];
                long entry3 = entries[(int) (word3 >>> (64 - HuffmanTable.MAX_BITS))];
                putLong(out0, entry0 >>> HuffmanTable.SYMBOLS_SHIFT);
                putLong(out1, entry1 >>> HuffmanTable.SYMBOLS_SHIFT);
                putLong(out2, entry2 >>> HuffmanTable.SYMBOLS_SHIFT);
                putLong(out3, entry3 >>> HuffmanTable.SYMBOLS_SHIFT);
                out0 += entry0 >>> HuffmanTable.COUNT_SHIFT;
                out1 += entry1 >>> HuffmanTable.COUNT_SHIFT;
                out2 += entry2 >>> HuffmanTable.COUNT_SHIFT;
                out3 += entry3 >>> HuffmanTable.COUNT_SHIFT;
                // Shifts look at the lowest six bits only, which hold the bits used.
                word0 <<= entry0;
                word1 <<= entry1;
                word2 <<= entry2;
                word3 <<= entry3;
                bits0 += entry0 & 0xFF;
                bits1 += entry1 & 0xFF;
                bits2 += entry2 & 0xFF;
                bits3 += entry3 & 0xFF;
            }
        }
        bits[0] = bits0;
        bits[1] = bits1;
        bits[2] = bits2;
        bits[3] = bits3;
        outs[0] = out0;
        outs[1] = out1;
        outs[2] = out2;
        outs[3] = out3;
    }

    // The rest of a stream: by itself as long as whole words can be read and stored, then symbol by symbol.
    private void finish(int stream, long outEnd) {
        long[] entries = table.entries();
        long position = bits[stream];
        long end = streamEnds[stream];
        long out = outs[stream];
        while (position <= end * 8 - 64 && out <= outEnd - 8) {
            long word = getLongBigEndian(position >>> 3) << (position & 7);
            long entry = entries[(int) (word >>> (64 - HuffmanTable.MAX_BITS))];
            putLong(out, entry >>> HuffmanTable.SYMBOLS_SHIFT);
            out += entry >>> HuffmanTable.COUNT_SHIFT;
            position += entry & 0xFF;
        }
        while (out < outEnd) {
            long entry = entries[(int) (peek(position, end) >>> (64 - HuffmanTable.MAX_BITS))];
            int count = (int) (entry >>> HuffmanTable.COUNT_SHIFT);
            long used = entry & 0xFF;
            if (out + count > outEnd) {
                used = bitsOf(entry, (int) (outEnd - out));
                count = (int) (outEnd - out);
            }
            for (int i = 0; i < count; i++) {
                putByte(out++, (int) (entry >>> (HuffmanTable.SYMBOLS_SHIFT + 8 * i)) & 0xFF);
            }
            position += used;
        }
        if ((position + 7) >>> 3 != end) {
            throw new CodecException("Huffman stream ends " + (((position + 7) >>> 3) - end) + " bytes from its end");
        }
    }

    private long bitsOf(long entry, int count) {
        long used = 0;
        for (int i = 0; i < count; i++) {
            used += table.bitsOf((int) (entry >>> (HuffmanTable.SYMBOLS_SHIFT + 8 * i)) & 0xFF);
        }
        return used;
    }

    // The bits from a position on, zeros from the stream's end on.
    private static long peek(long position, long end) {
        long word = 0;
        long at = position >>> 3;
        for (int i = 0; i < 3; i++) {
            word = (word << 8) | (at + i < end ? getByte(at + i) : 0);
        }
        return word << (40 + (position & 7));
    }
}
