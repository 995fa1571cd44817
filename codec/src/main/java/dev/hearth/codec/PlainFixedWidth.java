package dev.hearth.codec;

import static dev.hearth.codec.Bytes.broadcast;
import static dev.hearth.codec.NativeMemory.getLong;
import static dev.hearth.codec.NativeMemory.putLong;

import java.lang.foreign.MemorySegment;

/**
 * {@link FixedWidth} eight codes at a time, for any Java; escapes fall into place by {@link Long#expand}.
 *
 * <p>Without registers that do the same to many bytes, instructions count: fields that a width does not have are
 * branched around, which costs one that is always foretold, and what is alike for a group is found once for its words.
 */
final class PlainFixedWidth implements FixedWidth {
    private static final long TOPS = 0x8080808080808080L;
    private static final long NIBBLES = 0x0F0F0F0F0F0F0F0FL;
    private static final long PAIRS = 0x0303030303030303L;
    private static final long BITS = 0x0101010101010101L;

    @Override
    public long decode(FixedPlane plane, MemorySegment target, long targetOffset) {
        MemorySegment source = plane.source();
        int elements = plane.groups() * GROUP_BYTES;
        int codeBytes = FixedWidth.codeBytes(elements, plane.window().width());
        long codes = NativeMemory.readable(source, plane.codes(), codeBytes);
        long escapes = NativeMemory.readable(source, plane.escapes(), plane.escapesEnd() - plane.escapes());
        long to = NativeMemory.writable(target, targetOffset, elements);
        if (!plane.window().escaped()) {
            decodeCodes(plane.window(), codes, plane.groups(), to);
            return plane.escapes();
        }
        long end = escapes + plane.escapesEnd() - plane.escapes();
        long next = decodeEscaped(plane, codes, escapes, end, to);
        return next < 0 ? -1 : plane.escapes() + next - escapes;
    }

    private static void decodeCodes(CodeWindow window, long codes, int groups, long to) {
        int width = window.width();
        int shift = window.shift();
        long base = broadcast(window.base());
        for (int group = 0; group < groups; group++) {
            long block = codes + (long) (group >> 3) * width * GROUP_BYTES;
            long out = to + (long) group * GROUP_BYTES;
            for (int w = 0; w < GROUP_BYTES; w += 8) {
                putLong(out + w, addBytes(code(block + w, width, group & 7) << shift, base));
            }
        }
    }

    private static long decodeEscaped(FixedPlane plane, long codes, long escapes, long end, long to) {
        int width = plane.window().width();
        long base = broadcast(plane.window().base() & 0x7F);
        long baseTop = broadcast(plane.window().base() & 0x80);
        long escape = broadcast(plane.window().escapeCode());
        long next = escapes;
        int groups = plane.groups();
        for (int group = 0; group < groups; group++) {
            long block = codes + (long) (group >> 3) * width * GROUP_BYTES;
            long out = to + (long) group * GROUP_BYTES;
            boolean plenty = next <= end - GROUP_BYTES - 8;
            for (int w = 0; w < GROUP_BYTES; w += 8) {
                long code = code(block + w, width, group & 7);
                // A top bit for each code that is not the escape: what differs carries into it.
                long others = ((code ^ escape) + ~TOPS) & TOPS;
                long tops = others ^ TOPS;
                long holes = (tops << 1) - (tops >>> 7);
                // Codes have no top bit: their sums with seven bits end below it.
                long value = (code + base) ^ baseTop;
                long escaped = plenty ? getLong(next) : peek(next, end);
                putLong(out + w, (value & ~holes) | Long.expand(escaped, holes));
                next += Long.bitCount(tops);
            }
            if (next > end) {
                return -1;
            }
        }
        return next;
    }

    // Eight codes of a group, from a word of the first vector of its block on.
    private static long code(long block, int width, int group) {
        long at = block;
        long code = 0;
        if ((width & 4) != 0) {
            code = (getLong(at + (group >> 1) * 64L) >>> (4 * (group & 1))) & NIBBLES;
            at += 4 * GROUP_BYTES;
        }
        if ((width & 2) != 0) {
            code |= ((getLong(at + (group >> 2) * 64L) >>> (2 * (group & 3))) & PAIRS) << (width & 4);
            at += 2 * GROUP_BYTES;
        }
        if ((width & 1) != 0) {
            code |= ((getLong(at) >>> group) & BITS) << (width & 6);
        }
        return code;
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
}
