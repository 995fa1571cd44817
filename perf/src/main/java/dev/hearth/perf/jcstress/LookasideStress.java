package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.table.StressLookaside;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Recalls beside somebody who notes: what is recalled is one of the contents that were noted, whole, or nothing, and
 * never an earlier one than before. All contents of a digest have the same seal here, which the protocol has to bear.
 */
public final class LookasideStress {
    private LookasideStress() {}

    /** What is the same for one digest: its first content, and two recalls. */
    abstract static class Base {
        final StressLookaside lookaside = new StressLookaside();

        Base() {
            lookaside.note(0, 1);
        }

        void recallTwice(II_Result result) {
            result.r1 = lookaside.recall(0);
            result.r2 = lookaside.recall(0);
        }
    }

    /** A line that is written anew under the same seal. */
    @JCStressTest
    @Description("recall beside a noting of the same digest")
    @Outcome(id = {"1, 1", "1, 0", "1, 2", "0, 0", "0, 2", "2, 2"}, expect = ACCEPTABLE, desc = "in order")
    @Outcome(expect = FORBIDDEN, desc = "a mix, or backwards")
    @State
    public static class Again extends Base {
        /** Notes. */
        @Actor
        public void writer() {
            lookaside.note(0, 2);
        }

        /** Recalls twice. */
        @Actor
        public void reader(II_Result result) {
            recallTwice(result);
        }
    }

    /** A line that is written twice under the same seal. */
    @JCStressTest
    @Description("recall beside two notings of the same digest")
    @Outcome(id = {"1, 1", "1, 0", "1, 2", "1, 3", "0, 0", "0, 2", "0, 3", "2, 2", "2, 0", "2, 3", "3, 3"},
            expect = ACCEPTABLE, desc = "in order")
    @Outcome(expect = FORBIDDEN, desc = "a mix, or backwards")
    @State
    public static class Twice extends Base {
        /** Notes twice. */
        @Actor
        public void writer() {
            lookaside.note(0, 2);
            lookaside.note(0, 3);
        }

        /** Recalls twice. */
        @Actor
        public void reader(II_Result result) {
            recallTwice(result);
        }
    }

    /** A full set, in which one digest takes the line of another one. */
    @JCStressTest
    @Description("recall of two digests, one of which displaces the other")
    @Outcome(id = {"1, 0", "1, 2", "0, 0", "0, 2"}, expect = ACCEPTABLE, desc = "one, the other, or neither")
    @Outcome(expect = FORBIDDEN, desc = "a mix, or what nobody noted")
    @State
    public static class Displace {
        private final StressLookaside lookaside = new StressLookaside();

        /** With two digests; the fourth attempt of another one is let in. */
        public Displace() {
            lookaside.note(0, 1);
            lookaside.note(1, 1);
            lookaside.note(2, 3);
            lookaside.note(2, 3);
            lookaside.note(2, 3);
        }

        /** Notes. */
        @Actor
        public void writer() {
            lookaside.note(2, 2);
        }

        /** Recalls both. */
        @Actor
        public void reader(II_Result result) {
            result.r1 = lookaside.recall(1);
            result.r2 = lookaside.recall(2);
        }
    }

    /** Two that write the same line: at least one of them does. */
    @JCStressTest
    @Description("two notings of the same digest at once")
    @Outcome(id = {"2", "3"}, expect = ACCEPTABLE, desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "a mix, neither, or nothing")
    @State
    public static class TwoWriters extends Base {
        /** Notes. */
        @Actor
        public void first() {
            lookaside.note(0, 2);
        }

        /** Notes, too. */
        @Actor
        public void second() {
            lookaside.note(0, 3);
        }

        /** Looks behind both. */
        @Arbiter
        public void result(I_Result result) {
            result.r1 = lookaside.recall(0);
        }
    }
}
