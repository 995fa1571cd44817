package dev.hearth.perf.compare;

import java.util.Arrays;
import java.util.List;

/**
 * What the rounds of one contender gave.
 *
 * @param values one for each round, in order
 */
record Sample(List<Double> values) {
    /** Refuses an empty one. */
    Sample {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a sample without a round");
        }
        values = List.copyOf(values);
    }

    /** A sample of one value. */
    static Sample of(double value) {
        return new Sample(List.of(value));
    }

    /** The value that half of the rounds do not exceed. */
    double median() {
        return quantile(values, 0.5);
    }

    /** The distance between the quartiles over the median: a quarter of the rounds lies outside on either side. */
    double spread() {
        double median = median();
        return median == 0 ? 0 : (quantile(values, 0.75) - quantile(values, 0.25)) / median;
    }

    /** The median, over the rounds, of {@code other} divided by this: how many times as good this is, if less is. */
    double ratioOf(Sample other) {
        int rounds = Math.min(values.size(), other.values.size());
        double[] ratios = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            ratios[i] = other.values.get(i) / values.get(i);
        }
        return quantile(Arrays.stream(ratios).boxed().toList(), 0.5);
    }

    /** The value at a place between the smallest, 0, and the largest, 1; between two values in proportion. */
    static double quantile(List<Double> values, double place) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double at = place * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = (int) Math.ceil(at);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
