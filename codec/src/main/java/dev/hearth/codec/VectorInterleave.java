package dev.hearth.codec;

import static dev.hearth.codec.VectorTransforms.LONGS;
import static dev.hearth.codec.VectorTransforms.STEP;
import static dev.hearth.codec.VectorTransforms.high;
import static dev.hearth.codec.VectorTransforms.low;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Interleave} by registers of the machine's width; the same steps as {@link PlainInterleave}. */
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

    /** Lanes shifted down under a mask, and shifted up under the rest. */
    record Rotation(int down, int up, long low) {
        // Not rotated is a rotation that keeps every bit where it is: one path, no branch in the loops.
        static final Rotation NONE = new Rotation(0, 0, -1L);
        private static final Rotation[] RIGHT = new Rotation[4];

        static {
            for (int shift = 0; shift < 4; shift++) {
                RIGHT[shift] = new Rotation(1, (8 << shift) - 1, PlainInterleave.lowBits(shift));
            }
        }

        static Rotation right(int shift, boolean rotated) {
            return rotated ? RIGHT[shift] : NONE;
        }
    }

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
    public void split(MemorySegment source, int shift, boolean rotated, int groups, MemorySegment planes, long stride) {
        int down = rotated ? (8 << shift) - 1 : 0;
        int up = rotated ? 1 : 0;
        // Rotating left by one is shifting down all but the top bit's way, where the lowest bits of lanes are filled.
        long wrapped = rotated ? lanesLowestBits(shift) : -1L;
        try {
            switch (shift) {
                case 0 -> splitOne.invokeExact(source, down, up, wrapped, groups, planes);
                case 1 -> splitTwo.invokeExact(source, down, up, wrapped, groups, planes, stride);
                case 2 -> splitFour.invokeExact(source, up, groups, planes, stride);
                // Only encoding splits, and eight bytes are rare: not worth another round.
                default -> PLAIN.split(source, shift, rotated, groups, planes, stride);
            }
        } catch (Throwable e) {
            throw Apart.rethrown(e);
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

    static void mergeOne(PlaneSet planes, Rotation rotation, int groups, MemorySegment target) {
        MemorySegment p0 = planes.segment(0);
        long o0 = planes.offset(0);
        int down = rotation.down();
        int up = rotation.up();
        long low = rotation.low();
        for (int i = 0; i < groups * GROUP; i += STEP) {
            rotate(load(p0, o0 + i), down, up, low).intoMemorySegment(target, i, LITTLE_ENDIAN);
        }
    }

    static void mergeTwo(PlaneSet planes, Rotation rotation, int groups, MemorySegment target) {
        MemorySegment p0 = planes.segment(0);
        MemorySegment p1 = planes.segment(1);
        long o0 = planes.offset(0);
        long o1 = planes.offset(1);
        int down = rotation.down();
        int up = rotation.up();
        long low = rotation.low();
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long out = (i & -GROUP) * 2L + (i & (GROUP - 1));
            LongVector a = load(p0, o0 + i);
            LongVector b = load(p1, o1 + i);
            rotate(low(a, b, EVEN_BYTES, 8), down, up, low).intoMemorySegment(target, out, LITTLE_ENDIAN);
            rotate(high(a, b, EVEN_BYTES, 8), down, up, low).intoMemorySegment(target, out + 64, LITTLE_ENDIAN);
        }
    }

    // The two even or the two odd ones of the four rows that four planes make. All four at once are more than the
    // compiler inlines in one method, and vectors that are not inlined are objects.
    static void mergeFour(
            PlaneSet planes, int plane, int odd, Rotation rotation, int shift, int groups, MemorySegment target) {
        MemorySegment p0 = planes.segment(plane);
        MemorySegment p1 = planes.segment(plane + 1);
        MemorySegment p2 = planes.segment(plane + 2);
        MemorySegment p3 = planes.segment(plane + 3);
        long o0 = planes.offset(plane);
        long o1 = planes.offset(plane + 1);
        long o2 = planes.offset(plane + 2);
        long o3 = planes.offset(plane + 3);
        int down = rotation.down();
        int up = rotation.up();
        long low = rotation.low();
        int bits = 8 * odd;
        long start = 64L * (plane + odd);
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long out = ((long) (i & -GROUP) << shift) + (i & (GROUP - 1)) + start;
            LongVector ab = field(load(p0, o0 + i), bits)
                    .or(field(load(p1, o1 + i), bits).lanewise(VectorOperators.LSHL, 8));
            LongVector cd = field(load(p2, o2 + i), bits)
                    .or(field(load(p3, o3 + i), bits).lanewise(VectorOperators.LSHL, 8));
            rotate(low(ab, cd, EVEN_SHORTS, 16), down, up, low).intoMemorySegment(target, out, LITTLE_ENDIAN);
            rotate(high(ab, cd, EVEN_SHORTS, 16), down, up, low)
                    .intoMemorySegment(target, out + 128, LITTLE_ENDIAN);
        }
    }

    private static LongVector field(LongVector x, int bits) {
        return x.lanewise(VectorOperators.LSHR, bits).and(EVEN_BYTES);
    }

    static void mergeHalves(Rotation rotation, int groups, MemorySegment target) {
        int down = rotation.down();
        int up = rotation.up();
        long low = rotation.low();
        for (int i = 0; i < groups * 256; i += STEP) {
            long at = (i & -256) * 2L + (i & 255);
            LongVector a = load(target, at);
            LongVector b = load(target, at + 256);
            rotate(low(a, b, EVEN_INTS, 32), down, up, low).intoMemorySegment(target, at, LITTLE_ENDIAN);
            rotate(high(a, b, EVEN_INTS, 32), down, up, low).intoMemorySegment(target, at + 256, LITTLE_ENDIAN);
        }
    }

    static void splitOne(MemorySegment source, int down, int up, long low, int groups, MemorySegment planes) {
        for (int i = 0; i < groups * GROUP; i += STEP) {
            rotate(load(source, i), down, up, low).intoMemorySegment(planes, i, LITTLE_ENDIAN);
        }
    }

    static void splitTwo(
            MemorySegment source, int down, int up, long low, int groups, MemorySegment planes, long stride) {
        for (int i = 0; i < groups * GROUP; i += STEP) {
            long in = (i & -GROUP) * 2L + (i & (GROUP - 1));
            LongVector a = rotate(load(source, in), down, up, low);
            LongVector b = rotate(load(source, in + 64), down, up, low);
            low(a, b, EVEN_BYTES, 8).intoMemorySegment(planes, i, LITTLE_ENDIAN);
            high(a, b, EVEN_BYTES, 8).intoMemorySegment(planes, stride + i, LITTLE_ENDIAN);
        }
    }

    static void splitFour(MemorySegment source, int up, int groups, MemorySegment planes, long stride) {
        for (int odd = 0; odd < 2; odd++) {
            long start = 2L * odd * stride;
            int bits = 16 * odd;
            for (int i = 0; i < groups * GROUP; i += STEP) {
                long in = (i & -GROUP) * 4L + (i & (GROUP - 1));
                LongVector a = rotateInts(load(source, in), up);
                LongVector b = rotateInts(load(source, in + 64), up);
                LongVector c = rotateInts(load(source, in + 128), up);
                LongVector d = rotateInts(load(source, in + 192), up);
                LongVector ac = shorts(a, bits).or(shorts(c, bits).lanewise(VectorOperators.LSHL, 16));
                LongVector bd = shorts(b, bits).or(shorts(d, bits).lanewise(VectorOperators.LSHL, 16));
                low(ac, bd, EVEN_BYTES, 8).intoMemorySegment(planes, start + i, LITTLE_ENDIAN);
                high(ac, bd, EVEN_BYTES, 8).intoMemorySegment(planes, start + stride + i, LITTLE_ENDIAN);
            }
        }
    }

    private static LongVector rotateInts(LongVector x, int up) {
        return x.reinterpretAsInts().lanewise(VectorOperators.ROL, up).reinterpretAsLongs();
    }

    private static LongVector shorts(LongVector x, int bits) {
        return x.lanewise(VectorOperators.LSHR, bits).and(EVEN_SHORTS);
    }
}
