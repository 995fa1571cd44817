package dev.hearth.codec;

import static dev.hearth.codec.Bytes.getLong;
import static dev.hearth.codec.Bytes.putLong;

import java.lang.foreign.MemorySegment;

/** {@link BitPlanes} eight bytes at a time, for any Java. */
final class PlainBitPlanes implements BitPlanes {
    private static final long EVEN_BITS = 0x5555555555555555L;
    private static final long EVEN_PAIRS = 0x3333333333333333L;
    private static final long EVEN_NIBBLES = 0x0F0F0F0F0F0F0F0FL;

    @Override
    public void toBytes(MemorySegment bits, long bitsOffset, int planeBytes, MemorySegment bytes, long bytesOffset) {
        for (int at = 0; at < planeBytes; at += 8) {
            long out = bytesOffset + (long) (at >> 6) * FixedWidth.BLOCK + (at & 63);
            transpose(bits, bitsOffset + at, planeBytes, bytes, out, FixedWidth.GROUP_BYTES);
        }
    }

    @Override
    public void toBits(MemorySegment bytes, long bytesOffset, int planeBytes, MemorySegment bits, long bitsOffset) {
        for (int at = 0; at < planeBytes; at += 8) {
            long in = bytesOffset + (long) (at >> 6) * FixedWidth.BLOCK + (at & 63);
            transpose(bytes, in, FixedWidth.GROUP_BYTES, bits, bitsOffset + at, planeBytes);
        }
    }

    private static void transpose(
            MemorySegment from, long offset, long step, MemorySegment to, long toOffset, long toStep) {
        long a = getLong(from, offset);
        long b = getLong(from, offset + step);
        long c = getLong(from, offset + 2 * step);
        long d = getLong(from, offset + 3 * step);
        long e = getLong(from, offset + 4 * step);
        long f = getLong(from, offset + 5 * step);
        long g = getLong(from, offset + 6 * step);
        long h = getLong(from, offset + 7 * step);
        long ab = low(a, b, EVEN_BITS, 1);
        long ba = high(a, b, EVEN_BITS, 1);
        long cd = low(c, d, EVEN_BITS, 1);
        long dc = high(c, d, EVEN_BITS, 1);
        long ef = low(e, f, EVEN_BITS, 1);
        long fe = high(e, f, EVEN_BITS, 1);
        long gh = low(g, h, EVEN_BITS, 1);
        long hg = high(g, h, EVEN_BITS, 1);
        long abcd0 = low(ab, cd, EVEN_PAIRS, 2);
        long abcd1 = low(ba, dc, EVEN_PAIRS, 2);
        long abcd2 = high(ab, cd, EVEN_PAIRS, 2);
        long abcd3 = high(ba, dc, EVEN_PAIRS, 2);
        long efgh0 = low(ef, gh, EVEN_PAIRS, 2);
        long efgh1 = low(fe, hg, EVEN_PAIRS, 2);
        long efgh2 = high(ef, gh, EVEN_PAIRS, 2);
        long efgh3 = high(fe, hg, EVEN_PAIRS, 2);
        putLong(to, toOffset, low(abcd0, efgh0, EVEN_NIBBLES, 4));
        putLong(to, toOffset + toStep, low(abcd1, efgh1, EVEN_NIBBLES, 4));
        putLong(to, toOffset + 2 * toStep, low(abcd2, efgh2, EVEN_NIBBLES, 4));
        putLong(to, toOffset + 3 * toStep, low(abcd3, efgh3, EVEN_NIBBLES, 4));
        putLong(to, toOffset + 4 * toStep, high(abcd0, efgh0, EVEN_NIBBLES, 4));
        putLong(to, toOffset + 5 * toStep, high(abcd1, efgh1, EVEN_NIBBLES, 4));
        putLong(to, toOffset + 6 * toStep, high(abcd2, efgh2, EVEN_NIBBLES, 4));
        putLong(to, toOffset + 7 * toStep, high(abcd3, efgh3, EVEN_NIBBLES, 4));
    }

    private static long low(long a, long b, long even, int bits) {
        return (a & even) | ((b & even) << bits);
    }

    private static long high(long a, long b, long even, int bits) {
        return ((a >>> bits) & even) | (b & ~even);
    }
}
