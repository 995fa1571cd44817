package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorPageTest {
    private final PageDecoder plainDecoder = new PageDecoder(Transforms.PLAIN);
    private final PageDecoder bestDecoder = new PageDecoder(Transforms.BEST);

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = {"FAST", "BALANCED", "SMALL"})
    void encode_ofEveryKindByEveryType_isLosslessAndTheSameEverywhere(Compression level) {
        for (DType dtype : TestData.SHAPES) {
            PageEncoder plain = PageEncoder.create(level, dtype, 65_536, Transforms.PLAIN);
            PageEncoder best = PageEncoder.create(level, dtype, 65_536, Transforms.BEST);
            for (int bytes : new int[]{512, 1000, 4096, 6001, 32_768}) {
                try (Arena arena = Arena.ofConfined()) {
                    TestData.kinds(arena, bytes, bytes)
                            .forEach((kind, page) -> assertSame(level + " " + dtype + " " + kind + " " + bytes, plain,
                                    best, dtype, page));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = {"FAST", "BALANCED", "SMALL"})
    void decode_ofEveryKind_agreesWithTheDescription(Compression level) {
        for (DType dtype : new DType[]{DType.I8, DType.F8_E4M3, DType.BF16, DType.F32, DType.I64, DType.F64}) {
            PageEncoder encoder = PageEncoder.create(level, dtype, 65_536);
            for (int bytes : new int[]{4096, 6001, 20_000}) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment target = arena.allocate(bytes);
                    for (Map.Entry<String, MemorySegment> kind : TestData.kinds(arena, bytes, bytes).entrySet()) {
                        encoder.startValue(dtype);
                        int length = encoder.encode(kind.getValue(), target);
                        if (encoder.codecId() >= PageCodecs.TENSOR_FAST) {
                            byte[] encoded = target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                            assertArrayEquals(
                                    kind.getValue().toArray(ValueLayout.JAVA_BYTE),
                                    ReferenceDecoder.decode(encoded, bytes),
                                    level + " " + dtype + " " + kind.getKey() + " " + bytes);
                        }
                    }
                }
            }
        }
    }

    @Test
    void encode_ofWeights_reachesTheSizesExpected() {
        assertSize("bf16", DType.BF16, Compression.FAST, 0.715);
        assertSize("bf16", DType.BF16, Compression.BALANCED, 0.715);
        assertSize("bf16", DType.BF16, Compression.SMALL, 0.68);
        // Nobody said that these bytes are bf16.
        assertSize("bf16", DType.U8, Compression.BALANCED, 0.715);
        assertSize("bf16", DType.UNTYPED, Compression.FAST, 0.715);
        assertSize("fp32", DType.F32, Compression.BALANCED, 0.865);
        assertSize("fp32 of fp16", DType.F32, Compression.BALANCED, 0.465);
        assertSize("fp32 of fp16", DType.UNTYPED, Compression.BALANCED, 0.465);
        assertSize("gauss8", DType.I8, Compression.BALANCED, 0.84);
        assertSize("gauss8", DType.I8, Compression.SMALL, 0.80);
        assertSize("zeros", DType.F32, Compression.FAST, 0.01);
        assertSize("small ints", DType.I32, Compression.BALANCED, 0.33);
        assertSize("text", DType.U8, Compression.BALANCED, 0.60);
        assertSize("runs", DType.U8, Compression.BALANCED, 0.05);
    }

    @Test
    void encode_ofManyPages_keepsPageAfterPageRight() {
        // Kinds change within one value: what was learnt of the pages before must not harm.
        for (Compression level : Compression.values()) {
            PageEncoder encoder = PageEncoder.create(level, DType.F32, 8192);
            try (Arena arena = Arena.ofConfined()) {
                Map<String, MemorySegment> kinds = TestData.kinds(arena, 8192, 11);
                for (int round = 0; round < 12; round++) {
                    for (MemorySegment page : kinds.values()) {
                        assertDecodes(encoder, page, level + " round=" + round);
                    }
                }
            }
        }
    }

    @Test
    void decode_ofOtherLengths_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            PageEncoder encoder = PageEncoder.create(Compression.SMALL, DType.BF16, 4096);
            MemorySegment target = arena.allocate(4096);
            int length = encoder.encode(TestData.bf16(arena, 4096, 1), target);
            int id = encoder.codecId();
            MemorySegment page = arena.allocate(4097);
            for (int cut = 0; cut < length; cut++) {
                MemorySegment encoded = target.asSlice(0, cut);
                assertThrows(CodecException.class, () -> plainDecoder.decode(id, encoded, page.asSlice(0, 4096)));
            }
            for (int bytes : new int[]{0, 1, 4094, 4095, 4097}) {
                MemorySegment encoded = target.asSlice(0, length);
                assertThrows(CodecException.class, () -> bestDecoder.decode(id, encoded, page.asSlice(0, bytes)));
            }
            assertThrows(CodecException.class, () -> bestDecoder.decode(7, target, page));
            assertThrows(CodecException.class, () -> bestDecoder.decode(0, target, page));
        }
    }

    private void assertSame(String what, PageEncoder plain, PageEncoder best, DType dtype, MemorySegment page) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment first = arena.allocate(page.byteSize());
            MemorySegment second = arena.allocate(page.byteSize());
            plain.startValue(dtype);
            best.startValue(dtype);
            int length = plain.encode(page, first);
            assertEquals(length, best.encode(page, second), what);
            assertEquals(plain.codecId(), best.codecId(), what);
            if (plain.codecId() == PageCodecs.RAW) {
                return;
            }
            assertTrue(length <= page.byteSize() - page.byteSize() / 16, what + " length=" + length);
            assertEquals(-1, MemorySegment.mismatch(first, 0, length, second, 0, length), what);
            for (PageDecoder decoder : new PageDecoder[]{plainDecoder, bestDecoder}) {
                MemorySegment decoded = arena.allocate(page.byteSize());
                decoder.decode(plain.codecId(), first.asSlice(0, length), decoded);
                assertEquals(-1, page.mismatch(decoded), what);
            }
        }
    }

    private void assertDecodes(PageEncoder encoder, MemorySegment page, String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(page.byteSize());
            int length = encoder.encode(page, target);
            MemorySegment stored = encoder.codecId() == PageCodecs.RAW ? page : target.asSlice(0, length);
            MemorySegment decoded = arena.allocate(page.byteSize());
            bestDecoder.decode(encoder.codecId(), stored, decoded);
            assertEquals(-1, page.mismatch(decoded), what);
        }
    }

    private static void assertSize(String kind, DType dtype, Compression level, double most) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = Objects.requireNonNull(TestData.kinds(arena, 65_536, 21).get(kind), kind);
            PageEncoder encoder = PageEncoder.create(level, dtype, 65_536);
            double share = encoder.encode(page, arena.allocate(65_536)) / 65_536.0;
            assertTrue(share <= most, kind + " as " + dtype + " at " + level + ": " + share);
        }
    }
}
