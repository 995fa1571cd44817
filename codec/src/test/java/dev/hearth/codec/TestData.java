package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;

/** Seeded pages of the kinds that codecs meet. */
final class TestData {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    // Zeros of both signs, infinities, quiet and signalling NaNs with payloads, subnormals, the largest number.
    private static final int[] SPECIALS = {
            0, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FC12345, 0xFFC00001, 0x7F800001, 0xFFBFFFFF, 1,
            0x80000001,
            0x007FFFFF, 0x7F7FFFFF
    };
    private static final List<String> WORDS =
            List.of("the", "page", "of", "a", "store", "that", "lies", "in", "memory", "and", "many", "read", "it");

    /** Types of every shape that elements can have, and one without. */
    static final List<DType> SHAPES =
            List.of(DType.I8, DType.F8_E4M3, DType.BF16, DType.I16, DType.F32, DType.I32, DType.F64, DType.I64,
                    DType.UNTYPED);

    private TestData() {}

    /** Plain words and the registers of this machine, and both as they are where no instruction expands words. */
    static List<Transforms> implementations() {
        if (!Transforms.BEST.name().startsWith("vector")) {
            throw new IllegalStateException("tests run with the vector module, not " + Transforms.BEST);
        }
        Transforms patching = new Transforms(
                "vector patching", new VectorInterleave(), new VectorFixedWidth(false), new VectorBitPlanes(),
                new VectorSymbolJoiner());
        Transforms plainPatching = new Transforms(
                "plain patching", new PlainInterleave(), new PlainFixedWidth(false), new PlainBitPlanes(),
                new PlainSymbolJoiner());
        return List.of(Transforms.PLAIN, Transforms.BEST, patching, plainPatching);
    }

    /** Bytes that nothing compresses. */
    static MemorySegment random(Arena arena, int bytes, long seed) {
        MemorySegment segment = arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < bytes; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        return segment;
    }

    /** English-like text: words of a small vocabulary. */
    static MemorySegment text(Arena arena, int bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < bytes) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        byte[] ascii = text.substring(0, bytes).getBytes(StandardCharsets.US_ASCII);
        MemorySegment segment = arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
        MemorySegment.copy(ascii, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes);
        return segment;
    }

    /** Normally distributed numbers around zero as bf16, as trained weights look. */
    static MemorySegment bf16(Arena arena, int bytes, long seed) {
        MemorySegment segment = arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i + 2 <= bytes; i += 2) {
            float value = (float) (random.nextGaussian() * 0.04);
            segment.set(SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
        }
        return segment;
    }

    /** Pages of every kind, for elements of a type. */
    static Map<String, MemorySegment> kinds(Arena arena, int bytes, long seed) {
        Map<String, MemorySegment> kinds = new LinkedHashMap<>();
        kinds.put("zeros", arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes));
        kinds.put("ones", bytes(arena, bytes, i -> 0xFF));
        kinds.put("random", random(arena, bytes, seed));
        kinds.put("text", text(arena, bytes, seed));
        kinds.put("bf16", bf16(arena, bytes, seed));
        kinds.put("patterns", bytes(arena, bytes, i -> (i & 1) == 0 ? i >> 1 : i >> 9));
        SplittableRandom random = new SplittableRandom(seed);
        kinds.put("gauss8", bytes(arena, bytes, i -> (int) (random.nextGaussian() * 18)));
        kinds.put("sparse", bytes(arena, bytes, i -> random.nextInt(10) == 0 ? random.nextInt() : 0));
        kinds.put("runs", bytes(arena, bytes, i -> i >> 9));
        kinds.put("fp32", words(arena, bytes, () -> Float.floatToRawIntBits((float) random.nextGaussian() * 0.04f)));
        kinds.put("fp32 of fp16", words(arena, bytes, () -> Float.floatToRawIntBits(
                Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian() * 0.04f)))));
        kinds.put("specials", words(arena, bytes, () -> SPECIALS[random.nextInt(SPECIALS.length)]));
        kinds.put("small ints", words(arena, bytes, () -> random.nextInt(-40, 40)));
        return kinds;
    }

    private static MemorySegment bytes(Arena arena, int bytes, IntUnaryOperator at) {
        MemorySegment segment = arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
        for (int i = 0; i < bytes; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) at.applyAsInt(i));
        }
        return segment;
    }

    private static MemorySegment words(Arena arena, int bytes, IntSupplier next) {
        MemorySegment segment = arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
        for (int i = 0; i + 4 <= bytes; i += 4) {
            segment.set(INT, i, next.getAsInt());
        }
        return segment;
    }

    /** The smallest pages, the largest, and those around every boundary that matters. */
    static int[] pageSizes() {
        return new int[]{
                1, 2, 3, 7, 15, 16, 17, 63, 64, 65, 127, 128, 255, 511, 512, 513, 1023, 1024, 1500, 2047, 2048, 4095,
                4096,
                4097, 8192, 16_384, 65_535, 65_536, 65_537, (1 << 20) - 1, 1 << 20
        };
    }
}
