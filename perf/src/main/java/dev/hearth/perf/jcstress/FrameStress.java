package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.frame.StressFrames;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A claim of a frame beside a copy, a hold, and another claim of the same page: a copy is whole or none, a held frame
 * is not taken, and a page is decoded by one.
 *
 * <p>
 * {@code java -cp CLASSPATH org.openjdk.jcstress.Main -af NONE -t FrameStress}, with {@code -m sanity} or {@code
 * quick} to be short.
 */
public final class FrameStress {
    private FrameStress() {}

    /** The only frame of a set is filled with another page. */
    @JCStressTest
    @Description("copy beside a claim of its frame")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "before, then after")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "while it is claimed")
    @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "after")
    @Outcome(expect = FORBIDDEN, desc = "bytes of another page, or a mix")
    @State
    public static class CopyBesideClaim {
        private final StressFrames frames = new StressFrames(1);

        /** A page that has to go. */
        public CopyBesideClaim() {
            int _ = frames.decode(0, 1);
        }

        /** Takes the frame. */
        @Actor
        public void claimer() {
            int _ = frames.decode(1, 2);
        }

        /** Copies the old page, then the new one. */
        @Actor
        public void reader(II_Result result) {
            result.r1 = frames.copy(0, 1);
            result.r2 = frames.copy(0, 2);
        }
    }

    /** A holder and a claimer of the only frame: one of them gets it, or none. */
    @JCStressTest
    @Description("hold beside a claim of its frame")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "taken")
    @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "held")
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "each saw the other and let go")
    @Outcome(expect = FORBIDDEN, desc = "taken although it was held, or other bytes under the hold")
    @State
    public static class HoldBesideClaim {
        private final StressFrames frames = new StressFrames(1);
        private long handle = -1;

        /** A page to be held. */
        public HoldBesideClaim() {
            int _ = frames.decode(0, 1);
        }

        /** Takes the frame. */
        @Actor
        public void claimer(II_Result result) {
            result.r1 = frames.decode(1, 2);
        }

        /** Holds the page. */
        @Actor
        public void holder() {
            handle = frames.hold(0, 1);
        }

        /** Looks at what is held. */
        @Arbiter
        public void look(II_Result result) {
            result.r2 = handle >= 0 ? frames.look(0, 1, handle) : 0;
        }
    }

    /** Two that find a page missing. */
    @JCStressTest
    @Description("two claims of one page")
    @Outcome(id = {"1, 0", "0, 1"}, expect = ACCEPTABLE, desc = "one decoded")
    @Outcome(id = {"1, 2", "2, 1"}, expect = ACCEPTABLE, desc = "one decoded, the other did not wait so long")
    @Outcome(expect = FORBIDDEN, desc = "both decoded, or none")
    @State
    public static class TwoClaims {
        private final StressFrames frames = new StressFrames(4);

        /** Decodes. */
        @Actor
        public void first(II_Result result) {
            result.r1 = frames.decode(0, 1);
        }

        /** Decodes. */
        @Actor
        public void second(II_Result result) {
            result.r2 = frames.decode(1, 1);
        }
    }
}
