package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets calls in until it is closed, and closes when the last one has left, so that no call touches memory that was
 * unmapped. Any thread.
 *
 * <p>
 * Calls are counted in stripes, one cache line each, chosen by thread. A call counts itself first and looks at the flag
 * then; who closes sets the flag first and looks at the counters then. Both are volatile, so at least one sees the
 * other.
 */
final class CallGate {
    private static final int STRIPES = 16;
    private static final int LINE_INTS = 32;
    private static final long PAUSE_NS = 50_000;
    private final AtomicIntegerArray calls = new AtomicIntegerArray((STRIPES + 1) * LINE_INTS);
    private final String what;
    private volatile boolean closed;

    CallGate(String what) {
        this.what = what;
    }

    /** Lets a call in and returns what it gives back to {@link #leave}. */
    int enter() {
        int stripe = (int) (Thread.currentThread().threadId() % STRIPES + 1) * LINE_INTS;
        calls.getAndIncrement(stripe);
        if (closed) {
            calls.getAndDecrement(stripe);
            throw new HearthException.Closed(what + " is closed");
        }
        return stripe;
    }

    /**
     * Throws if it is closed. For calls that are protected otherwise: it may be closed right after.
     */
    void requireOpen() {
        if (closed) {
            throw new HearthException.Closed(what + " is closed");
        }
    }

    void leave(int stripe) {
        calls.getAndDecrement(stripe);
    }

    /** Lets no more calls in and waits for those inside; false if it was closed before. An interrupt is kept. */
    synchronized boolean close() {
        if (closed) {
            return false;
        }
        closed = true;
        boolean interrupted = false;
        for (int stripe = 1; stripe <= STRIPES; stripe++) {
            while (calls.get(stripe * LINE_INTS) != 0) {
                interrupted |= Thread.interrupted();
                LockSupport.parkNanos(this, PAUSE_NS);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return true;
    }
}
