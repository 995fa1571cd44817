package dev.hearth.codec;

import static dev.hearth.codec.Bytes.broadcast;
import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/** {@link FixedWidth} eight codes at a time, for any Java; escapes fall into place by {@link Long#expand}. */
final class PlainFixedWidth implements FixedWidth {
    private static final long TOPS = 0x8080808080808080L;

    @Override
    public long decode(FixedPlane plane, MemorySegment target, long targetOffset) {
        MemorySegment source = plane.source();
        CodeWindow window = plane.window();
        int elements = plane.groups() * GROUP_BYTES;
        long codes = NativeMemory.readable(source, plane.codes(), FixedWidth.codeBytes(elements, window.width()));
        long escapes = NativeMemory.readable(source, plane.escapes(), plane.escapesEnd() - plane.escapes());
        long escapesEnd = escapes + plane.escapesEnd() - plane.escapes();
        long to = NativeMemory.writable(target, targetOffset, elements);
        boolean escaped = window.escaped();
        int shift = window.shift();
        long mask4 = broadcast(window.mask4());
        long mask2 = broadcast(window.mask2());
        long mask1 = broadcast(window.mask1());
        long base = broadcast(window.base());
        long escape = broadcast(window.escapeCode());
        int place2 = window.width() & 4;
        int place1 = window.width() & 6;
        int blockBytes = window.width() * GROUP_BYTES;
        long next = escapes;
        for (int group = 0; group < plane.groups(); group++) {
            int g = group & 7;
            long block = codes + (long) (group >> 3) * blockBytes;
            long at4 = block + (long) (g >> 1) * window.step4();
            long at2 = block + window.offset2() + (long) (g >> 2) * window.step2();
            long at1 = block + window.offset1();
            long out = to + (long) group * GROUP_BYTES;
            for (int w = 0; w < GROUP_BYTES; w += 8) {
                long code = (Long.rotateRight(getLong(at4 + w), 4 * (g & 1)) & mask4)
                        | (Long.rotateLeft(getLong(at2 + w), place2 - 2 * (g & 3)) & mask2)
                        | (Long.rotateLeft(getLong(at1 + w), place1 - g) & mask1);
                long value = addBytes(code << shift, base);
                if (escaped) {
                    long holes = bytesEqual(code, escape);
                    int count = Long.bitCount(holes) >>> 3;
                    if (next + count > escapesEnd) {
                        return -1;
                    }
                    value = (value & ~holes) | Long.expand(peek(next, escapesEnd), holes);
                    next += count;
                }
                putLong(out + w, value);
            }
        }
        return plane.escapes() + next - escapes;
    }

    // Eight bytes, or as many as there are before the end.
    private static long peek(long offset, long end) {
        if (offset + 8 <= end) {
            return getLong(offset);
        }
        long word = 0;
        for (long at = end - 1; at >= offset; at--) {
            word = (word << 8) | NativeMemory.getByte(at);
        }
        return word;
    }

    // Bytewise sums, modulo 256 each: carries stop below the top bits, which are added without carry.
    static long addBytes(long a, long b) {
        return ((a & ~TOPS) + (b & ~TOPS)) ^ ((a ^ b) & TOPS);
    }

    // All ones in the bytes in which words whose top bits are clear agree.
    static long bytesEqual(long a, long b) {
        long differing = ((a ^ b) + ~TOPS) & TOPS;
        long equal = differing ^ TOPS;
        return (equal << 1) - (equal >>> 7);
    }
}
