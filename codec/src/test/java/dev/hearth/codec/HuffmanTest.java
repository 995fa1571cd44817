package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HuffmanTest {
    private final HuffmanCode code = new HuffmanCode();
    private final HuffmanEncoder encoder = new HuffmanEncoder(Transforms.BEST.symbolJoiner());
    private final HuffmanDecoder decoder = new HuffmanDecoder();

    @Test
    void make_ofAnyCounts_isCompleteAndWithinTheLimit() {
        for (int seed = 0; seed < 2000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int[] counts = new int[256];
            int symbols = random.nextInt(2, 257);
            for (int i = 0; i < symbols; i++) {
                // From even to steeper than any limit: weights double from symbol to symbol.
                counts[random.nextInt(256)] = 1 << random.nextInt(1 + seed % 30);
            }
            if (code.make(counts)) {
                int taken = 0;
                for (int symbol = 0; symbol < 256; symbol++) {
                    assertEquals(counts[symbol] > 0, code.length(symbol) > 0, "seed=" + seed);
                    assertTrue(code.length(symbol) <= HuffmanTable.MAX_BITS, "seed=" + seed);
                    taken += code.length(symbol) == 0 ? 0 : HuffmanTable.SIZE >> code.length(symbol);
                }
                assertEquals(HuffmanTable.SIZE, taken, "seed=" + seed);
            }
        }
    }

    @Test
    void make_ofOneSymbol_isNoCode() {
        int[] counts = new int[256];
        counts[7] = 100;
        assertFalse(code.make(counts));
    }

    @Test
    void bits_ofAFibonacciOfCounts_areCloseToTheEntropy() {
        int[] counts = new int[256];
        counts[0] = 1000;
        counts[1] = 500;
        counts[2] = 250;
        counts[3] = 250;
        assertTrue(code.make(counts));
        assertEquals(1000 + 2 * 500 + 3 * 500, code.bits(counts));
        counts[4] = 1;
        assertEquals(-1, code.bits(counts));
    }

    @Test
    void decode_ofEncodedPlanesOfAnySkew_givesThePlane() {
        for (int seed = 0; seed < 400; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int elements = 64 * random.nextInt(1, 200);
            double skew = random.nextDouble() * 3;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment plane = arena.allocate(elements);
                for (int i = 0; i < elements; i++) {
                    Bytes.putByte(plane, i, (int) (200 * Math.pow(random.nextDouble(), 1 + skew * skew * 3)));
                }
                // Two different ends, so that there is always a code.
                Bytes.putByte(plane, 0, 1);
                Bytes.putByte(plane, 1, 250);
                assertRoundTrip(plane, elements, arena, seed);
            }
        }
    }

    @Test
    void decode_ofBrokenTables_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(64);
            MemorySegment source = arena.allocate(64);
            // Last symbol before the first, then an incomplete code, an overfull one, and one longer than the limit.
            for (int[] bytes : new int[][]{{5, 5}, {5, 4}, {0, 1, 0x21}, {0, 1, 0x11, 0xFF}, {0, 2, 0x11, 0x01},
                    {0, 1, 0xF1}}) {
                source.fill((byte) 0);
                for (int i = 0; i < bytes.length; i++) {
                    Bytes.putByte(source, i, bytes[i]);
                }
                if (bytes.length == 4) {
                    // This one is complete; its streams are longer than what is there.
                    Bytes.putInt(source, 3, 1000);
                }
                assertThrows(CodecException.class, () -> decoder.decode(source, 0, 64, target, 0, 64));
            }
            for (int length = 0; length < 20; length++) {
                int end = length;
                assertThrows(CodecException.class, () -> decoder.decode(source, 0, end, target, 0, 64), "end=" + end);
            }
        }
    }

    private void assertRoundTrip(MemorySegment plane, int elements, Arena arena, int seed) {
        PlaneStatistics statistics = new PlaneStatistics();
        statistics.measure(plane, 0, elements, 1);
        assertTrue(code.make(statistics.counts()));
        MemorySegment encoded = arena.allocate(HuffmanEncoder.maxBytes(elements));
        int length = encoder.encode(plane, 0, elements, code, encoded, 0);
        long bits = code.bits(statistics.counts());
        assertTrue(length <= bits / 8 + HuffmanEncoder.overheadBytes(code) + 4, "seed=" + seed);
        MemorySegment decoded = arena.allocate(elements);
        decoder.decode(encoded.asSlice(0, length), 0, length, decoded, 0, elements);
        assertEquals(-1, plane.mismatch(decoded), "seed=" + seed + " elements=" + elements);
    }
}
