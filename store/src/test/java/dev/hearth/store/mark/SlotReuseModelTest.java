package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * All interleavings of a process that takes the slot of a dead one and then holds a segment, and of another one that
 * wants to release the segment: the steps of {@link ProcessSlots#take}, {@link SegmentHolds#acquire} and the look
 * behind it, beside mark, {@link SegmentHolds#isHeld} and release.
 */
class SlotReuseModelTest {
    /** What the two share, and what each of them has seen. */
    private static final class World {
        boolean locked;
        int counter = 1; // What the dead one left.
        boolean marked;
        boolean released;
        boolean holds;
        boolean sawMark;
        int sawCounter;
        boolean sawLock;
    }

    /** The steps of the one who takes the slot, and of the one who wants to release. */
    private enum Step {
        LOCK, WIPE, ADD, LOOK, HOLD_OR_LET_GO, MARK, COUNT, ASK_THE_KERNEL, RELEASE_OR_UNMARK
    }

    private static void take(Step step, World world) {
        switch (step) {
            case LOCK -> world.locked = true;
            case WIPE -> world.counter = 0;
            case ADD -> world.counter++;
            case LOOK -> world.sawMark = world.marked || world.released;
            case HOLD_OR_LET_GO -> {
                world.holds = !world.sawMark;
                world.counter -= world.sawMark ? 1 : 0;
            }
            case MARK -> world.marked = true;
            case COUNT -> world.sawCounter = world.counter;
            case ASK_THE_KERNEL -> world.sawLock = world.locked;
            default -> {
                world.released = world.sawCounter == 0 || !world.sawLock;
                world.marked = false;
            }
        }
    }

    /** How many interleavings there are, and in how many the segment is released under the hold. */
    private record Outcome(int interleavings, int violations) {}

    private static Outcome explore(List<Step> tenant, List<Step> sweeper) {
        int steps = tenant.size() + sweeper.size();
        int interleavings = 0;
        int violations = 0;
        for (int order = 0; order < 1 << steps; order++) {
            if (Integer.bitCount(order) != tenant.size()) {
                continue;
            }
            World world = new World();
            int first = 0;
            int second = 0;
            for (int step = 0; step < steps; step++) {
                boolean isTenant = ((order >>> step) & 1) == 1;
                take(isTenant ? tenant.get(first++) : sweeper.get(second++), world);
            }
            interleavings++;
            violations += world.holds && world.released ? 1 : 0;
        }
        return new Outcome(interleavings, violations);
    }

    private static List<Step> swapped(List<Step> steps, int at) {
        List<Step> other = new ArrayList<>(steps);
        other.set(at, steps.get(at + 1));
        other.set(at + 1, steps.get(at));
        return other;
    }

    private static final List<Step> TENANT = List.of(Step.LOCK, Step.WIPE, Step.ADD, Step.LOOK,
            Step.HOLD_OR_LET_GO);
    private static final List<Step> SWEEPER = List.of(Step.MARK, Step.COUNT, Step.ASK_THE_KERNEL,
            Step.RELEASE_OR_UNMARK);

    @Test
    void slotTakenAgainBesideARelease_neverReleasesUnderAHold() {
        assertEquals(new Outcome(126, 0), explore(TENANT, SWEEPER));
    }

    @Test
    void ordersThatItReliesOnTurnedRound_releaseUnderAHold() {
        assertTrue(explore(swapped(TENANT, 2), SWEEPER).violations() > 0, "look before the hold");
        assertTrue(explore(swapped(TENANT, 1), SWEEPER).violations() > 0, "hold before the wiping");
        assertTrue(explore(TENANT, swapped(SWEEPER, 0)).violations() > 0, "count before the mark");
        assertTrue(
                explore(List.of(Step.WIPE, Step.ADD, Step.LOOK, Step.LOCK, Step.HOLD_OR_LET_GO), SWEEPER).violations()
                        > 0,
                "hold and look before the lock");
    }
}
