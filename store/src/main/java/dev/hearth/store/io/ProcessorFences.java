package dev.hearth.store.io;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Full fences that one thread has all processors execute, so that other threads need none of their own: of those who
 * fence seldom on behalf of those who would fence often.
 *
 * <p>
 * A processor that runs a thread of a process that registered executes its fence at once, at some point of that
 * thread's program; all others have executed one since they ran such a thread last. So of any two accesses of such a
 * thread, one is before the fence, or both are behind it. It is {@code membarrier(2)}; some microseconds a call. Any
 * thread.
 *
 * <p>
 * For threads of the own process ("private expedited") that holds without exception. For those of others ("global
 * expedited") kernels up to at least 6.18 pass over a processor on which a thread of such a process ended, until it has
 * run another process: the kernel then takes it for one that runs nobody who registered, and puts that right only when
 * it goes from one process to another. Whoever relies on it across processes has to see to that case.
 */
public final class ProcessorFences {
    private static final AtomicReference<@Nullable State> STATE = new AtomicReference<>();

    private ProcessorFences() {}

    /** Whether the threads of this process take part. */
    public enum State {
        /** They will, or it will be known that they cannot. */
        COMING,
        /** They do. */
        READY,
        /** The kernel does not do that, or a sandbox forbids it. */
        REFUSED
    }

    /** Whether the threads of this process take part; if nobody asked before, it is seen to without waiting for it. */
    public static State request() {
        State state = STATE.get();
        if (state == null && STATE.compareAndSet(null, State.COMING)) {
            Thread.ofPlatform().daemon().name("hearth-fences").start(ProcessorFences::register);
        }
        return state == null ? State.COMING : state;
    }

    /**
     * Has the threads of this process take part; returns whether they do. The first call takes some 20 milliseconds in
     * a process of many threads.
     */
    public static boolean register() {
        if (STATE.get() != State.READY) {
            // A sandbox may allow the one and not the other.
            boolean ready = Libc.membarrier(LinuxFlags.MEMBARRIER_REGISTER_PRIVATE_EXPEDITED) == 0
                    && Libc.membarrier(LinuxFlags.MEMBARRIER_REGISTER_GLOBAL_EXPEDITED) == 0 && executeOwn()
                    && executeOthers();
            STATE.set(ready ? State.READY : State.REFUSED);
        }
        return STATE.get() == State.READY;
    }

    /**
     * Executes a full fence in the calling thread and in all of this process, which is registered; false if the kernel
     * does not do that, or a sandbox forbids it.
     */
    public static boolean executeOwn() {
        return Libc.membarrier(LinuxFlags.MEMBARRIER_PRIVATE_EXPEDITED) == 0;
    }

    /**
     * The same in the calling thread and in all of the processes that registered, but for what is said above; whether
     * or not this one did.
     */
    public static boolean executeOthers() {
        return Libc.membarrier(LinuxFlags.MEMBARRIER_GLOBAL_EXPEDITED) == 0;
    }
}
