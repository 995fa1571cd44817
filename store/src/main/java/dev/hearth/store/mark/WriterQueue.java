package dev.hearth.store.mark;

import java.util.concurrent.locks.LockSupport;

/**
 * Gets the word of the writer lock, so that nobody starves.
 *
 * <p>
 * Waiting is looking again, and looking has to pause, so that a process which releases and acquires in a loop would
 * win nearly always. On the other hand a lock that changes hands at each release is slow: each time somebody has to
 * wake up first. So for the first {@value #DUE_NS} ns whoever comes takes it. Who has waited
 * longer is <em>due</em>: he draws a number from a word of the mark and shows it in his process slot, and nobody takes
 * the lock while a lower number than his own, or any if he has none, is shown. One who is due asks often. So a wait is
 * bounded by the time until being due and a hold by each of the others, whatever they do; and the lock is handed over
 * by waking somebody once in that time only.
 *
 * <p>
 * Nothing depends on the numbers but the order. One who is due may be dead, stopped, or kept from a CPU: if the lock is
 * free and he does not take it for {@value #PATIENCE_NS} ns, then whoever sees that clears his number and goes on. If
 * he lives he shows the same number again when he next asks, and is first again. A process whose slot is taken anew
 * shows none. The word {@link MarkWord#WRITER_WANTED} is set while a number may be shown and spares the others the look
 * at all slots; who shows a number sets it again each time he asks, so that it does not matter who clears it when.
 *
 * <p>
 * One thread of an attachment at a time. An interrupt does not end waiting and is kept.
 */
final class WriterQueue {
    static final long DUE_NS = 2_000_000;
    static final long PATIENCE_NS = 2_000_000;
    private static final int QUICK_TRIES = 200;
    private static final long FIRST_PAUSE_NS = 5_000;
    /** Of who is due, or gives way to somebody; and the longest of the others. */
    private static final long SHORT_PAUSE_NS = 50_000;
    private static final long LONGEST_PAUSE_NS = 1_000_000;
    /** Who has waited n times as long as this has time for pauses n times as long. */
    private static final int PAUSES_PER_WAIT = 64;
    /** A dead holder is noticed after so long; asking the kernel costs a system call. */
    private static final long LIVENESS_NS = 200_000;

    private final MarkWords words;
    private final ProcessSlots slots;
    private final ProcessSlot own;
    private final Word word;
    /** Whom this one gives way to, and since when that one could have had the lock. */
    private int firstSlot;
    private long firstNumber;
    private long freeSinceNs;

    /** What is waited for. */
    interface Word {
        /** Takes it if nobody has it. */
        boolean take();

        /** Takes it if who has it is dead. */
        boolean takeFromDead();

        /** Whether somebody who lives has it. */
        boolean isTaken();
    }

    WriterQueue(MarkWords words, ProcessSlots slots, ProcessSlot own, Word word) {
        this.words = words;
        this.slots = slots;
        this.own = own;
        this.word = word;
    }

    /** Takes the word, waiting up to {@code limitNs}; from 0 on down it tries once. */
    boolean lock(long limitNs) {
        if (words.get(MarkWord.WRITER_WANTED) == 0 && word.take()) {
            return true;
        }
        boolean interrupted = false;
        firstNumber = 0;
        long number = 0;
        try {
            long startNs = System.nanoTime();
            long nextLookNs = 0;
            for (int tries = 0;; tries++) {
                long waitedNs = System.nanoTime() - startNs;
                boolean last = waitedNs >= limitNs;
                if (last || isNext(number)) {
                    boolean look = last || waitedNs >= nextLookNs;
                    if (word.take() || (look && word.takeFromDead())) {
                        return true;
                    }
                    nextLookNs = look ? waitedNs + LIVENESS_NS : nextLookNs;
                }
                if (last) {
                    return false;
                }
                if (waitedNs >= DUE_NS) {
                    number = number == 0 ? words.increment(MarkWord.WRITER_NUMBER) : number;
                    own.setWriterNumber(number);
                    words.set(MarkWord.WRITER_WANTED, 1);
                }
                // An interrupted thread does not park, so the interrupt waits until the end.
                interrupted |= Thread.interrupted();
                pause(tries, number != 0 || firstNumber != 0, waitedNs, limitNs - waitedNs);
            }
        } finally {
            if (number != 0) {
                own.setWriterNumber(0);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void pause(int tries, boolean handingOver, long waitedNs, long leftNs) {
        if (tries < QUICK_TRIES && !handingOver) {
            Thread.onSpinWait();
            return;
        }
        long pauseNs = handingOver
                ? Math.clamp(waitedNs / PAUSES_PER_WAIT, SHORT_PAUSE_NS, LONGEST_PAUSE_NS)
                : Math.min(FIRST_PAUSE_NS << Math.min(tries - QUICK_TRIES, 10), SHORT_PAUSE_NS);
        LockSupport.parkNanos(this, Math.min(pauseNs, leftNs));
    }

    /** Whether nobody is due before this one, whose number is 0 if he is not due. */
    private boolean isNext(long number) {
        if (words.get(MarkWord.WRITER_WANTED) == 0) {
            firstNumber = 0;
            return true;
        }
        long first = Long.MAX_VALUE;
        int slot = -1;
        boolean any = false;
        for (int other = 0; other < slots.count(); other++) {
            long shown = slots.writerNumber(other);
            any |= shown != 0;
            if (shown != 0 && shown < first) {
                first = shown;
                slot = other;
            }
        }
        if (!any) {
            words.set(MarkWord.WRITER_WANTED, 0);
        }
        if (!any || slot == own.index() || (number != 0 && number < first)) {
            firstNumber = 0;
            return true;
        }
        return isMissed(slot, first);
    }

    /** Whether the first who is due could have had the lock for so long that he is passed over. */
    private boolean isMissed(int slot, long number) {
        long nowNs = System.nanoTime();
        if (firstNumber != number || firstSlot != slot || word.isTaken()) {
            firstNumber = number;
            firstSlot = slot;
            freeSinceNs = nowNs;
            return false;
        }
        if (nowNs - freeSinceNs < PATIENCE_NS) {
            return false;
        }
        slots.clearWriterNumber(slot, number);
        return true;
    }
}
