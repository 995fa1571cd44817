package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Pages as earlier versions wrote them: they are read for good.
 *
 * <p>{@link #main} prints lines for new ones, to be added to the resource; those that are there are never changed.
 */
class GoldenPagesTest {
    private static final String RESOURCE = "golden-pages.txt";

    /** A line of the resource: name, codec id, page bytes, checksum of the page, encoded bytes. */
    private record Golden(String name, int codecId, int pageBytes, int crc, String base64) {
        static Golden of(String line) {
            List<String> words = List.of(line.split(" ", -1));
            return new Golden(
                    words.get(0),
                    Integer.parseInt(words.get(1)),
                    Integer.parseInt(words.get(2)),
                    Integer.parseUnsignedInt(words.get(3), 16),
                    words.get(4));
        }

        byte[] encoded() {
            return Base64.getDecoder().decode(base64);
        }
    }

    @Test
    void decode_ofGoldenPages_givesThePages() throws IOException {
        for (Golden golden : goldens()) {
            for (Transforms transforms : TestData.implementations()) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment encoded = arena.allocate(golden.encoded().length);
                    MemorySegment.copy(
                            golden.encoded(), 0, encoded, ValueLayout.JAVA_BYTE, 0, golden.encoded().length);
                    MemorySegment page = arena.allocate(golden.pageBytes());
                    new PageDecoder(transforms).decode(golden.codecId(), encoded, page);
                    assertEquals(golden.crc(), Crc32c.ofFresh(page, 0, golden.pageBytes()), golden.name());
                }
            }
        }
    }

    @Test
    void goldenPages_holdEveryCodecAndMethod() throws IOException {
        Set<Integer> codecs = new HashSet<>();
        Set<Integer> methods = new HashSet<>();
        for (Golden golden : goldens()) {
            codecs.add(golden.codecId());
            if (golden.codecId() >= PageCodecs.TENSOR_FAST) {
                int size = 1 << (golden.encoded()[0] & 3);
                for (int plane = 0; plane < size; plane++) {
                    methods.add((int) golden.encoded()[4 + 8 * plane]);
                }
            }
        }
        assertEquals(Set.of(2, 3, 4, 5, 6), codecs);
        assertEquals(Set.of(1, 2, 3, 4, 5), methods);
    }

    @Test
    void layout_ofTensorPages_isPinned() {
        assertEquals(64, TensorPage.headerBytes(0));
        assertEquals(64, TensorPage.headerBytes(1));
        assertEquals(64, TensorPage.headerBytes(2));
        assertEquals(128, TensorPage.headerBytes(3));
        assertEquals(4, TensorPage.planeOffset(0));
        assertEquals(28, TensorPage.planeOffset(3));
        assertEquals(5, TensorPage.planeOffset(0) + TensorPage.PLANE_FORM_OFFSET);
        assertEquals(6, TensorPage.planeOffset(0) + TensorPage.PLANE_BASE_OFFSET);
        assertEquals(7, TensorPage.planeOffset(0) + TensorPage.PLANE_RESERVED_OFFSET);
        assertEquals(8, TensorPage.planeOffset(0) + TensorPage.PLANE_LENGTH_OFFSET);
        assertEquals(1, TensorPage.METHOD_RAW);
        assertEquals(2, TensorPage.METHOD_CONST);
        assertEquals(3, TensorPage.METHOD_FIXED);
        assertEquals(4, TensorPage.METHOD_HUFFMAN);
        assertEquals(5, TensorPage.METHOD_BITS_LZ4);
    }

    private static List<Golden> goldens() throws IOException {
        try (InputStream in = Objects.requireNonNull(GoldenPagesTest.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            List<Golden> goldens = new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(Golden::of)
                    .toList();
            assertTrue(goldens.size() >= 10, "goldens=" + goldens.size());
            return goldens;
        }
    }

    public static void main(String[] args) {
        print("text", Compression.LZ4, DType.U8, 3000);
        print("text", Compression.LZ4_HC, DType.U8, 3000);
        print("text", Compression.SMALL, DType.U8, 3000);
        print("bf16", Compression.FAST, DType.BF16, 4096);
        print("bf16", Compression.SMALL, DType.BF16, 4096);
        print("gauss8", Compression.FAST, DType.I8, 3001);
        print("gauss8", Compression.SMALL, DType.I8, 3001);
        print("fp32", Compression.BALANCED, DType.F32, 4096);
        print("fp32 of fp16", Compression.FAST, DType.F32, 4096);
        print("specials", Compression.SMALL, DType.F64, 4099);
        print("small ints", Compression.BALANCED, DType.I64, 4096);
        print("zeros", Compression.BALANCED, DType.F64, 5000);
        print("ones", Compression.FAST, DType.F8_E5M2, 4096);
        print("runs", Compression.BALANCED, DType.U16, 65_536);
        print("sparse", Compression.SMALL, DType.I32, 4096);
    }

    private static void print(String kind, Compression level, DType dtype, int bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = Objects.requireNonNull(TestData.kinds(arena, bytes, 77).get(kind), kind);
            PageEncoder encoder = PageEncoder.create(level, dtype, bytes);
            MemorySegment target = arena.allocate(bytes);
            byte[] encoded = target.asSlice(0, encoder.encode(page, target)).toArray(ValueLayout.JAVA_BYTE);
            System.out.printf(
                    "%s/%s/%s %d %d %08x %s%n",
                    kind.replace(' ', '-'),
                    dtype,
                    level,
                    encoder.codecId(),
                    bytes,
                    Crc32c.ofFresh(page, 0, bytes),
                    Base64.getEncoder().encodeToString(encoded));
        }
    }
}
