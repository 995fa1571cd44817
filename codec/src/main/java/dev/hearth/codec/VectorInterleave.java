package dev.hearth.codec;

import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.high;
import static dev.hearth.codec.VectorTransforms.low;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Interleave} by registers of the machine's width; the same steps as {@link PlainInterleave}. */
final class VectorInterleave implements Interleave {
    private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;
    private static final long EVEN_SHORTS = 0x0000FFFF0000FFFFL;
    private static final long EVEN_INTS = 0x00000000FFFFFFFFL;

    @Override
    public void merge(PlaneSet planes, int shift, boolean rotated, int groups, MemorySegment target) {
        // Not rotated is a rotation that keeps every bit where it is: one path, no branch in the loops.
        int down = rotated ? 1 : 0;
        int up = rotated ? (8 << shift) - 1 : 0;
        long low = rotated ? PlainInterleave.lowBits(shift) : -1L;
        switch (shift) {
            case 0 -> merge1(planes, down, up, low, groups, target);
            case 1 -> merge2(planes, down, up, low, groups, target);
            case 2 -> merge4(planes, down, up, low, groups, target);
            default -> merge8(planes, down, up, low, groups, target);
        }
    }

    @Override
    public void split(MemorySegment source, int shift, boolean rotated, int groups, MemorySegment planes, long stride) {
        int down = rotated ? (8 << shift) - 1 : 0;
        int up = rotated ? 1 : 0;
        // Rotating left by one is shifting down all but the top bit's way, where the lowest bits of lanes are filled.
        long wrapped = rotated ? lanesLowestBits(shift) : -1L;
        switch (shift) {
            case 0 -> split1(source, down, up, wrapped, groups, planes);
            case 1 -> split2(source, down, up, wrapped, groups, planes, stride);
            case 2 -> split4(source, down, up, wrapped, groups, planes, stride);
            default -> split8(source, down, up, wrapped, groups, planes, stride);
        }
    }

    private static long lanesLowestBits(int shift) {
        return switch (shift) {
            case 0 -> 0x0101010101010101L;
            case 1 -> 0x0001000100010001L;
            case 2 -> 0x0000000100000001L;
            default -> 1L;
        };
    }

    private static LongVector load(MemorySegment segment, long offset) {
        return LongVector.fromMemorySegment(LONGS, segment, offset, LITTLE_ENDIAN);
    }

    // Shifted down under a mask, shifted up under the rest.
    private static LongVector rotate(LongVector x, int down, int up, long low) {
        return x.lanewise(VectorOperators.LSHR, down)
                .and(low)
                .or(x.lanewise(VectorOperators.LSHL, up).and(~low));
    }

    private static void merge1(PlaneSet planes, int down, int up, long low, int groups, MemorySegment target) {
        MemorySegment p0 = planes.segment(0);
        long o0 = planes.offset(0);
        for (int i = 0; i < groups * GROUP; i += STEP) {
            rotate(load(p0, o0 + i), down, up, low).intoMemorySegment(target, i, LITTLE_ENDIAN);
        }
    }

    private static void merge2(PlaneSet planes, int down, int up, long low, int groups, MemorySegment target) {
        MemorySegment p0 = planes.segment(0);
        MemorySegment p1 = planes.segment(1);
        long o0 = planes.offset(0);
        long o1 = planes.offset(1);
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long out = (i & -GROUP) * 2L + (i & (GROUP - 1));
            LongVector a = load(p0, o0 + i);
            LongVector b = load(p1, o1 + i);
            rotate(low(a, b, EVEN_BYTES, 8), down, up, low).intoMemorySegment(target, out, LITTLE_ENDIAN);
            rotate(high(a, b, EVEN_BYTES, 8), down, up, low).intoMemorySegment(target, out + 64, LITTLE_ENDIAN);
        }
    }

    private static void merge4(PlaneSet planes, int down, int up, long low, int groups, MemorySegment target) {
        MemorySegment p0 = planes.segment(0);
        MemorySegment p1 = planes.segment(1);
        MemorySegment p2 = planes.segment(2);
        MemorySegment p3 = planes.segment(3);
        long o0 = planes.offset(0);
        long o1 = planes.offset(1);
        long o2 = planes.offset(2);
        long o3 = planes.offset(3);
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long out = (i & -GROUP) * 4L + (i & (GROUP - 1));
            LongVector a = load(p0, o0 + i);
            LongVector b = load(p1, o1 + i);
            LongVector c = load(p2, o2 + i);
            LongVector d = load(p3, o3 + i);
            LongVector ab0 = low(a, b, EVEN_BYTES, 8);
            LongVector ab1 = high(a, b, EVEN_BYTES, 8);
            LongVector cd0 = low(c, d, EVEN_BYTES, 8);
            LongVector cd1 = high(c, d, EVEN_BYTES, 8);
            rotate(low(ab0, cd0, EVEN_SHORTS, 16), down, up, low).intoMemorySegment(target, out, LITTLE_ENDIAN);
            rotate(low(ab1, cd1, EVEN_SHORTS, 16), down, up, low).intoMemorySegment(target, out + 64, LITTLE_ENDIAN);
            rotate(high(ab0, cd0, EVEN_SHORTS, 16), down, up, low).intoMemorySegment(target, out + 128, LITTLE_ENDIAN);
            rotate(high(ab1, cd1, EVEN_SHORTS, 16), down, up, low).intoMemorySegment(target, out + 192, LITTLE_ENDIAN);
        }
    }

    // Eight rows are two fours of rows whose halves are exchanged last: more at once would not fit into registers.
    private static void merge8(PlaneSet planes, int down, int up, long low, int groups, MemorySegment target) {
        for (int half = 0; half < 2; half++) {
            MemorySegment p0 = planes.segment(4 * half);
            MemorySegment p1 = planes.segment(4 * half + 1);
            MemorySegment p2 = planes.segment(4 * half + 2);
            MemorySegment p3 = planes.segment(4 * half + 3);
            long o0 = planes.offset(4 * half);
            long o1 = planes.offset(4 * half + 1);
            long o2 = planes.offset(4 * half + 2);
            long o3 = planes.offset(4 * half + 3);
            long start = 256L * half;
            for (int i = 0; i < groups * GROUP; i += STEP) {
                long out = (i & -GROUP) * 8L + (i & (GROUP - 1)) + start;
                LongVector a = load(p0, o0 + i);
                LongVector b = load(p1, o1 + i);
                LongVector c = load(p2, o2 + i);
                LongVector d = load(p3, o3 + i);
                LongVector ab0 = low(a, b, EVEN_BYTES, 8);
                LongVector ab1 = high(a, b, EVEN_BYTES, 8);
                LongVector cd0 = low(c, d, EVEN_BYTES, 8);
                LongVector cd1 = high(c, d, EVEN_BYTES, 8);
                low(ab0, cd0, EVEN_SHORTS, 16).intoMemorySegment(target, out, LITTLE_ENDIAN);
                low(ab1, cd1, EVEN_SHORTS, 16).intoMemorySegment(target, out + 64, LITTLE_ENDIAN);
                high(ab0, cd0, EVEN_SHORTS, 16).intoMemorySegment(target, out + 128, LITTLE_ENDIAN);
                high(ab1, cd1, EVEN_SHORTS, 16).intoMemorySegment(target, out + 192, LITTLE_ENDIAN);
            }
        }
        for (int i = 0; i < groups * 256; i += STEP) {
            long at = (i & -256) * 2L + (i & 255);
            LongVector a = load(target, at);
            LongVector b = load(target, at + 256);
            rotate(low(a, b, EVEN_INTS, 32), down, up, low).intoMemorySegment(target, at, LITTLE_ENDIAN);
            rotate(high(a, b, EVEN_INTS, 32), down, up, low).intoMemorySegment(target, at + 256, LITTLE_ENDIAN);
        }
    }

    private static void split1(MemorySegment source, int down, int up, long low, int groups, MemorySegment planes) {
        for (int i = 0; i < groups * GROUP; i += STEP) {
            rotate(load(source, i), down, up, low).intoMemorySegment(planes, i, LITTLE_ENDIAN);
        }
    }

    private static void split2(
            MemorySegment source, int down, int up, long low, int groups, MemorySegment planes, long stride) {
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long in = (i & -GROUP) * 2L + (i & (GROUP - 1));
            LongVector a = rotate(load(source, in), down, up, low);
            LongVector b = rotate(load(source, in + 64), down, up, low);
            low(a, b, EVEN_BYTES, 8).intoMemorySegment(planes, i, LITTLE_ENDIAN);
            high(a, b, EVEN_BYTES, 8).intoMemorySegment(planes, stride + i, LITTLE_ENDIAN);
        }
    }

    private static void split4(
            MemorySegment source, int down, int up, long low, int groups, MemorySegment planes, long stride) {
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long in = (i & -GROUP) * 4L + (i & (GROUP - 1));
            LongVector a = rotate(load(source, in), down, up, low);
            LongVector b = rotate(load(source, in + 64), down, up, low);
            LongVector c = rotate(load(source, in + 128), down, up, low);
            LongVector d = rotate(load(source, in + 192), down, up, low);
            LongVector ac0 = low(a, c, EVEN_SHORTS, 16);
            LongVector ac1 = high(a, c, EVEN_SHORTS, 16);
            LongVector bd0 = low(b, d, EVEN_SHORTS, 16);
            LongVector bd1 = high(b, d, EVEN_SHORTS, 16);
            low(ac0, bd0, EVEN_BYTES, 8).intoMemorySegment(planes, i, LITTLE_ENDIAN);
            high(ac0, bd0, EVEN_BYTES, 8).intoMemorySegment(planes, stride + i, LITTLE_ENDIAN);
            low(ac1, bd1, EVEN_BYTES, 8).intoMemorySegment(planes, 2 * stride + i, LITTLE_ENDIAN);
            high(ac1, bd1, EVEN_BYTES, 8).intoMemorySegment(planes, 3 * stride + i, LITTLE_ENDIAN);
        }
    }

    private static void split8(
            MemorySegment source, int down, int up, long low, int groups, MemorySegment planes, long stride) {
        for (int half = 0; half < 2; half++) {
            int bits = 32 * half;
            long start = 4L * half * stride;
            for (int i = 0; i < groups * GROUP; i += STEP) {
                long in = (i & -GROUP) * 8L + (i & (GROUP - 1));
                LongVector a = half(source, in, down, up, low, bits);
                LongVector b = half(source, in + 64, down, up, low, bits);
                LongVector c = half(source, in + 128, down, up, low, bits);
                LongVector d = half(source, in + 192, down, up, low, bits);
                LongVector ac0 = low(a, c, EVEN_SHORTS, 16);
                LongVector ac1 = high(a, c, EVEN_SHORTS, 16);
                LongVector bd0 = low(b, d, EVEN_SHORTS, 16);
                LongVector bd1 = high(b, d, EVEN_SHORTS, 16);
                long out = start + i;
                low(ac0, bd0, EVEN_BYTES, 8).intoMemorySegment(planes, out, LITTLE_ENDIAN);
                high(ac0, bd0, EVEN_BYTES, 8).intoMemorySegment(planes, out + stride, LITTLE_ENDIAN);
                low(ac1, bd1, EVEN_BYTES, 8).intoMemorySegment(planes, out + 2 * stride, LITTLE_ENDIAN);
                high(ac1, bd1, EVEN_BYTES, 8).intoMemorySegment(planes, out + 3 * stride, LITTLE_ENDIAN);
            }
        }
    }

    // The lower or upper halves of the lanes of two rows, in one: what the widest exchange gives one of its words.
    private static LongVector half(MemorySegment source, long in, int down, int up, long low, int bits) {
        LongVector a = rotate(load(source, in), down, up, low);
        LongVector b = rotate(load(source, in + 256), down, up, low);
        return a.lanewise(VectorOperators.LSHR, bits)
                .and(EVEN_INTS)
                .or(b.lanewise(VectorOperators.LSHR, bits).lanewise(VectorOperators.LSHL, 32));
    }
}
