package dev.hearth.store.frame;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/**
 * Waits for another's claim to end: published, given up, or its owner dead; spinning first, then parked in steps.
 *
 * <p>
 * The wait of one call has a limit, after which the caller decodes privately. A claim that was waited for in vain is
 * remembered until others push it out, so that a stopped claimer costs the wait once and not with every reading of
 * its page. An interrupt does not end waiting and is kept. Any thread.
 */
final class ClaimWaits {
    private static final int SPINS = 200;
    private static final long FIRST_PAUSE_NS = 20_000;
    private static final long LONGEST_PAUSE_NS = 1_000_000;
    private static final int REMEMBERED = 64;

    private final FrameSets sets;
    private final LongPredicate isAlive;
    private final long limitNs;
    private final AtomicLongArray inVain = new AtomicLongArray(REMEMBERED);

    ClaimWaits(FrameSets sets, LongPredicate isAlive, long limitNs) {
        this.sets = sets;
        this.isAlive = isAlive;
        this.limitNs = limitNs;
    }

    Wait begin() {
        return new Wait(System.nanoTime());
    }

    /** The waiting of one call, whatever it waits for. */
    final class Wait {
        private final long startNs;

        private Wait(long startNs) {
            this.startNs = startNs;
        }

        /** Waits for a claim; returns whether it ended, or its owner did. */
        boolean await(long wayOffset, long claim) {
            for (int spin = 0; spin < SPINS; spin++) {
                if (hasEnded(wayOffset, claim)) {
                    return true;
                }
                Thread.onSpinWait();
            }
            boolean interrupted = false;
            try {
                for (int step = 0;; step++) {
                    if (hasEnded(wayOffset, claim) || !isAlive.test(FrameWord.claimer(claim))) {
                        return true;
                    }
                    if (isInVain(wayOffset, claim)) {
                        return false;
                    }
                    long leftNs = limitNs - (System.nanoTime() - startNs);
                    if (leftNs <= 0) {
                        remember(wayOffset, claim);
                        return false;
                    }
                    // An interrupted thread does not park, so the interrupt waits until the end.
                    interrupted |= Thread.interrupted();
                    LockSupport.parkNanos(this,
                            Math.min(leftNs, Math.min(LONGEST_PAUSE_NS, FIRST_PAUSE_NS << Math.min(step, 10))));
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private boolean hasEnded(long wayOffset, long claim) {
        return !FrameWord.isSameClaim(sets.word(wayOffset), claim);
    }

    private boolean isInVain(long wayOffset, long claim) {
        return inVain.get(place(wayOffset)) == mark(wayOffset, claim);
    }

    private void remember(long wayOffset, long claim) {
        inVain.set(place(wayOffset), mark(wayOffset, claim));
    }

    private static int place(long wayOffset) {
        return (int) (wayOffset / FramesDescriptor.WAY_BYTES % REMEMBERED);
    }

    private static long mark(long wayOffset, long claim) {
        return FrameWord.withKind(claim, FrameWord.CLAIMING) ^ Long.reverse(wayOffset);
    }
}
