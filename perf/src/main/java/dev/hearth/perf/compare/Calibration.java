package dev.hearth.perf.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * A fixed piece of arithmetic, timed again and again during a run: on a machine that has nothing else to do it always
 * takes the same time.
 */
final class Calibration {
    /** Above this the results are not to be trusted. */
    static final double MOST_SPREAD = 0.10;
    private static final int TIMES = 5;
    private static final int STEPS = 4_000_000;
    private final List<Double> millis = new ArrayList<>();
    private long sink;

    /** Times it a few times. */
    void run() {
        if (millis.isEmpty()) {
            // The first ones compile.
            time();
            time();
        }
        for (int i = 0; i < TIMES; i++) {
            millis.add(time());
        }
    }

    private double time() {
        long start = System.nanoTime();
        long x = sink | 1;
        for (int i = 0; i < STEPS; i++) {
            x = x * 0x5851_F42D_4C95_7F2DL + i;
        }
        sink = x;
        return (System.nanoTime() - start) / 1e6;
    }

    /** How much longer the slow ones took than the fast ones: the ninth decile over the first, less one. */
    double spread() {
        return millis.isEmpty() ? 0 : Sample.quantile(millis, 0.9) / Sample.quantile(millis, 0.1) - 1;
    }

    /** Whether the machine did other things meanwhile. */
    boolean isNoisy() {
        return spread() > MOST_SPREAD;
    }
}
