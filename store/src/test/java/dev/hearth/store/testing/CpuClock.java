package dev.hearth.store.testing;

import java.util.concurrent.locks.LockSupport;

/**
 * Says how much of a span of time the machine did not let this process run, so that a test may tell waiting for a CPU
 * from waiting for anything else.
 *
 * <p>
 * A thread of its own sleeps five milliseconds at a time. What it slept beyond that it was not let run: because others
 * had the CPUs, or because the JVM, or all of the machine, stood still. Only one who would have been let run at once
 * sleeps as long as he asked, so what is lost is never counted too high for a thread that has something to do. Any
 * thread.
 */
public final class CpuClock implements AutoCloseable {
    private static final long TICK_NS = 5_000_000;
    private final Thread thread;
    private volatile long lostNs;
    private volatile long tickNs = System.nanoTime();
    private volatile boolean closed;

    /** Starts it. */
    public CpuClock() {
        thread = Thread.ofPlatform().daemon().name("cpu clock").start(this::run);
    }

    private void run() {
        long sumNs = 0;
        while (!closed) {
            long beforeNs = tickNs;
            LockSupport.parkNanos(this, TICK_NS);
            long nowNs = System.nanoTime();
            sumNs += Math.max(0, nowNs - beforeNs - TICK_NS);
            lostNs = sumNs;
            tickNs = nowNs;
        }
    }

    /** What was lost until now; only differences say anything. */
    public long lostNs() {
        long lost = lostNs;
        return lost + Math.max(0, System.nanoTime() - tickNs - TICK_NS);
    }

    /** A time in ns that goes on only while the machine lets this process run; only differences say anything. */
    public long nowNs() {
        return System.nanoTime() - lostNs();
    }

    /** Ends it. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
