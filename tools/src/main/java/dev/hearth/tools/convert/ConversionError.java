package dev.hearth.tools.convert;

/**
 * How far converted elements are from what they were. Elements that were NaN or infinite before are counted apart, as
 * are those that overflowed; no error includes them. One thread.
 */
public final class ConversionError {
    private long elements;
    private long nonFinite;
    private long overflows;
    private long underflows;
    private double maxAbs;
    private double sumAbs;
    private double maxRelative;

    /** Adds an element. */
    void add(double before, double after) {
        elements++;
        if (before == after) {
            nonFinite += Double.isInfinite(before) ? 1 : 0;
        } else if (Double.isNaN(before)) {
            nonFinite++;
        } else if (Double.isInfinite(after)) {
            overflows++;
        } else {
            double abs = Math.abs(before - after);
            sumAbs += abs;
            maxAbs = Math.max(maxAbs, abs);
            maxRelative = Math.max(maxRelative, abs / Math.abs(before));
            underflows += after == 0 ? 1 : 0;
        }
    }

    /** Adds all elements of another. */
    public void add(ConversionError other) {
        elements += other.elements;
        nonFinite += other.nonFinite;
        overflows += other.overflows;
        underflows += other.underflows;
        maxAbs = Math.max(maxAbs, other.maxAbs);
        sumAbs += other.sumAbs;
        maxRelative = Math.max(maxRelative, other.maxRelative);
    }

    /** All elements. */
    public long elements() {
        return elements;
    }

    /** Elements that were NaN or infinite, and still are. */
    public long nonFinite() {
        return nonFinite;
    }

    /** Finite elements that became infinite. */
    public long overflows() {
        return overflows;
    }

    /** Elements that became zero and were not. */
    public long underflows() {
        return underflows;
    }

    /** The largest difference. */
    public double maxAbs() {
        return maxAbs;
    }

    /** The mean of the differences; 0 of no elements. */
    public double meanAbs() {
        long counted = elements - nonFinite - overflows;
        return counted == 0 ? 0 : sumAbs / counted;
    }

    /** The largest difference in parts of the element; 1 for an element that became zero. */
    public double maxRelative() {
        return maxRelative;
    }
}
