package dev.hearth.perf.compare;

import java.nio.file.Path;

/** How much is measured: quick says much in minutes, full says all. Calibrates between cells. */
final class Plan {
    private final boolean full;
    private final int rounds;
    private final Path output;
    private final Calibration calibration = new Calibration();

    /** A plan with so many rounds for each cell, 0 for the usual number. */
    Plan(boolean full, int rounds, Path output) {
        this.full = full;
        this.rounds = rounds == 0 ? 11 : rounds;
        this.output = output;
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
        return full ? rounds : Math.max(3, rounds / 2);
    }

    /** How long a round takes, more or less. */
    double roundNanos() {
        return full ? 150e6 : 50e6;
    }

    /** How long a peer has at most to become as fast as it will be. */
    long mostWarmNanos() {
        return full ? 5_000_000_000L : 1_200_000_000L;
    }

    /** Where a peer writes what goes wrong. */
    Path log(String peer) {
        return output.resolve("compare-" + peer + ".log");
    }

    /** Looks at how steady the machine is. */
    void calibrate() {
        calibration.run();
    }

    /** What that gave. */
    Calibration calibration() {
        return calibration;
    }
}
