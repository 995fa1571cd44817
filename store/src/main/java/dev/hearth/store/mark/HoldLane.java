package dev.hearth.store.mark;

import dev.hearth.store.io.DirectWords;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * A stripe of hold counters in which one thread at a time counts; see {@link SegmentHolds}.
 *
 * <p>
 * It also says whether its thread is inside a call that reads mapped memory at bare addresses. Who is about to unmap it
 * sees to it that nobody enters any more, fences as those who release segments do, and waits until all are outside.
 *
 * <p>
 * Entering and leaving are for the thread that has the lane, the rest is for any.
 */
public final class HoldLane {
    /** There is none for this thread. */
    public static final HoldLane NONE = new HoldLane(-1);
    /** There are none yet, but there may be later. */
    public static final HoldLane NONE_YET = new HoldLane(-1);
    /** Two pairs of cache lines, for each thread stores into its own all the time. */
    private static final int FLAG_BYTES = 256;

    private final int stripe;
    /** Where its counters are, if they may be counted at bare addresses. */
    private long counters;
    private final MemorySegment inside;
    private final long insideAddress;
    private @Nullable WeakReference<Thread> owner;

    HoldLane(int stripe) {
        this.stripe = stripe;
        this.inside = stripe < 0 ? MemorySegment.NULL : Arena.ofAuto().allocate(FLAG_BYTES, FLAG_BYTES);
        this.insideAddress = inside.address();
    }

    /** The stripe to release holds of it with. */
    public int stripe() {
        return stripe;
    }

    void setCounters(long address) {
        counters = address;
    }

    long counters() {
        return counters;
    }

    /** Whether it is a lane. */
    public boolean isLane() {
        return stripe >= 0;
    }

    /** Says that the thread is inside; what forbids that must be looked at, with a volatile load, after this. */
    public void enter() {
        DirectWords.setOpaque(insideAddress, 1);
    }

    /** Says that the thread is outside again. */
    public void leave() {
        DirectWords.setRelease(insideAddress, 0);
    }

    boolean isInside() {
        return DirectWords.getVolatile(insideAddress) != 0;
    }

    /** Under the lock of the lanes: the thread that has it, if it lives. */
    @Nullable
    Thread owner() {
        WeakReference<Thread> reference = owner;
        Thread thread = reference == null ? null : reference.get();
        return thread == null || !thread.isAlive() ? null : thread;
    }

    /** Under the lock of the lanes. */
    void giveTo(Thread thread) {
        owner = new WeakReference<>(thread);
    }
}
