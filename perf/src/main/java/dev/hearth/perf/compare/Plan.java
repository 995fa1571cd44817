package dev.hearth.perf.compare;

import java.nio.file.Path;

/** How much is measured: quick says much in minutes, full says all. Calibrates between cells. */
final class Plan {
    private static final int USUAL_ROUNDS = 11;

    private final boolean full;
    private final int rounds;
    private final double roundNanos;
    private final long usualWarmNanos;
    private final Path output;
    private final Calibration calibration = new Calibration();

    private Plan(boolean full, int rounds, double roundNanos, long usualWarmNanos, Path output) {
        this.full = full;
        this.rounds = rounds;
        this.roundNanos = roundNanos;
        this.usualWarmNanos = usualWarmNanos;
        this.output = output;
    }

    /** What is measured in minutes; so many rounds for each cell, 0 for the usual number. */
    static Plan quick(int rounds, Path output) {
        return new Plan(false, rounds == 0 ? USUAL_ROUNDS : rounds, 40e6, 650_000_000L, output);
    }

    /** All there is to measure. */
    static Plan full(int rounds, Path output) {
        return new Plan(true, rounds == 0 ? USUAL_ROUNDS : rounds, 120e6, 2_000_000_000L, output);
    }

    /** Next to nothing of anything: whether it works at all. */
    static Plan tiny(Path output) {
        return new Plan(false, 1, 2e6, 1_000_000, output);
    }

    /** Whether everything is measured. */
    boolean full() {
        return full;
    }

    /** Rounds of each cell. */
    int rounds() {
        return rounds;
    }

    /** Rounds of a cell each of which starts a JVM. */
    int processRounds() {
        return full ? rounds : Math.max(1, rounds / 2);
    }

    /** How long a round takes, more or less. */
    double roundNanos() {
        return roundNanos;
    }

    /** How long a peer has as a rule to become as fast as it will be. */
    long usualWarmNanos() {
        return usualWarmNanos;
    }

    /** Where a peer writes what goes wrong. */
    Path log(String peer) {
        return output.resolve("compare-" + peer + ".log");
    }

    /** Looks at how steady the machine is: how many times as long as at its best a piece of arithmetic takes now. */
    double calibrate() {
        return calibration.run();
    }

    /** What that gave. */
    Calibration calibration() {
        return calibration;
    }
}
