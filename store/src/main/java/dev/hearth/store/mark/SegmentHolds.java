package dev.hearth.store.mark;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Who reads or writes in which segment: counters in the attachment's own slot, striped by thread, one per segment.
 *
 * <p>
 * Whoever wants to use a segment acquires a hold and then loads the segment's generation and state again: if they are
 * what they were, the segment stays until the hold is released; if not, it lets go. Whoever wants to release a
 * segment marks it first and then asks {@link #isHeld}. Of the two, one sees the other: the add and the mark are both
 * followed by a full fence. The counters of the dead do not count, which the kernel is asked about only if one is not
 * zero.
 *
 * <p>
 * Any thread. A hold is released with the stripe that acquiring it returned, by whatever thread. The caller keeps the
 * attachment open meanwhile.
 */
public final class SegmentHolds {
    private final ProcessSlots slots;
    private final int ownSlot;
    private final MemorySegment own;
    private final int segmentCount;
    private final int stripes;

    /** The holds that the attachment with {@code slot} has and sees. */
    public SegmentHolds(ProcessSlots slots, ProcessSlot slot, Geometry geometry) {
        this(slots, slot.index(), slot.holds(), geometry.segmentCount(), geometry.holdStripes());
    }

    SegmentHolds(ProcessSlots slots, int ownSlot, MemorySegment own, int segmentCount, int stripes) {
        this.slots = slots;
        this.ownSlot = ownSlot;
        this.own = own;
        this.segmentCount = segmentCount;
        this.stripes = stripes;
    }

    /**
     * Adds a hold on a segment and returns its stripe; the segment's generation and state must be loaded after this.
     */
    public int acquire(int segment) {
        int stripe = (int) Thread.currentThread().threadId() & stripes - 1;
        long _ = (long) Words.LONGS.getAndAdd(own, offset(stripe, segment), 1L);
        return stripe;
    }

    /** Releases a hold. */
    public void release(int segment, int stripe) {
        long before = (long) Words.LONGS.getAndAdd(own, offset(Objects.checkIndex(stripe, stripes), segment), -1L);
        if (before <= 0) {
            long _ = (long) Words.LONGS.getAndAdd(own, offset(stripe, segment), 1L);
            throw new IllegalStateException("segment=" + segment + " stripe=" + stripe + " holds=" + before);
        }
    }

    /** Whether anybody who lives holds the segment, which the caller has marked before. */
    public boolean isHeld(int segment) {
        VarHandle.fullFence();
        for (int slot = 0; slot < slots.count(); slot++) {
            if (holdsOf(slot, segment) != 0 && slots.isLocked(slot)) {
                return true;
            }
        }
        return false;
    }

    /** Those who live and hold the segment, for messages. */
    public List<ProcessSlots.Tenant> holders(int segment) {
        List<ProcessSlots.Tenant> holders = new ArrayList<>();
        for (int slot = 0; slot < slots.count(); slot++) {
            if (holdsOf(slot, segment) != 0 && slots.isLocked(slot)) {
                holders.add(slots.tenant(slot));
            }
        }
        return holders;
    }

    /** How many holds this attachment has on the segment. */
    public long ownHolds(int segment) {
        return sum(own, segment);
    }

    private long holdsOf(int slot, int segment) {
        MemorySegment counters = slot == ownSlot ? own : slots.holds(slot);
        return counters.byteSize() == 0 ? 0 : sum(counters, segment);
    }

    /** Each counter is at least zero at every instant, so the sum is zero only if each was when it was loaded. */
    private long sum(MemorySegment counters, int segment) {
        long sum = 0;
        for (int stripe = 0; stripe < stripes; stripe++) {
            sum += (long) Words.LONGS.getVolatile(counters, offset(stripe, segment));
        }
        return sum;
    }

    private long offset(int stripe, int segment) {
        return ((long) stripe * segmentCount + Objects.checkIndex(segment, segmentCount)) * Long.BYTES;
    }
}
