package dev.hearth.store.mark;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    /** More than a cache line on either side of the flag, for each thread stores into its own all the time. */
    private static final int FLAG_INTS = 64;
    private static final int FLAG = FLAG_INTS / 2;
    private static final VarHandle FLAGS = MethodHandles.arrayElementVarHandle(int[].class);

    private final int stripe;
    private final int[] inside = new int[FLAG_INTS];
    private @Nullable WeakReference<Thread> owner;

    HoldLane(int stripe) {
        this.stripe = stripe;
    }

    /** The stripe to release holds of it with. */
    public int stripe() {
        return stripe;
    }

    /** Whether it is a lane. */
    public boolean isLane() {
        return stripe >= 0;
    }

    /** Says that the thread is inside; what forbids that must be looked at, with a volatile load, after this. */
    public void enter() {
        FLAGS.setOpaque(inside, FLAG, 1);
    }

    /** Says that the thread is outside again. */
    public void leave() {
        FLAGS.setRelease(inside, FLAG, 0);
    }

    boolean isInside() {
        return (int) FLAGS.getVolatile(inside, FLAG) != 0;
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
