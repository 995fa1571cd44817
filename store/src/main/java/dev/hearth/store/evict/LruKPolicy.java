package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/**
 * LRU-2 (E. J. O'Neil, P. E. O'Neil, G. Weikum, 1993), coarsely: an entry stays if it was used in two different ticks
 * of late. Uses in the same tick are one, so that a burst does not count as two. Each pass of the hand takes one use
 * off. Two bits for the tick of the last use, two for how many.
 */
final class LruKPolicy implements EvictionPolicy {
    private static final int TICK_MASK = 3;
    private static final int COUNT_SHIFT = 2;
    private static final int MOST = 3;
    private static final int ENOUGH = 2;

    @Override
    public int touched(int before, IntSupplier tick) {
        int count = before >>> COUNT_SHIFT;
        int now = tick.getAsInt() & TICK_MASK;
        if (count != 0 && (before & TICK_MASK) == now) {
            return before;
        }
        return (Math.min(MOST, count + 1) << COUNT_SHIFT) | now;
    }

    @Override
    public boolean keeps(Candidate candidate) {
        return isUsed(candidate);
    }

    @Override
    public boolean isUsed(Candidate candidate) {
        return candidate.reference() >>> COUNT_SHIFT >= ENOUGH;
    }

    @Override
    public int kept(Candidate candidate) {
        int count = Math.max(0, (candidate.reference() >>> COUNT_SHIFT) - 1);
        return count == 0 ? 0 : (count << COUNT_SHIFT) | (candidate.reference() & TICK_MASK);
    }
}
