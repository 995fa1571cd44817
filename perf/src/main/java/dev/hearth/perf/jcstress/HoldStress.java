package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.mark.StressHolds;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Holders of a segment beside somebody who releases it: never is it released while a holder believes that it stays.
 *
 * <p>
 * {@code java -cp CLASSPATH org.openjdk.jcstress.Main -af NONE -t HoldStress}, with {@code -m sanity} or {@code quick}
 * to be short.
 */
public final class HoldStress {
    private HoldStress() {}

    /** One who holds. */
    @JCStressTest
    @Description("hold beside release")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "held in time: the mark is taken back")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "released: the hold is let go")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both gave way")
    @Outcome(expect = FORBIDDEN, desc = "released under a hold")
    @State
    public static class One {
        private final StressHolds segment = new StressHolds();

        /** Holds. */
        @Actor
        public void reader(II_Result result) {
            result.r1 = segment.hold();
        }

        /** Releases. */
        @Actor
        public void sweeper(II_Result result) {
            result.r2 = segment.release();
        }
    }

    /** Two who hold. */
    @JCStressTest
    @Description("two holds beside release")
    @Outcome(id = {"0, 0, 1"}, expect = ACCEPTABLE, desc = "released: the holds are let go")
    @Outcome(id = {"1, 0, 0", "0, 1, 0", "1, 1, 0"}, expect = ACCEPTABLE, desc = "held in time")
    @Outcome(id = {"0, 0, 0"}, expect = ACCEPTABLE, desc = "all gave way")
    @Outcome(expect = FORBIDDEN, desc = "released under a hold")
    @State
    public static class Two {
        private final StressHolds segment = new StressHolds();

        /** Holds. */
        @Actor
        public void first(III_Result result) {
            result.r1 = segment.hold();
        }

        /** Holds. */
        @Actor
        public void second(III_Result result) {
            result.r2 = segment.hold();
        }

        /** Releases. */
        @Actor
        public void sweeper(III_Result result) {
            result.r3 = segment.release();
        }
    }

    /** One who holds without a fence. */
    @JCStressTest
    @Description("hold in a lane beside release")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "held in time: the mark is taken back")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "released: the hold is let go")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both gave way")
    @Outcome(expect = FORBIDDEN, desc = "released under a hold")
    @State
    public static class Lane {
        private final StressHolds segment = new StressHolds();

        /** Holds. */
        @Actor
        public void reader(II_Result result) {
            result.r1 = segment.holdInLane(0);
        }

        /** Releases. */
        @Actor
        public void sweeper(II_Result result) {
            result.r2 = segment.release();
        }
    }

    /** One who holds without a fence, one who does with, one who releases. */
    @JCStressTest
    @Description("holds in a lane and in a shared stripe beside release")
    @Outcome(id = {"0, 0, 1"}, expect = ACCEPTABLE, desc = "released: the holds are let go")
    @Outcome(id = {"1, 0, 0", "0, 1, 0", "1, 1, 0"}, expect = ACCEPTABLE, desc = "held in time")
    @Outcome(id = {"0, 0, 0"}, expect = ACCEPTABLE, desc = "all gave way")
    @Outcome(expect = FORBIDDEN, desc = "released under a hold")
    @State
    public static class Lanes {
        private final StressHolds segment = new StressHolds();

        /** Holds. */
        @Actor
        public void first(III_Result result) {
            result.r1 = segment.holdInLane(1);
        }

        /** Holds. */
        @Actor
        public void second(III_Result result) {
            result.r2 = segment.hold();
        }

        /** Releases. */
        @Actor
        public void sweeper(III_Result result) {
            result.r3 = segment.release();
        }
    }
}
