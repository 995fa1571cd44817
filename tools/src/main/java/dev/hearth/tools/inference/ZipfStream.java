package dev.hearth.tools.inference;

import java.util.Arrays;
import java.util.Random;

/**
 * Requests for items of which few are asked for often and most seldom: item {@code i} of {@code n} comes with a
 * probability in proportion to {@code 1 / (i + 1)^exponent} (Zipf's law). The same seed gives the same requests in
 * every JVM. One thread.
 */
public final class ZipfStream {
    private final double[] cumulative;
    private final Random random;

    /**
     * A stream over items from 0 to {@code items - 1}.
     *
     * @param exponent 0 for requests that are not skewed at all; about 1 for words of a language or pages of the web
     */
    public ZipfStream(int items, double exponent, long seed) {
        if (items < 1 || !(exponent >= 0)) {
            throw new IllegalArgumentException("items=" + items + " exponent=" + exponent);
        }
        this.cumulative = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++) {
            sum += StrictMath.pow(i + 1.0, -exponent);
            cumulative[i] = sum;
        }
        this.random = new Random(seed);
    }

    /** The next item asked for. */
    public int next() {
        double at = random.nextDouble() * cumulative[cumulative.length - 1];
        int found = Arrays.binarySearch(cumulative, at);
        return Math.min(found < 0 ? -found - 1 : found + 1, cumulative.length - 1);
    }

    /** The next items asked for. */
    public int[] next(int count) {
        int[] items = new int[count];
        for (int i = 0; i < count; i++) {
            items[i] = next();
        }
        return items;
    }
}
