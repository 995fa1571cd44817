package dev.hearth.store.testing;

import java.lang.management.ManagementFactory;

/** What a piece of code allocates when it is compiled. Any thread, for itself. */
public final class Garbage {
    private static final com.sun.management.ThreadMXBean THREADS = ManagementFactory
            .getPlatformMXBean(com.sun.management.ThreadMXBean.class);
    private static final long LIMIT_NS = 240_000_000_000L;

    private Garbage() {}

    /**
     * Does a round over and over until one allocates nothing, and returns the bytes that the last one allocated. Until
     * it is compiled, code allocates what it need not, and when that is done is the machine's business.
     */
    public static long of(Runnable round) {
        long deadlineNs = System.nanoTime() + LIMIT_NS;
        long bytes;
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            round.run();
            bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        } while (bytes != 0 && System.nanoTime() < deadlineNs);
        return bytes;
    }
}
