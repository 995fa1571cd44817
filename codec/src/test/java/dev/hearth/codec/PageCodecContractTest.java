package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every codec owes, run for each. */
class PageCodecContractTest {
    static java.util.List<PageCodec> codecs() {
        return PageCodecs.all();
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void decode_ofEncodedPagesOfAllSizes_givesThePage(PageCodec codec) {
        for (int bytes : TestData.pageSizes()) {
            try (Arena arena = Arena.ofConfined()) {
                assertRoundTrip(codec, TestData.random(arena, bytes, bytes), arena);
                assertRoundTrip(codec, TestData.text(arena, bytes, bytes), arena);
                assertRoundTrip(codec, TestData.bf16(arena, bytes, bytes), arena);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void decode_intoAnotherLength_isRefused(PageCodec codec) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = TestData.bf16(arena, 4096, 1);
            MemorySegment target = arena.allocate(codec.maxEncodedBytes(4096));
            MemorySegment encoded = target.asSlice(0, codec.encode(page, target));
            for (int bytes : new int[]{4095, 4097, 1, 8192}) {
                assertThrows(CodecException.class, () -> codec.decode(encoded, arena.allocate(bytes)),
                        "bytes=" + bytes);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void decode_ofEveryPrefix_isRefused(PageCodec codec) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = TestData.text(arena, 1024, 1);
            MemorySegment target = arena.allocate(codec.maxEncodedBytes(1024));
            int length = codec.encode(page, target);
            for (int cut = 0; cut < length; cut++) {
                MemorySegment prefix = target.asSlice(0, cut);
                assertThrows(CodecException.class, () -> codec.decode(prefix, arena.allocate(1024)), "cut=" + cut);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void encode_intoTooSmallATarget_saysSo(PageCodec codec) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = TestData.random(arena, 4096, 1);
            assertEquals(-1, codec.encode(page, arena.allocate(2048)));
        }
    }

    @Test
    void byId_ofKnownIds_givesTheCodecWithThatId() {
        for (PageCodec codec : PageCodecs.all()) {
            assertEquals(codec, PageCodecs.byId(codec.id()));
            assertTrue(PageCodecs.isKnown(codec.id()));
        }
        assertThrows(CodecException.class, () -> PageCodecs.byId(0));
        assertThrows(CodecException.class, () -> PageCodecs.byId(200));
    }

    private static void assertRoundTrip(PageCodec codec, MemorySegment page, Arena arena) {
        int bytes = (int) page.byteSize();
        MemorySegment target = arena.allocate(codec.maxEncodedBytes(bytes));
        int length = codec.encode(page, target);
        assertTrue(length > 0 && length <= target.byteSize(), "bytes=" + bytes + " length=" + length);
        MemorySegment decoded = arena.allocate(bytes);
        codec.decode(target.asSlice(0, length), decoded);
        assertEquals(-1, page.mismatch(decoded), "bytes=" + bytes);
    }
}
