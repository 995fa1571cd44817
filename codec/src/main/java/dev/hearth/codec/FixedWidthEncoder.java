package dev.hearth.codec;

import static dev.hearth.codec.Bytes.broadcast;
import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/** Writes {@linkplain FixedWidth fixed-width codes}, eight at a time, and the escapes beside them. Stateless. */
final class FixedWidthEncoder {
    private static final long TOPS = 0x8080808080808080L;

    private FixedWidthEncoder() {}

    /**
     * Replaces the bytes of a plane by their codes, one to a byte, and collects the escapes.
     *
     * @param codes takes the codes, at the plane's offset
     * @param escapes where in the target escapes go; eight bytes behind the last may be written too
     * @return where they end, or -1 if they did not fit, or a byte has no code and the window no escapes
     */
    static long toCodes(
            MemorySegment plane,
            long offset,
            int elements,
            CodeWindow window,
            MemorySegment codes,
            MemorySegment target,
            long escapes) {
        long in = NativeMemory.readable(plane, offset, elements);
        long out = NativeMemory.writable(codes, offset, elements);
        long start = NativeMemory.writable(target, escapes, target.byteSize() - escapes);
        long end = start + target.byteSize() - escapes;
        boolean escaped = window.escaped();
        int shift = window.shift();
        long base = broadcast(window.base());
        long limit = broadcast(0x80 - window.values());
        long escape = broadcast(window.escapeCode());
        long keep = broadcast(0xFF >>> window.shift());
        long next = start;
        long strays = 0;
        for (int i = 0; i < elements; i += 8) {
            long bytes = getLong(in + i);
            long code = (subtractBytes(bytes, base) >>> shift) & keep;
            // A top bit appears where a code is beyond the values, or had its own.
            long beyond = (((code & ~TOPS) + limit) | code) & TOPS;
            if (escaped) {
                // Without a branch: which words have escapes is as good as random.
                long holes = (beyond << 1) - (beyond >>> 7);
                if (next + 8 > end) {
                    return -1;
                }
                putLong(next, Long.compress(bytes, holes));
                next += Long.bitCount(beyond);
                code = (code & ~holes) | (escape & holes);
            }
            strays |= beyond;
            putLong(out + i, code);
        }
        return strays != 0 && !escaped ? -1 : escapes + next - start;
    }

    /** Packs codes, one to a byte and eight whole rows of them, into their fields. */
    static void pack(
            MemorySegment codes, long codesOffset, int rowBytes, int width, MemorySegment target, long targetOffset) {
        long in = NativeMemory.readable(codes, codesOffset, (long) FixedWidth.ROWS * rowBytes);
        long out = NativeMemory.writable(target, targetOffset, (long) rowBytes * width);
        if ((width & 4) != 0) {
            out = pack4(in, rowBytes, out);
        }
        if ((width & 2) != 0) {
            out = pack2(in, rowBytes, width & 4, out);
        }
        if ((width & 1) != 0) {
            pack1(in, rowBytes, width & 6, out);
        }
    }

    private static long pack4(long in, long rowBytes, long out) {
        for (int v = 0; v < 4; v++) {
            long low = in + 2L * v * rowBytes;
            for (long j = 0; j < rowBytes; j += 8) {
                putLong(out + v * rowBytes + j,
                        (getLong(low + j) & broadcast(0x0F)) | ((getLong(low + rowBytes + j) & broadcast(0x0F)) << 4));
            }
        }
        return out + 4 * rowBytes;
    }

    private static long pack2(long in, long rowBytes, int place, long out) {
        for (int v = 0; v < 2; v++) {
            for (long j = 0; j < rowBytes; j += 8) {
                long word = 0;
                for (int i = 0; i < 4; i++) {
                    word |= ((getLong(in + (4 * v + i) * rowBytes + j) >>> place) & broadcast(3)) << (2 * i);
                }
                putLong(out + v * rowBytes + j, word);
            }
        }
        return out + 2 * rowBytes;
    }

    private static void pack1(long in, long rowBytes, int place, long out) {
        for (long j = 0; j < rowBytes; j += 8) {
            long word = 0;
            for (int g = 0; g < FixedWidth.ROWS; g++) {
                word |= ((getLong(in + g * rowBytes + j) >>> place) & broadcast(1)) << g;
            }
            putLong(out + j, word);
        }
    }

    // Bytewise differences, modulo 256 each: borrows stop at top bits that were set for them.
    private static long subtractBytes(long a, long b) {
        return ((a | TOPS) - (b & ~TOPS)) ^ ((a ^ ~b) & TOPS);
    }
}
