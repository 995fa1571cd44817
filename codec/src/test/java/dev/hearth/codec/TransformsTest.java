package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What transforms owe, run for plain words and for the registers of this machine. */
class TransformsTest {
    static List<Transforms> implementations() {
        return TestData.implementations();
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void split_ofAllShapes_placesBytesAsDescribed(Transforms transforms) {
        try (Arena arena = Arena.ofConfined()) {
            for (int shift = 0; shift < 4; shift++) {
                int size = 1 << shift;
                MemorySegment source = TestData.random(arena, 3 * 64 * size, 9);
                MemorySegment planes = arena.allocate(4L * 64 * size);
                transforms.interleave().split(source, shift, false, 3, planes(planes, shift, 256));
                for (int i = 0; i < 192; i++) {
                    int element = i % size * (192 / size) + i / size;
                    for (int p = 0; p < size; p++) {
                        assertEquals(
                                Bytes.getByte(source, (long) element * size + p),
                                Bytes.getByte(planes, 256L * p + i),
                                "shift=" + shift + " plane=" + p + " at=" + i);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void merge_ofWhatWasSplit_givesTheElements(Transforms transforms) {
        try (Arena arena = Arena.ofConfined()) {
            for (int shift = 0; shift < 4; shift++) {
                for (int groups : new int[]{1, 2, 3, 8, 17, 64, 65, 150}) {
                    assertSplitAndMerged(transforms, arena, shift, groups, false);
                    assertSplitAndMerged(transforms, arena, shift, groups, true);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void split_ofRotatedFloats_putsTheSignLowest(Transforms transforms) {
        try (Arena arena = Arena.ofConfined()) {
            for (int shift = 0; shift < 4; shift++) {
                int size = 1 << shift;
                MemorySegment source = arena.allocate(64L * size);
                // Only signs are set.
                for (int i = 0; i < 64; i++) {
                    Bytes.putByte(source, (long) (i + 1) * size - 1, 0x80);
                }
                MemorySegment planes = arena.allocate(64L * size);
                transforms.interleave().split(source, shift, true, 1, planes(planes, shift, 64));
                for (int i = 0; i < 64 * size; i++) {
                    assertEquals(i < 64 ? 1 : 0, Bytes.getByte(planes, i), "shift=" + shift + " at=" + i);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void fixedWidth_ofAllWindows_decodesWhatWasEncoded(Transforms transforms) {
        SplittableRandom random = new SplittableRandom(4);
        try (Arena arena = Arena.ofConfined()) {
            for (int groups : new int[]{1, 7, 8, 9, 24, 1025}) {
                for (int width = 1; width < 8; width++) {
                    int base = random.nextInt(256);
                    assertFixedWidth(transforms, arena, CodeWindow.of(width | 0x40, base), groups);
                    for (int shift = 0; shift + width <= 8; shift++) {
                        assertFixedWidth(transforms, arena, CodeWindow.of(width | (shift << 3), base), groups);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void fixedWidth_withTooFewEscapes_saysSo(Transforms transforms) {
        try (Arena arena = Arena.ofConfined()) {
            // Codes of ones are all escapes: 512 of them are asked for.
            MemorySegment source = arena.allocate(1024);
            source.asSlice(0, 192).fill((byte) 0xFF);
            MemorySegment target = arena.allocate(512);
            CodeWindow window = CodeWindow.of(3 | 0x40, 0);
            for (int escapes : new int[]{0, 1, 63, 64, 511}) {
                assertEquals(
                        -1,
                        transforms.fixedWidth().decode(of(source, window, 192, 192 + escapes, 8), target, 0),
                        "escapes=" + escapes);
            }
            assertEquals(192 + 512, transforms.fixedWidth().decode(of(source, window, 192, 704, 8), target, 0));
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void bitPlanes_thereAndBack_giveTheBytes(Transforms transforms) {
        try (Arena arena = Arena.ofConfined()) {
            for (int blocks : new int[]{1, 2, 5}) {
                MemorySegment bytes = TestData.random(arena, blocks * 512, blocks);
                MemorySegment bits = arena.allocate(512L * blocks);
                MemorySegment back = arena.allocate(512L * blocks);
                transforms.bitPlanes().toBits(bytes, 0, blocks * 64, bits, 0);
                for (int i = 0; i < bytes.byteSize(); i++) {
                    int plane = i % 8;
                    int cell = Bytes.getByte(bits, 64L * plane * blocks + i / 512 * 64L + i % 64);
                    assertEquals((Bytes.getByte(bytes, i) >> plane) & 1, (cell >> (i % 512 / 64)) & 1, "at=" + i);
                }
                transforms.bitPlanes().toBytes(bits, 0, blocks * 64, back, 0);
                assertEquals(-1, bytes.mismatch(back), "blocks=" + blocks);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void join_ofSymbolsWithCodes_joinsTheCodesOfFour(Transforms transforms) {
        for (int seed = 0; seed < 40; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int elements = 64 * random.nextInt(1, 20);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment plane = arena.allocate(elements);
                HuffmanCode code = codeOfSkew(random, 1 + seed % 12);
                for (int i = 0; i < elements; i++) {
                    int symbol = random.nextInt(256);
                    Bytes.putByte(plane, i, code.length(symbol) > 0 ? symbol : code.first());
                }
                MemorySegment words = arena.allocate(2L * elements);
                assertTrue(transforms.symbolJoiner().join(plane, 0, elements, code, words), "seed=" + seed);
                for (int i = 0; i < elements; i += 4) {
                    // The order of words: the first halves of eight symbols each, then the second ones.
                    int word = i / 64 * 16 + i % 64 / 8 + (i % 8 / 4) * 8;
                    assertEquals(joined(plane, i, code), Bytes.getLong(words, 8L * word), "seed=" + seed + " at=" + i);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void join_ofASymbolWithoutCode_isRefused(Transforms transforms) {
        try (Arena arena = Arena.ofConfined()) {
            int[] counts = new int[256];
            counts[0] = 1;
            counts[1] = 1;
            HuffmanCode code = new HuffmanCode();
            assertTrue(code.make(counts));
            MemorySegment words = arena.allocate(256);
            for (int at = 0; at < 128; at++) {
                MemorySegment plane = arena.allocate(128);
                Bytes.putByte(plane, at, 2 + at);
                assertFalse(transforms.symbolJoiner().join(plane, 0, 128, code, words), "at=" + at);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void countOthers_ofAnyPlane_countsWhatIsNotKnown(Transforms transforms) {
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] known = new byte[256];
            for (int symbol = 0; symbol < 256; symbol++) {
                known[symbol] = (byte) (random.nextInt(40) < seed ? 0 : 1);
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment plane = TestData.random(arena, 64 * (1 + seed), seed);
                int[] expected = new int[256];
                for (int i = 0; i < plane.byteSize(); i++) {
                    expected[Bytes.getByte(plane, i)] += known[Bytes.getByte(plane, i)] == 0 ? 1 : 0;
                }
                int[] counts = new int[256];
                transforms.symbolJoiner().countOthers(plane, 0, (int) plane.byteSize(), known, counts);
                assertArrayEquals(expected, counts, "seed=" + seed);
            }
        }
    }

    private static HuffmanCode codeOfSkew(SplittableRandom random, int skew) {
        int[] counts = new int[256];
        for (int symbol = 0; symbol < 256; symbol++) {
            counts[symbol] = random.nextInt(8) == 0 ? 0 : 1 << random.nextInt(skew);
        }
        HuffmanCode code = new HuffmanCode();
        assertTrue(code.make(counts));
        return code;
    }

    // Bit by bit, from the code lengths alone: canonical codes go up by one, and are shifted where they grow longer.
    private static long joined(MemorySegment plane, int at, HuffmanCode code) {
        long word = 0;
        int length = 0;
        for (int i = 0; i < 4; i++) {
            int symbol = Bytes.getByte(plane, at + i);
            length += code.length(symbol);
            word |= canonical(code, symbol) << (64 - length);
        }
        return word | length;
    }

    private static long canonical(HuffmanCode code, int symbol) {
        long next = 0;
        for (int length = 1; length <= HuffmanTable.MAX_BITS; length++) {
            next <<= 1;
            for (int s = 0; s < 256; s++) {
                if (code.length(s) == length) {
                    if (s == symbol) {
                        return next;
                    }
                    next++;
                }
            }
        }
        throw new IllegalArgumentException("symbol=" + symbol);
    }

    private static void assertSplitAndMerged(Transforms transforms, Arena arena, int shift, int groups,
            boolean rotated) {
        int bytes = (groups * 64) << shift;
        MemorySegment source = TestData.random(arena, bytes, groups);
        MemorySegment split = arena.allocate(bytes);
        MemorySegment plain = arena.allocate(bytes);
        long stride = groups * 64L;
        PlaneSet planes = planes(split, shift, stride);
        transforms.interleave().split(source, shift, rotated, groups, planes);
        Transforms.PLAIN.interleave().split(source, shift, rotated, groups, planes(plain, shift, stride));
        assertEquals(-1, plain.mismatch(split), "split shift=" + shift + " groups=" + groups);
        MemorySegment merged = arena.allocate(bytes);
        transforms.interleave().merge(planes, shift, rotated, groups, merged);
        assertEquals(-1, source.mismatch(merged), "shift=" + shift + " groups=" + groups + " rotated=" + rotated);
    }

    private static PlaneSet planes(MemorySegment memory, int shift, long stride) {
        PlaneSet planes = new PlaneSet();
        for (int p = 0; p < 1 << shift; p++) {
            planes.set(p, memory, p * stride);
        }
        return planes;
    }

    private static FixedPlane of(MemorySegment source, CodeWindow window, long escapes, long end, int groups) {
        return new FixedPlane().of(source, window, 0, groups).escapes(escapes, end);
    }

    private static void assertFixedWidth(Transforms transforms, Arena arena, CodeWindow window, int groups) {
        int elements = groups * 64;
        SplittableRandom random = new SplittableRandom(window.hashCode());
        MemorySegment plane = arena.allocate(elements + 512L);
        for (int i = 0; i < elements; i++) {
            boolean stray = window.escaped() && random.nextInt(8) == 0;
            int value = window.base() + (random.nextInt(window.values()) << window.shift());
            Bytes.putByte(plane, i, stray ? random.nextInt(256) : value);
        }
        MemorySegment codes = arena.allocate(elements + 512L);
        MemorySegment encoded = arena.allocate(3L * elements + 2048);
        int codeBytes = FixedWidth.codeBytes(elements, window.width());
        long end =
                FixedWidthEncoder.toCodes(plane, 0, elements, window, codes, encoded, codeBytes);
        FixedWidthEncoder.pack(codes, 0, FixedWidth.rowBytes(elements), window.width(), encoded, 0);
        MemorySegment decoded = arena.allocate(elements);
        // Exactly the bytes that belong to it: nothing is there to be read behind the last escape.
        MemorySegment exact = encoded.asSlice(0, end);
        assertEquals(end, transforms.fixedWidth().decode(of(exact, window, codeBytes, end, groups), decoded, 0));
        assertEquals(-1, MemorySegment.mismatch(plane, 0, elements, decoded, 0, elements),
                window + " groups=" + groups);
    }
}
