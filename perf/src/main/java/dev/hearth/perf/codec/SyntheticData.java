package dev.hearth.perf.codec;

import dev.hearth.codec.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/** Seeded data of kinds that codecs were not tuned on. */
final class SyntheticData {
    private static final int BYTES = 8 << 20;

    private SyntheticData() {}

    private interface Fill {
        void put(MemorySegment target, long element, SplittableRandom random);
    }

    static List<CodecData> all(Arena arena) {
        return List.of(
                of(arena, "bf16 of rows that differ", DType.BF16, (target, i, random) -> bf16(target, i,
                        random.nextGaussian() * Math.scalb(0.02, (int) (i / 1000 % 7)))),
                of(arena, "bf16 of any size", DType.BF16, (target, i, random) -> bf16(target, i,
                        (random.nextBoolean() ? 1 : -1)
                                * Math.scalb(1 + random.nextDouble(), random.nextInt(-60, 60)))),
                of(arena, "bf16, nine tenths zeros", DType.BF16, (target, i, random) -> bf16(target, i,
                        random.nextInt(10) == 0 ? random.nextGaussian() : 0)),
                of(arena, "fp32, nine tenths zeros", DType.F32, (target, i, random) -> target.setAtIndex(
                        ValueLayout.JAVA_FLOAT, i, random.nextInt(10) == 0 ? (float) random.nextGaussian() : 0)),
                of(arena, "fp32 after ReLU", DType.F32, (target, i, random) -> target.setAtIndex(
                        ValueLayout.JAVA_FLOAT, i, (float) Math.max(0, random.nextGaussian()))),
                of(arena, "fp64", DType.F64, (target, i, random) -> target.setAtIndex(
                        ValueLayout.JAVA_DOUBLE, i, random.nextGaussian())),
                of(arena, "int8 with outliers", DType.I8, (target, i, random) -> target.set(ValueLayout.JAVA_BYTE, i,
                        (byte) (random.nextInt(500) == 0 ? random.nextInt() : (int) (random.nextGaussian() * 6)))),
                of(arena, "fp8 (e4m3)", DType.F8_E4M3, (target, i, random) -> target.set(ValueLayout.JAVA_BYTE, i,
                        e4m3(random.nextGaussian() * 4))),
                of(arena, "bool", DType.BOOL, (target, i, random) -> target.set(ValueLayout.JAVA_BYTE, i,
                        (byte) (random.nextInt(5) == 0 ? 1 : 0))),
                of(arena, "i64 token ids", DType.I64, (target, i, random) -> target.setAtIndex(
                        ValueLayout.JAVA_LONG, i, (long) (32_000 * Math.pow(random.nextDouble(), 3)))),
                of(arena, "i32 positions", DType.I32, (target, i, random) -> target.setAtIndex(
                        ValueLayout.JAVA_INT, i, (int) (i % 4096))));
    }

    /** The same bytes without their type. */
    static CodecData untyped(CodecData data) {
        return new CodecData(data.name() + ", untyped", DType.UNTYPED, data.bytes());
    }

    private static CodecData of(Arena arena, String name, DType dtype, Fill fill) {
        MemorySegment bytes = arena.allocate(BYTES, 4096);
        SplittableRandom random = new SplittableRandom(name.length() + 1L);
        for (long i = 0; i < BYTES * 8L / dtype.bits(); i++) {
            fill.put(bytes, i, random);
        }
        return new CodecData(name, dtype, bytes);
    }

    private static void bf16(MemorySegment target, long i, double value) {
        target.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits((float) value) >>> 16));
    }

    // Sign, four bits of exponent with bias 7, three of mantissa; cut, not rounded.
    private static byte e4m3(double value) {
        int bits = Float.floatToRawIntBits((float) value);
        int exponent = Math.clamp(((bits >>> 23) & 0xFF) - 120, 0, 15);
        return (byte) (((bits >>> 24) & 0x80) | (exponent << 3) | ((bits >>> 20) & 7));
    }
}
