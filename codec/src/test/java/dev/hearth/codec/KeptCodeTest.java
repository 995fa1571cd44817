package dev.hearth.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeptCodeTest {
    private static final int ELEMENTS = 32_768;

    private final PlaneStatistics statistics = new PlaneStatistics();
    private final KeptCode kept = new KeptCode(Transforms.BEST.symbolJoiner());

    @Test
    void make_ofSymbolsThatNoSampleShows_hasCodesForThem() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment plane = gauss(arena, 120, 1);
            for (int symbol = 0; symbol < 40; symbol++) {
                Bytes.putByte(plane, 800L * symbol + symbol, symbol);
            }
            assertTrue(make(plane));
            for (int i = 0; i < ELEMENTS; i++) {
                assertTrue(kept.code().length(Bytes.getByte(plane, i)) > 0, "at=" + i);
            }
        }
    }

    @Test
    void suits_onlyPlanesLikeTheOneItWasMadeFor() {
        try (Arena arena = Arena.ofConfined()) {
            sample(gauss(arena, 120, 1));
            assertFalse(kept.suits(statistics), "nothing was made yet");
            assertTrue(make(gauss(arena, 120, 2)));
            sample(gauss(arena, 120, 3));
            assertTrue(kept.suits(statistics), "the same kind");
            sample(gauss(arena, 122, 4));
            assertFalse(kept.suits(statistics), "elsewhere");
            sample(gauss(arena, 120, 3));
            kept.startValue();
            assertFalse(kept.suits(statistics), "of another value");
        }
    }

    @Test
    void suits_afterAPlaneOfHardlyAnyEntropy_isAskedAnew() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment plane = arena.allocate(ELEMENTS + 512).fill((byte) 120);
            for (int symbol = 0; symbol < 256; symbol++) {
                Bytes.putByte(plane, 128L * symbol, symbol);
            }
            assertTrue(make(plane));
            sample(gauss(arena, 120, 5));
            assertFalse(kept.suits(statistics));
        }
    }

    @Test
    void make_ofManyPlanes_costsLittleMoreThanTheEntropy() {
        try (Arena arena = Arena.ofConfined()) {
            for (int seed = 0; seed < 20; seed++) {
                MemorySegment plane = gauss(arena, 60 + 7 * seed, seed);
                assertTrue(make(plane));
                statistics.measure(plane, 0, ELEMENTS, 1);
                double most = statistics.entropyBits() * ELEMENTS * 1.025;
                assertTrue(kept.code().bits(statistics.counts()) <= most, "seed=" + seed);
            }
        }
    }

    @Test
    void make_afterFewOtherSymbols_keepsTheirCodes() {
        assertEquals(10, idleAfter(10));
    }

    @Test
    void make_afterManyOtherSymbols_dropsTheirCodes() {
        assertEquals(0, idleAfter(100));
    }

    // Symbols without an occurrence that have a code in the second plane of a value, the first having had so many more.
    private int idleAfter(int others) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment plane = arena.allocate(ELEMENTS + 512);
            for (int i = 0; i < ELEMENTS; i++) {
                Bytes.putByte(plane, i, i % 3 == 0 ? i / 3 % (others + 20) : i % 20);
            }
            assertTrue(make(plane));
            for (int i = 0; i < ELEMENTS; i++) {
                Bytes.putByte(plane, i, i % 20);
            }
            assertTrue(make(plane));
            int idle = 0;
            for (int symbol = 20; symbol < 256; symbol++) {
                idle += kept.code().length(symbol) > 0 ? 1 : 0;
            }
            return idle;
        }
    }

    private void sample(MemorySegment plane) {
        statistics.sample(plane, 0, ELEMENTS);
    }

    private boolean make(MemorySegment plane) {
        sample(plane);
        return kept.make(statistics, plane, 0, ELEMENTS);
    }

    private static MemorySegment gauss(Arena arena, int middle, int seed) {
        MemorySegment plane = arena.allocate(ELEMENTS + 512);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < ELEMENTS; i++) {
            Bytes.putByte(plane, i, (int) (middle + 3 * random.nextGaussian()));
        }
        return plane;
    }
}
