package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.Keys;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Numbers of entries in the order in which a thread asks for them: uniform, or skewed as Zipf's law has it with
 * exponent 0.99, the popular ones spread over all numbers. The same seed gives the same order. One thread.
 *
 * <p>
 * Uniform numbers are made as they are asked for, so that no list of them takes part in the caches. Skewed ones are
 * drawn before the clock starts, with Gray's method (SIGMOD 1994).
 */
final class KeySequence {
    private static final double EXPONENT = 0.99;
    private static final int DRAWN = 1 << 17;

    private final long entries;
    private final int @Nullable [] drawn;
    private long state;
    private int next;

    KeySequence(long entries, boolean skewed, long seed) {
        this.entries = entries;
        this.state = Keys.mix(seed);
        this.drawn = skewed ? draw(entries, seed) : null;
    }

    /** The next number, from 0 to the number of entries. */
    long next() {
        int[] list = drawn;
        if (list != null) {
            return list[next++ & (DRAWN - 1)];
        }
        // Marsaglia's xorshift: a few cycles.
        long x = state;
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
        state = x;
        return Math.unsignedMultiplyHigh(x, entries);
    }

    private static int[] draw(long entries, long seed) {
        double zeta = zeta(entries);
        double alpha = 1 / (1 - EXPONENT);
        double eta = (1 - Math.pow(2.0 / entries, 1 - EXPONENT)) / (1 - zeta(2) / zeta);
        SplittableRandom random = new SplittableRandom(seed);
        int[] drawn = new int[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            double u = random.nextDouble();
            double uz = u * zeta;
            double rank = uz < 1
                    ? 0
                    : uz < 1 + Math.pow(0.5, EXPONENT) ? 1 : entries * Math.pow(eta * u - eta + 1, alpha);
            drawn[i] = (int) Math.unsignedMultiplyHigh(Keys.mix((long) rank), entries);
        }
        return drawn;
    }

    private static double zeta(long n) {
        double sum = 0;
        for (long i = 1; i <= n; i++) {
            sum += 1 / Math.pow((double) i, EXPONENT);
        }
        return sum;
    }
}
