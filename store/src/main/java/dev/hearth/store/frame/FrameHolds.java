package dev.hearth.store.frame;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.LongPredicate;

/**
 * Who holds frames of which set: counters in the part of the file that belongs to the attachment's slot, striped by
 * thread, one per set (very many sets share them).
 *
 * <p>
 * In the first stripes any thread counts, with atomic adds. Each of the others is a <em>lane</em>, in which one thread
 * counts, the one that has the lane of that number in its attachment ({@link dev.hearth.store.mark.HoldLane}), by
 * {@link DirectFrames}: it adds with a load and a volatile store, and takes away with a load and a store with release
 * order, which is no fence. Who still sees a hold that was taken away takes the frame for held, and does no harm; who
 * does not see it any more knows that all of its loads are over. A hold that is taken needs its fence, or whoever
 * claims the frame would have to have it executed for every page that is decoded.
 *
 * <p>
 * Only the owner of a slot's lock wipes and adds. It says with its slot and tenancy whose the counters are, after
 * wiping and before its first hold; a dead owner's count for nothing from the moment its lock is free. An attachment
 * that takes the slot without using frames changes nothing about that, because the words still name the dead. Any
 * thread.
 */
final class FrameHolds {
    private final FrameLayout layout;
    private final MemorySegment memory;
    private final long ownWord;
    private final int ownSlot;
    private final long ownOffset;
    private final LongPredicate isAlive;

    FrameHolds(FrameLayout layout, MemorySegment memory, long ownWord, LongPredicate isAlive) {
        this.layout = layout;
        this.memory = memory;
        this.ownWord = ownWord;
        this.isAlive = isAlive;
        ownSlot = (int) (ownWord >>> 32);
        ownOffset = layout.holdsOffset(ownSlot);
    }

    /** Wipes the counters of the slot, which have space, and makes them this attachment's. */
    void open() {
        memory.asSlice(ownOffset, layout.holdsBytes).fill((byte) 0);
        Words.LONG.setVolatile(memory, ownerOffset(ownSlot), ownWord);
    }

    /** Says that nobody holds anything through this slot. */
    void close() {
        boolean _ = Words.replace(memory, ownerOffset(ownSlot), ownWord, 0L);
    }

    /** Adds a hold and returns its stripe; the words of the set must be loaded after this. */
    int add(int counter) {
        int stripe = (int) Thread.currentThread().threadId() & FrameLayout.SHARED_HOLD_STRIPES - 1;
        change(ownOffset + layout.holdOffset(stripe, counter), 1);
        return stripe;
    }

    /** Takes a hold away that {@link #add} added; returns whether there was one. */
    boolean remove(int counter, int stripe) {
        long offset = ownOffset + layout.holdOffset(stripe, counter);
        int before = change(offset, -1);
        if (before <= 0) {
            int _ = change(offset, 1);
        }
        return before > 0;
    }

    /** Returns what was there; the load comes first because an add of the interpreter does not survive truncation. */
    private int change(long offset, int by) {
        int seen = (int) Words.INT.getVolatile(memory, offset);
        return seen == Integer.MAX_VALUE ? seen : (int) Words.INT.getAndAdd(memory, offset, by);
    }

    /** Whether anybody who lives holds a frame of a set, of which the caller has claimed a way before. */
    boolean isHeld(int counter) {
        VarHandle.fullFence();
        for (int slot = 0; slot < layout.slotCount; slot++) {
            if ((long) Words.LONG.getVolatile(memory, ownerOffset(slot)) != 0 && sum(slot, counter) != 0
                    && isOwnerAlive(slot)) {
                return true;
            }
        }
        return false;
    }

    /** Asked after a counter was seen that is not zero: by then the owner whose it is has written its word. */
    private boolean isOwnerAlive(int slot) {
        long owner = (long) Words.LONG.getVolatile(memory, ownerOffset(slot));
        // A word that cannot be is damage: who knows who holds.
        return owner != 0 && (owner >>> 32 != slot || owner == ownWord || isAlive.test(owner));
    }

    /** Each counter is at least zero at every instant, so the sum is zero only if each was when it was loaded. */
    private long sum(int slot, int counter) {
        long sum = 0;
        for (int stripe = 0; stripe < FrameLayout.HOLD_STRIPES; stripe++) {
            sum += (int) Words.INT.getVolatile(memory, layout.holdsOffset(slot) + layout.holdOffset(stripe, counter));
        }
        return sum;
    }

    private long ownerOffset(int slot) {
        return layout.ownersOffset + (long) slot * Long.BYTES;
    }
}
