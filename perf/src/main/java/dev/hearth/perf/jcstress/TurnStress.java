package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.engine.StressTurns;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Turns to compute a value, of threads of one attachment and of another one: nobody computes beside another.
 *
 * <p>
 * {@code perf/run jcstress -af NONE -t TurnStress -m quick}.
 */
public final class TurnStress {
    private TurnStress() {}

    /** Two threads of one attachment, and one of another. */
    @JCStressTest
    @Description("turns of three threads of two attachments")
    @Outcome(id = "3", expect = ACCEPTABLE, desc = "one after the other")
    @Outcome(expect = FORBIDDEN, desc = "two at a time")
    @State
    public static class Three {
        private final StressTurns turns = new StressTurns();

        /** Computes. */
        @Actor
        public void first() {
            turns.compute(0);
        }

        /** Computes. */
        @Actor
        public void second() {
            turns.compute(0);
        }

        /** Computes in another attachment. */
        @Actor
        public void other() {
            turns.compute(1);
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result result) {
            result.r1 = turns.count();
        }
    }
}
