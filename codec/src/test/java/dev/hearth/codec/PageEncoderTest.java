package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PageEncoderTest {
    private final PageDecoder decoder = new PageDecoder();

    @ParameterizedTest
    @EnumSource(Compression.class)
    void encode_ofPagesOfAllSizes_decodesToThePage(Compression level) {
        PageEncoder encoder = PageEncoder.create(level, DType.BF16, 1 << 20);
        for (int bytes : TestData.pageSizes()) {
            try (Arena arena = Arena.ofConfined()) {
                encoder.startValue(DType.BF16);
                assertRoundTrip(encoder, TestData.bf16(arena, bytes, bytes));
                encoder.startValue(DType.UNTYPED);
                assertRoundTrip(encoder, TestData.text(arena, bytes, bytes));
                encoder.startValue(DType.U8);
                assertRoundTrip(encoder, TestData.random(arena, bytes, bytes));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void encode_ofRandomBytes_isRaw(Compression level) {
        PageEncoder encoder = PageEncoder.create(level, DType.UNTYPED, 65_536);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(65_536);
            assertEquals(65_536, encoder.encode(TestData.random(arena, 65_536, 3), target));
            assertEquals(PageCodecs.RAW, encoder.codecId());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void encode_ofText_savesAtLeastASixteenth(Compression level) {
        PageEncoder encoder = PageEncoder.create(level, DType.UNTYPED, 65_536);
        try (Arena arena = Arena.ofConfined()) {
            int length = encoder.encode(TestData.text(arena, 65_536, 3), arena.allocate(65_536));
            assertTrue(length <= 65_536 / 16 * 15, "length=" + length);
            assertTrue(encoder.codecId() != PageCodecs.RAW, "codec=" + encoder.codecId());
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void encode_outsideTheContract_isRefused(Compression level) {
        PageEncoder encoder = PageEncoder.create(level, DType.UNTYPED, 4096);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(4097);
            MemorySegment target = arena.allocate(4097);
            assertThrows(IllegalArgumentException.class, () -> encoder.encode(page, target));
            assertThrows(IllegalArgumentException.class, () -> encoder.encode(page.asSlice(0, 0), target));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> encoder.encode(page.asSlice(0, 100), target.asSlice(0, 99)));
        }
        assertThrows(IllegalArgumentException.class, () -> PageEncoder.create(level, DType.U8, 0));
        assertThrows(IllegalArgumentException.class, () -> PageEncoder.create(level, DType.U8, (1 << 20) + 1));
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = {"FAST", "BALANCED", "SMALL"})
    void encode_ofManyPagesOfHardlyAnyValues_staysWithLz4(Compression level) {
        PageEncoder encoder = PageEncoder.create(level, DType.F32, 65_536);
        SplittableRandom random = new SplittableRandom(17);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(65_536);
            for (int page = 0; page < 34; page++) {
                int length = encoder.encode(zerosAndNumbers(arena, random, 100), target);
                assertTrue(length < 65_536 / 20, "page=" + page + " length=" + length);
            }
        }
    }

    @Test
    void encode_whereLz4GrowsWorse_asksTheOthersAgain() {
        PageEncoder encoder = PageEncoder.create(Compression.BALANCED, DType.F32, 65_536);
        SplittableRandom random = new SplittableRandom(18);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(65_536);
            encoder.encode(zerosAndNumbers(arena, random, 100), target);
            assertEquals(PageCodecs.LZ4, encoder.codecId());
            encoder.encode(zerosAndNumbers(arena, random, 2), target);
            assertEquals(PageCodecs.TENSOR_SMALL, encoder.codecId(), "LZ4 finds no runs where every second is zero");
        }
    }

    // One number in so many, the others zero.
    private static MemorySegment zerosAndNumbers(Arena arena, SplittableRandom random, int every) {
        MemorySegment page = arena.allocate(65_536, 64);
        for (int at = 0; at < 65_536; at += 4) {
            boolean zero = random.nextInt(every) != 0;
            Bytes.putInt(page, at, zero ? 0 : Float.floatToRawIntBits((float) random.nextGaussian()));
        }
        return page;
    }

    private void assertRoundTrip(PageEncoder encoder, MemorySegment page) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(page.byteSize());
            int length = encoder.encode(page, target);
            MemorySegment stored = encoder.codecId() == PageCodecs.RAW ? page : target;
            MemorySegment decoded = arena.allocate(page.byteSize());
            decoder.decode(encoder.codecId(), stored.asSlice(0, length), decoded);
            assertEquals(-1, page.mismatch(decoded), "bytes=" + page.byteSize() + " codec=" + encoder.codecId());
        }
    }
}
