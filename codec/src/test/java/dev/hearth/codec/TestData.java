package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/** Seeded pages of the kinds that codecs meet. */
final class TestData {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final List<String> WORDS =
            List.of("the", "page", "of", "a", "store", "that", "lies", "in", "memory", "and", "many", "read", "it");

    private TestData() {}

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

    /** The smallest pages, the largest, and those around every boundary that matters. */
    static int[] pageSizes() {
        return new int[]{
                1, 2, 3, 7, 15, 16, 17, 63, 64, 65, 127, 128, 255, 511, 512, 513, 1023, 1024, 1500, 2047, 2048, 4095,
                4096,
                4097, 8192, 16_384, 65_535, 65_536, 65_537, (1 << 20) - 1, 1 << 20
        };
    }
}
