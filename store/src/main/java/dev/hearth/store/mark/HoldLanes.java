package dev.hearth.store.mark;

import java.util.function.LongUnaryOperator;

/**
 * Which thread has which lane. A lane stays its thread's until the thread has ended, and is then the next one's, with
 * whatever the first left in it: a hold that was never released stays, as it does in any other stripe. Any thread; a
 * lane is asked for once a lease, so a lock does.
 */
final class HoldLanes {
    private final HoldLane[] lanes;

    /** Lanes that are the stripes from {@code first} on. */
    HoldLanes(int first, int count, LongUnaryOperator addresses) {
        lanes = new HoldLane[count];
        for (int lane = 0; lane < count; lane++) {
            lanes[lane] = new HoldLane(first + lane);
            lanes[lane].setCounters(addresses.applyAsLong(first + lane));
        }
    }

    /** The lane of the calling thread, taken now if it has none; {@link HoldLane#NONE} if all are other threads'. */
    synchronized HoldLane take() {
        Thread self = Thread.currentThread();
        HoldLane free = HoldLane.NONE;
        for (HoldLane lane : lanes) {
            // That its thread was seen to have ended orders what it did before what the next one does.
            Thread owner = lane.owner();
            if (self.equals(owner)) {
                return lane;
            }
            free = owner == null && !free.isLane() ? lane : free;
        }
        if (free.isLane()) {
            free.giveTo(self);
        }
        return free;
    }

    /** Waits until nobody is inside, which takes less than a microsecond of their time. */
    void awaitOutside() {
        for (HoldLane lane : lanes) {
            while (lane.isInside()) {
                Thread.onSpinWait();
            }
        }
    }
}
