package dev.hearth.tools.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The stream of requests, by how often items come in many. */
final class ZipfStreamTest {
    private static final int DRAWS = 200_000;

    private static int[] counts(int items, double exponent, long seed) {
        int[] counts = new int[items];
        for (int item : new ZipfStream(items, exponent, seed).next(DRAWS)) {
            counts[item]++;
        }
        return counts;
    }

    @Test
    void next_exponentOne_comesInProportionToOneOverTheRank() {
        int[] counts = counts(1_000, 1, 42);
        double first = DRAWS / 7.485_470_860_550_345; // the sum of 1/i for i up to 1,000
        for (int rank : new int[]{1, 2, 3, 10, 50}) {
            double expected = first / rank;
            // Five times the standard deviation of a count.
            assertEquals(expected, counts[rank - 1], 5 * Math.sqrt(expected), "rank=" + rank + " seed=42");
        }
    }

    @Test
    void next_exponentZero_isNotSkewed() {
        for (int count : counts(10, 0, 43)) {
            assertEquals(DRAWS / 10.0, count, 5 * Math.sqrt(DRAWS / 10.0), "seed=43");
        }
    }

    @Test
    void next_everyItem_comes() {
        assertTrue(Arrays.stream(counts(100, 1, 44)).allMatch(count -> count > 0), "seed=44");
        assertArrayEquals(new int[]{0, 0, 0}, new ZipfStream(1, 1, 1).next(3));
    }

    @Test
    void next_sameSeed_givesTheSameRequests() {
        int[] requests = new ZipfStream(500, 1, 7).next(1_000);
        assertArrayEquals(requests, new ZipfStream(500, 1, 7).next(1_000));
        assertFalse(Arrays.equals(requests, new ZipfStream(500, 1, 8).next(1_000)));
    }

    @Test
    void stream_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ZipfStream(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ZipfStream(1, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ZipfStream(1, Double.NaN, 1));
    }
}
