package dev.hearth.store.engine;

import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.StressAttachment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A key whose value is computed, and two attachments of this process that compute it; the table of processes and the
 * lock file are real ones.
 */
public final class StressTurns {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Turns[] TURNS = {turns(0), turns(1)};
    private static final AtomicLong KEYS = new AtomicLong();
    private final long lockByte = LockBytes.computation(KEYS.incrementAndGet() << 8);
    private final CallGate gate = new CallGate("stress");
    private final Guarded computed = new Guarded();

    /** What only one at a time does, so that it needs no atomic step. */
    private static final class Guarded {
        private volatile int count;

        @SuppressWarnings("NonAtomicVolatileUpdate") // That is the test.
        void add() {
            count++;
        }
    }

    private static Turns turns(int number) {
        StressAttachment attachment = StressAttachment.of(number);
        return new Turns(attachment.locks(), attachment.slots(), attachment.slot());
    }

    /** Takes the turn through one of the attachments, computes, and gives it back. */
    public void compute(int attachment) {
        if (TURNS[attachment].enter(new Turns.Asking(lockByte, "stress", gate, () -> false), LIMIT_NS)) {
            computed.add();
            TURNS[attachment].leave(lockByte);
        }
    }

    /** How often it was computed, as long as nobody computed beside another. */
    public int count() {
        return computed.count;
    }
}
