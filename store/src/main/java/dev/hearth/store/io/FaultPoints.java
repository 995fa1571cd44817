package dev.hearth.store.io;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends the JVM in front of the n-th system call that changes a file or directory, as a kill there would: so a process
 * can be made to die at each of its steps, one after the other.
 *
 * <p>
 * Nothing happens, and nothing is counted, unless the JVM was started with {@code -Dhearth.faults.haltAtChange=n}.
 */
final class FaultPoints {
    private static final long HALT_AT = Long.getLong("hearth.faults.haltAtChange", 0);
    private static final int KILLED = 137;
    private static final AtomicLong CHANGES = new AtomicLong();

    private FaultPoints() {}

    /** A call that changes something comes next. */
    static void beforeChange() {
        if (HALT_AT > 0 && CHANGES.incrementAndGet() == HALT_AT) {
            Runtime.getRuntime().halt(KILLED);
        }
    }

    /** How many there were. */
    static long changes() {
        return CHANGES.get();
    }
}
