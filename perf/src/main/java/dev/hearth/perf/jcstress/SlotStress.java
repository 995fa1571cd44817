package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.mark.StressInFlight;
import dev.hearth.store.mark.StressWriters;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Words of process slots: who is due for the writer lock, and what is being written.
 *
 * <p>
 * {@code perf/run jcstress -af NONE -t SlotStress -m quick}.
 */
public final class SlotStress {
    private SlotStress() {}

    /** Writers of two attachments: the numbers of those who are due change the order and nothing else. */
    @JCStressTest
    @Description("writer lock of two attachments")
    @Outcome(id = "0, 0, 2", expect = ACCEPTABLE, desc = "one after the other, and nobody redoes anything")
    @Outcome(expect = FORBIDDEN, desc = "two at a time, or a redo for nothing")
    @State
    public static class Writers {
        private final StressWriters writers = new StressWriters();

        /** Writes. */
        @Actor
        public void one(III_Result result) {
            result.r1 = writers.write(0) ? 1 : 0;
        }

        /** Writes. */
        @Actor
        public void two(III_Result result) {
            result.r2 = writers.write(1) ? 1 : 0;
        }

        /** Counts. */
        @Arbiter
        public void count(III_Result result) {
            result.r3 = writers.count();
        }
    }

    /** Puts of two threads. */
    @JCStressTest
    @Description("puts in flight of two threads")
    @Outcome(id = "1, 3", expect = ACCEPTABLE, desc = "the one that did not end")
    @Outcome(expect = FORBIDDEN, desc = "lost")
    @State
    public static class InFlight {
        private final StressInFlight slot = new StressInFlight();

        /** Puts. */
        @Actor
        public void one() {
            slot.begin(5);
            slot.end(5);
        }

        /** Begins to put. */
        @Actor
        public void two() {
            slot.begin(3);
        }

        /** Looks. */
        @Arbiter
        public void look(II_Result result) {
            result.r1 = slot.puts();
            result.r2 = slot.bytes();
        }
    }
}
