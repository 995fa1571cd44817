package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.engine.StressGroup;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A group that is collected beside batches that rewrite it: all of its members are of one version.
 *
 * <p>
 * {@code perf/run jcstress -af NONE -t GroupStress -m quick}.
 */
public final class GroupStress {
    private GroupStress() {}

    /** Batches that leave the manifest as it is, so that only the members tell. */
    @JCStressTest
    @Description("double collect beside two batches")
    @Outcome(id = {"11", "22", "33"}, expect = ACCEPTABLE, desc = "of one version")
    @Outcome(expect = FORBIDDEN, desc = "of two versions, or absent")
    @State
    public static class Rewritten {
        private final StressGroup group = new StressGroup();

        /** Commits two batches. */
        @Actor
        public void writer() {
            group.rewrite(2);
            group.rewrite(3);
        }

        /** Collects. */
        @Actor
        public void reader(I_Result result) {
            result.r1 = group.collect();
        }
    }

    /** A batch that replaces the manifest, too. */
    @JCStressTest
    @Description("double collect beside a batch that replaces the group")
    @Outcome(id = {"11", "22"}, expect = ACCEPTABLE, desc = "of one version")
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "replaced: to be collected again")
    @Outcome(expect = FORBIDDEN, desc = "of two versions, or absent")
    @State
    public static class Replaced {
        private final StressGroup group = new StressGroup();

        /** Commits a batch. */
        @Actor
        public void writer() {
            group.replace(2);
        }

        /** Collects. */
        @Actor
        public void reader(I_Result result) {
            result.r1 = group.collect();
        }
    }
}
