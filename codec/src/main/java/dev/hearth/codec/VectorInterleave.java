package dev.hearth.codec;

import static dev.hearth.codec.NativeMemory.ALL;
import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.high;
import static dev.hearth.codec.VectorTransforms.longs;
import static dev.hearth.codec.VectorTransforms.low;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Interleave} by registers of the machine's width. */
final class VectorInterleave implements Interleave {
    private static final Interleave PLAIN = new PlainInterleave();

    private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;
    private static final long EVEN_SHORTS = 0x0000FFFF0000FFFFL;
    private static final long EVEN_INTS = 0x00000000FFFFFFFFL;

    private final MethodHandle mergeOne = Apart.of(MethodHandles.lookup(), "mergeOne");
    private final MethodHandle mergeTwo = Apart.of(MethodHandles.lookup(), "mergeTwo");
    private final MethodHandle mergeFour = Apart.of(MethodHandles.lookup(), "mergeFour");
    private final MethodHandle mergeHalves = Apart.of(MethodHandles.lookup(), "mergeHalves");
    private final MethodHandle splitOne = Apart.of(MethodHandles.lookup(), "splitOne");
    private final MethodHandle splitTwo = Apart.of(MethodHandles.lookup(), "splitTwo");
    private final MethodHandle splitFour = Apart.of(MethodHandles.lookup(), "splitFour");

    @Override
    public void merge(PlaneSet planes, int shift, boolean rotated, int groups, MemorySegment target) {
        Rotation rotation = Rotation.right(shift, rotated);
        try {
            switch (shift) {
                case 0 -> mergeOne.invokeExact(planes, rotation, groups, target);
                case 1 -> mergeTwo.invokeExact(planes, rotation, groups, target);
                case 2 -> {
                    mergeFour.invokeExact(planes, 0, 0, rotation, 2, groups, target);
                    mergeFour.invokeExact(planes, 0, 1, rotation, 2, groups, target);
                }
                default -> mergeEight(planes, rotation, groups, target);
            }
        } catch (Throwable e) {
            throw Apart.rethrown(e);
        }
    }

    // Rows of four planes each, and then the exchange between them.
    private void mergeEight(PlaneSet planes, Rotation rotation, int groups, MemorySegment target) throws Throwable {
        for (int plane = 0; plane < 8; plane += 4) {
            mergeFour.invokeExact(planes, plane, 0, Rotation.NONE, 3, groups, target);
            mergeFour.invokeExact(planes, plane, 1, Rotation.NONE, 3, groups, target);
        }
        mergeHalves.invokeExact(rotation, groups, target);
    }

    @Override
    public void split(MemorySegment source, int shift, boolean rotated, int groups, PlaneSet planes) {
        Rotation rotation = Rotation.left(shift, rotated);
        try {
            switch (shift) {
                case 0 -> splitOne.invokeExact(source, rotation, groups, planes);
                case 1 -> splitTwo.invokeExact(source, rotation, groups, planes);
                case 2 -> splitFour.invokeExact(source, rotation.up(), groups, planes);
                // Only encoding splits, and eight bytes are rare: not worth another round.
                default -> PLAIN.split(source, shift, rotated, groups, planes);
            }
        } catch (Throwable e) {
            throw Apart.rethrown(e);
        }
    }

    private static LongVector load(long address) {
        return LongVector.fromMemorySegment(LONGS, ALL, address, LITTLE_ENDIAN);
    }

    // Shifted down under a mask, shifted up under the rest.
    private static LongVector rotate(LongVector x, int down, int up, LongVector low, LongVector rest) {
        return x.lanewise(VectorOperators.LSHR, down)
                .and(low)
                .or(x.lanewise(VectorOperators.LSHL, up).and(rest));
    }

    static void mergeOne(PlaneSet planes, Rotation rotation, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, (long) groups * GROUP);
        long o0 = planes.address(0, groups);
        int down = rotation.down();
        int up = rotation.up();
        LongVector low = longs(rotation.low());
        LongVector rest = longs(~rotation.low());
        for (int i = 0; i < groups * GROUP; i += STEP) {
            rotate(load(o0 + i), down, up, low, rest).intoMemorySegment(ALL, to + i, LITTLE_ENDIAN);
        }
    }

    static void mergeTwo(PlaneSet planes, Rotation rotation, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, 2L * groups * GROUP);
        long o0 = planes.address(0, groups);
        long o1 = planes.address(1, groups);
        int down = rotation.down();
        int up = rotation.up();
        LongVector low = longs(rotation.low());
        LongVector rest = longs(~rotation.low());
        LongVector even = longs(EVEN_BYTES);
        LongVector odd = longs(~EVEN_BYTES);
        int row = groups * GROUP;
        for (int i = 0; i < row; i += STEP) {
            LongVector a = load(o0 + i);
            LongVector b = load(o1 + i);
            rotate(low(a, b, even, 8), down, up, low, rest).intoMemorySegment(ALL, to + i, LITTLE_ENDIAN);
            rotate(high(a, b, even, odd, 8), down, up, low, rest).intoMemorySegment(ALL, to + row + i, LITTLE_ENDIAN);
        }
    }

    // The two even or the two odd ones of the four rows that four planes make. All four at once are more than the
    // compiler inlines in one method, and vectors that are not inlined are objects.
    static void mergeFour(
            PlaneSet planes, int plane, int second, Rotation rotation, int shift, int groups, MemorySegment target) {
        int row = groups * GROUP;
        long to = NativeMemory.writable(target, 0, (long) row << shift) + (long) row * (plane + second);
        long o0 = planes.address(plane, groups);
        long o1 = planes.address(plane + 1, groups);
        long o2 = planes.address(plane + 2, groups);
        long o3 = planes.address(plane + 3, groups);
        int down = rotation.down();
        LongVector bytes = longs(EVEN_BYTES);
        LongVector even = longs(EVEN_SHORTS);
        LongVector odd = longs(~EVEN_SHORTS);
        int bits = 8 * second;
        for (int i = 0; i < row; i += STEP) {
            LongVector ab = field(load(o0 + i), bits, bytes)
                    .or(field(load(o1 + i), bits, bytes).lanewise(VectorOperators.LSHL, 8));
            LongVector cd = field(load(o2 + i), bits, bytes)
                    .or(field(load(o3 + i), bits, bytes).lanewise(VectorOperators.LSHL, 8));
            rotateInts(low(ab, cd, even, 16), -down).intoMemorySegment(ALL, to + i, LITTLE_ENDIAN);
            rotateInts(high(ab, cd, even, odd, 16), -down).intoMemorySegment(ALL, to + 2L * row + i, LITTLE_ENDIAN);
        }
    }

    private static LongVector field(LongVector x, int bits, LongVector fields) {
        return x.lanewise(VectorOperators.LSHR, bits).and(fields);
    }

    static void mergeHalves(Rotation rotation, int groups, MemorySegment target) {
        long to = NativeMemory.writable(target, 0, 8L * groups * GROUP);
        int down = rotation.down();
        int up = rotation.up();
        LongVector low = longs(rotation.low());
        LongVector rest = longs(~rotation.low());
        LongVector even = longs(EVEN_INTS);
        LongVector odd = longs(~EVEN_INTS);
        // Four rows lie before the four that they are exchanged with.
        int half = groups * GROUP * 4;
        for (int i = 0; i < half; i += STEP) {
            LongVector a = load(to + i);
            LongVector b = load(to + half + i);
            rotate(low(a, b, even, 32), down, up, low, rest).intoMemorySegment(ALL, to + i, LITTLE_ENDIAN);
            rotate(high(a, b, even, odd, 32), down, up, low, rest).intoMemorySegment(ALL, to + half + i, LITTLE_ENDIAN);
        }
    }

    static void splitOne(MemorySegment source, Rotation rotation, int groups, PlaneSet planes) {
        long from = NativeMemory.readable(source, 0, (long) groups * GROUP);
        long to = planes.writableAddress(0, groups);
        int down = rotation.down();
        int up = rotation.up();
        LongVector low = longs(rotation.low());
        LongVector rest = longs(~rotation.low());
        for (int i = 0; i < groups * GROUP; i += STEP) {
            rotate(load(from + i), down, up, low, rest).intoMemorySegment(ALL, to + i, LITTLE_ENDIAN);
        }
    }

    static void splitTwo(MemorySegment source, Rotation rotation, int groups, PlaneSet planes) {
        int row = groups * GROUP;
        long from = NativeMemory.readable(source, 0, 2L * row);
        long o0 = planes.writableAddress(0, groups);
        long o1 = planes.writableAddress(1, groups);
        int down = rotation.down();
        int up = rotation.up();
        LongVector low = longs(rotation.low());
        LongVector rest = longs(~rotation.low());
        LongVector even = longs(EVEN_BYTES);
        LongVector odd = longs(~EVEN_BYTES);
        for (int i = 0; i < row; i += STEP) {
            LongVector a = rotate(load(from + i), down, up, low, rest);
            LongVector b = rotate(load(from + row + i), down, up, low, rest);
            low(a, b, even, 8).intoMemorySegment(ALL, o0 + i, LITTLE_ENDIAN);
            high(a, b, even, odd, 8).intoMemorySegment(ALL, o1 + i, LITTLE_ENDIAN);
        }
    }

    static void splitFour(MemorySegment source, int up, int groups, PlaneSet planes) {
        int row = groups * GROUP;
        long from = NativeMemory.readable(source, 0, 4L * row);
        LongVector fields = longs(EVEN_SHORTS);
        LongVector even = longs(EVEN_BYTES);
        LongVector odd = longs(~EVEN_BYTES);
        for (int second = 0; second < 2; second++) {
            long o0 = planes.writableAddress(2 * second, groups);
            long o1 = planes.writableAddress(2 * second + 1, groups);
            int bits = 16 * second;
            for (int i = 0; i < row; i += STEP) {
                LongVector a = rotateInts(load(from + i), up);
                LongVector b = rotateInts(load(from + row + i), up);
                LongVector c = rotateInts(load(from + 2L * row + i), up);
                LongVector d = rotateInts(load(from + 3L * row + i), up);
                LongVector ac = field(a, bits, fields).or(field(c, bits, fields).lanewise(VectorOperators.LSHL, 16));
                LongVector bd = field(b, bits, fields).or(field(d, bits, fields).lanewise(VectorOperators.LSHL, 16));
                low(ac, bd, even, 8).intoMemorySegment(ALL, o0 + i, LITTLE_ENDIAN);
                high(ac, bd, even, odd, 8).intoMemorySegment(ALL, o1 + i, LITTLE_ENDIAN);
            }
        }
    }

    private static LongVector rotateInts(LongVector x, int up) {
        return x.reinterpretAsInts().lanewise(VectorOperators.ROL, up).reinterpretAsLongs();
    }
}
