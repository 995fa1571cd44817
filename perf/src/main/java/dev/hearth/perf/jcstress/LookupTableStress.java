package dev.hearth.perf.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.hearth.store.table.StressTable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A reader that looks twice beside a writer that does one thing: each look shows the state before or after, never a
 * mix, never neither, and the second never an earlier one than the first.
 *
 * <p>
 * {@code java -cp CLASSPATH org.openjdk.jcstress.Main -af NONE -t LookupTableStress}, with {@code -m sanity} or {@code
 * quick} to be short.
 */
public final class LookupTableStress {
    private LookupTableStress() {}

    /** What the tests below have in common. */
    abstract static class Base {
        final StressTable table = new StressTable();

        void look(II_Result result) {
            result.r1 = table.find();
            result.r2 = table.find();
        }
    }

    /** A commit of a digest that was absent. */
    @JCStressTest
    @Description("find beside insert, apply, settle")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "before, then after")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "after")
    @Outcome(expect = FORBIDDEN, desc = "neither before nor after, or backwards")
    @State
    public static class Insert extends Base {
        /** Commits. */
        @Actor
        public void writer() {
            table.put(1);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** A commit that replaces an entry: it is never absent. */
    @JCStressTest
    @Description("find beside a replacement")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "before, then after")
    @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "after")
    @Outcome(expect = FORBIDDEN, desc = "neither before nor after, or backwards")
    @State
    public static class Replace extends Base {
        /** An entry to be replaced. */
        public Replace() {
            table.put(1);
        }

        /** Commits. */
        @Actor
        public void writer() {
            table.put(2);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** Two commits in a row: the slot of the first entry is filled again with the third. */
    @JCStressTest
    @Description("find beside two replacements, which use a slot again")
    @Outcome(id = {"1, 1", "1, 2", "1, 3", "2, 2", "2, 3", "3, 3"}, expect = ACCEPTABLE,
            desc = "in the order of commits")
    @Outcome(expect = FORBIDDEN, desc = "a mix, a miss, or backwards")
    @State
    public static class ReplaceTwice extends Base {
        /** An entry to be replaced. */
        public ReplaceTwice() {
            table.put(1);
        }

        /** Commits twice. */
        @Actor
        public void writer() {
            table.put(2);
            table.put(3);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** A removal: the predecessor does not come back when the tombstone goes. */
    @JCStressTest
    @Description("find beside a removal")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "before, then after")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "after")
    @Outcome(expect = FORBIDDEN, desc = "neither before nor after, or backwards")
    @State
    public static class Remove extends Base {
        /** An entry to be removed. */
        public Remove() {
            table.put(1);
        }

        /** Removes. */
        @Actor
        public void writer() {
            table.remove(2);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** An entry that is moved to its other bucket is there all the time. */
    @JCStressTest
    @Description("find beside a move to the other bucket")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "there")
    @Outcome(expect = FORBIDDEN, desc = "not there, or a mix")
    @State
    public static class Move extends Base {
        /** An entry in a full bucket. */
        public Move() {
            table.put(1);
            table.crowd();
        }

        /** Moves. */
        @Actor
        public void writer() {
            table.displace();
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** A successor that finds no room beside its predecessor goes to the other bucket. */
    @JCStressTest
    @Description("find beside a replacement across buckets")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "before, then after")
    @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "after")
    @Outcome(expect = FORBIDDEN, desc = "neither before nor after, or backwards")
    @State
    public static class ReplaceAcross extends Base {
        /** An entry in a full bucket. */
        public ReplaceAcross() {
            table.put(1);
            table.crowd();
        }

        /** Commits. */
        @Actor
        public void writer() {
            table.put(2);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** A removal whose tombstone lies in another bucket than the entry. */
    @JCStressTest
    @Description("find beside a removal across buckets")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "before, then after")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "after")
    @Outcome(expect = FORBIDDEN, desc = "neither before nor after, or backwards")
    @State
    public static class RemoveAcross extends Base {
        /** An entry in a full bucket. */
        public RemoveAcross() {
            table.put(1);
            table.crowd();
        }

        /** Removes. */
        @Actor
        public void writer() {
            table.remove(2);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }

    /** An entry that gets another place is found at the old or the new one. */
    @JCStressTest
    @Description("find beside a relocation")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "there, whole")
    @Outcome(expect = FORBIDDEN, desc = "not there, or a mix")
    @State
    public static class Relocate extends Base {
        /** An entry to be relocated. */
        public Relocate() {
            table.put(1);
        }

        /** Relocates. */
        @Actor
        public void writer() {
            table.relocate(1);
        }

        /** Looks twice. */
        @Actor
        public void reader(II_Result result) {
            look(result);
        }
    }
}
