package dev.hearth.perf.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * A fixed piece of arithmetic, timed again and again during a run: on a machine that has nothing else to do it always
 * takes the same time.
 */
final class Calibration {
    private static final int TIMES = 5;
    private static final int STEPS = 4_000_000;
    private final List<Double> medians = new ArrayList<>();
    private long sink;

    /** Times it a few times; returns how many times as long as at its best it took. */
    double run() {
        if (medians.isEmpty()) {
            // The first ones compile.
            time();
            time();
        }
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < TIMES; i++) {
            millis.add(time());
        }
        medians.add(Sample.quantile(millis, 0.5));
        return medians.getLast() / Sample.quantile(medians, 0);
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

    /** How many times as long as at its best it took when it took longest. */
    double worst() {
        return medians.isEmpty() ? 1 : Sample.quantile(medians, 1) / Sample.quantile(medians, 0);
    }
}
