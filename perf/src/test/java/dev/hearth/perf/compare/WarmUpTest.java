package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private static final long ROUND = 40_000_000;
    private static final long USUAL = 30 * ROUND;

    /** How many rounds it takes, with so many operations in a round. */
    private static int rounds(long operations, IntToDoubleFunction nanos) {
        WarmUp warmUp = new WarmUp(1_000_000, USUAL);
        int round = 0;
        while (!warmUp.isOver()) {
            round++;
            warmUp.add(operations, nanos.applyAsDouble(round), round * ROUND);
        }
        return round;
    }

    @Test
    void isOver_fastFromTheStart_afterTheLeastOperationsAndAFewSteadyRounds() {
        assertEquals(10, rounds(100_000, round -> 400));
        assertEquals(6, rounds(10_000_000, round -> 400));
    }

    @Test
    void isOver_tooSlowForTheLeastOperations_afterTheUsualTime() {
        assertEquals(30, rounds(100, round -> 400_000));
    }

    @Test
    void isOver_becomesFasterLittleByLittle_waitsUntilItDoesNotAnyMore() {
        // One per cent a round: no step of it counts by itself.
        int rounds = rounds(100_000, round -> 800 * Math.pow(0.99, Math.min(round, 40)));
        assertTrue(rounds > 40 && rounds < WarmUp.LONGEST * 30, () -> "rounds=" + rounds);
    }

    @Test
    void isOver_becomesFasterForever_atTheLongest() {
        assertEquals(WarmUp.LONGEST * 30, rounds(100, round -> 1e9 / round));
    }
}
