package dev.hearth.codec;

import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.high;
import static dev.hearth.codec.VectorTransforms.low;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.LongVector;

/** {@link BitPlanes} by registers of the machine's width; the same steps as {@link PlainBitPlanes}. */
final class VectorBitPlanes implements BitPlanes {
    private static final long EVEN_BITS = 0x5555555555555555L;
    private static final long EVEN_PAIRS = 0x3333333333333333L;
    private static final long EVEN_NIBBLES = 0x0F0F0F0F0F0F0F0FL;

    @Override
    public void toBytes(MemorySegment bits, long bitsOffset, int planeBytes, MemorySegment bytes, long bytesOffset) {
        for (int at = 0; at < planeBytes; at += STEP) {
            long out = bytesOffset + (long) (at >> 6) * FixedWidth.BLOCK + (at & 63);
            transpose(bits, bitsOffset + at, planeBytes, bytes, out, FixedWidth.GROUP_BYTES);
        }
    }

    @Override
    public void toBits(MemorySegment bytes, long bytesOffset, int planeBytes, MemorySegment bits, long bitsOffset) {
        for (int at = 0; at < planeBytes; at += STEP) {
            long in = bytesOffset + (long) (at >> 6) * FixedWidth.BLOCK + (at & 63);
            transpose(bytes, in, FixedWidth.GROUP_BYTES, bits, bitsOffset + at, planeBytes);
        }
    }

    private static LongVector load(MemorySegment segment, long offset) {
        return LongVector.fromMemorySegment(LONGS, segment, offset, LITTLE_ENDIAN);
    }

    private static void transpose(
            MemorySegment from, long offset, long step, MemorySegment to, long toOffset, long toStep) {
        LongVector a = load(from, offset);
        LongVector b = load(from, offset + step);
        LongVector c = load(from, offset + 2 * step);
        LongVector d = load(from, offset + 3 * step);
        LongVector e = load(from, offset + 4 * step);
        LongVector f = load(from, offset + 5 * step);
        LongVector g = load(from, offset + 6 * step);
        LongVector h = load(from, offset + 7 * step);
        LongVector ab = low(a, b, EVEN_BITS, 1);
        LongVector ba = high(a, b, EVEN_BITS, 1);
        LongVector cd = low(c, d, EVEN_BITS, 1);
        LongVector dc = high(c, d, EVEN_BITS, 1);
        LongVector ef = low(e, f, EVEN_BITS, 1);
        LongVector fe = high(e, f, EVEN_BITS, 1);
        LongVector gh = low(g, h, EVEN_BITS, 1);
        LongVector hg = high(g, h, EVEN_BITS, 1);
        LongVector abcd0 = low(ab, cd, EVEN_PAIRS, 2);
        LongVector abcd1 = low(ba, dc, EVEN_PAIRS, 2);
        LongVector abcd2 = high(ab, cd, EVEN_PAIRS, 2);
        LongVector abcd3 = high(ba, dc, EVEN_PAIRS, 2);
        LongVector efgh0 = low(ef, gh, EVEN_PAIRS, 2);
        LongVector efgh1 = low(fe, hg, EVEN_PAIRS, 2);
        LongVector efgh2 = high(ef, gh, EVEN_PAIRS, 2);
        LongVector efgh3 = high(fe, hg, EVEN_PAIRS, 2);
        low(abcd0, efgh0, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset, LITTLE_ENDIAN);
        low(abcd1, efgh1, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + toStep, LITTLE_ENDIAN);
        low(abcd2, efgh2, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + 2 * toStep, LITTLE_ENDIAN);
        low(abcd3, efgh3, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + 3 * toStep, LITTLE_ENDIAN);
        high(abcd0, efgh0, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + 4 * toStep, LITTLE_ENDIAN);
        high(abcd1, efgh1, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + 5 * toStep, LITTLE_ENDIAN);
        high(abcd2, efgh2, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + 6 * toStep, LITTLE_ENDIAN);
        high(abcd3, efgh3, EVEN_NIBBLES, 4).intoMemorySegment(to, toOffset + 7 * toStep, LITTLE_ENDIAN);
    }
}
