package dev.hearth.store.mark;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.OfdLocks;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock under which versions are issued, committed and applied.
 *
 * <p>
 * <b>The lock is a word of the mark</b> that names the slot and the tenancy of whoever has it, taken by one
 * compare-and-set, because it is taken for each commit and a lock of the kernel costs two system calls. The kernel
 * still says who is alive: a tenant keeps the lock of its slot for as long as it lives. So who finds the word taken,
 * and not given back for a while, asks whether that tenant lives, and takes the word from a dead one by a
 * compare-and-set of exactly that slot and tenancy. A tenancy that was once dead never lives again, and of several who
 * find it dead one gets the word. One that is merely stopped keeps the lock, and the others get {@code Busy}.
 *
 * <p>
 * <b>Unfinished.</b> While it is held, the in-lock word names the holder. Whoever acquires it and finds the word set
 * knows that the holder before ended in the middle of something, by dying or by {@link #abandon}, and has to redo what
 * was begun; until that succeeded the word stays set.
 *
 * <p>
 * Who waits too long is let go first: see {@link WriterQueue}.
 *
 * <p>
 * Not reentrant; one object per attachment. An interrupt does not end waiting and is kept.
 */
public final class WriterLock {
    private final MarkWords words;
    private final ProcessSlots slots;
    private final long own;
    private final Word word = new Word();
    private final WriterQueue queue;
    private final ReentrantLock threads = new ReentrantLock();

    /** The writer lock of the attachment that has taken {@code slot}. */
    public WriterLock(MarkWords words, ProcessSlots slots, ProcessSlot slot) {
        this.words = words;
        this.slots = slots;
        own = slot.word();
        queue = new WriterQueue(words, slots, slot, word);
    }

    /**
     * Acquires the lock.
     *
     * @return whether the holder before did not finish: what is committed and not applied must be redone first
     * @throws HearthException.Busy naming the holder, if it was not had within {@code timeoutMs}
     */
    public boolean acquire(long timeoutMs) {
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("timeoutMs=" + timeoutMs);
        }
        checkNotHeld();
        long startNs = System.nanoTime();
        long limitNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        if (!lockThreads(limitNs)) {
            throw OfdLocks.busy("writer", timeoutMs, holder());
        }
        boolean locked = false;
        try {
            locked = queue.lock(limitNs - (System.nanoTime() - startNs));
            if (!locked) {
                throw OfdLocks.busy("writer", timeoutMs, holder());
            }
        } finally {
            if (!locked) {
                threads.unlock();
            }
        }
        return entered();
    }

    /** Acquires the lock if it is free. */
    public Attempt tryAcquire() {
        checkNotHeld();
        if (!threads.tryLock()) {
            return Attempt.TAKEN_BY_OTHER;
        }
        boolean locked = false;
        try {
            locked = word.take() || word.takeFromDead();
        } finally {
            if (!locked) {
                threads.unlock();
            }
        }
        if (!locked) {
            return Attempt.TAKEN_BY_OTHER;
        }
        return entered() ? Attempt.ACQUIRED_REDO : Attempt.ACQUIRED;
    }

    /** What came of {@link #tryAcquire}. */
    public enum Attempt {
        /** Somebody has it. */
        TAKEN_BY_OTHER,
        /** It is this thread's, and all is in order. */
        ACQUIRED,
        /** It is this thread's, and the holder before did not finish. */
        ACQUIRED_REDO
    }

    private boolean lockThreads(long limitNs) {
        long startNs = System.nanoTime();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return threads.tryLock() || threads.tryLock(limitNs - (System.nanoTime() - startNs),
                            TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The word, as those who wait see it. */
    private final class Word implements WriterQueue.Word {
        @Override
        public boolean take() {
            return words.compareAndSet(MarkWord.WRITER, 0, own);
        }

        /** The own word is nobody's either: of this attachment's threads it is this one's turn. */
        @Override
        public boolean takeFromDead() {
            long holder = words.get(MarkWord.WRITER);
            return (holder == own || !slots.isAlive(holder)) && words.compareAndSet(MarkWord.WRITER, holder, own);
        }

        @Override
        public boolean isTaken() {
            return slots.isAlive(words.get(MarkWord.WRITER));
        }
    }

    private boolean entered() {
        try {
            boolean unfinished = words.get(MarkWord.IN_LOCK) != 0;
            words.set(MarkWord.IN_LOCK, own);
            return unfinished;
        } catch (Throwable e) {
            giveBack();
            throw e;
        }
    }

    /** Releases the lock after everything that was begun is done. */
    public void release() {
        checkHeld();
        try {
            words.set(MarkWord.IN_LOCK, 0);
        } finally {
            giveBack();
        }
    }

    /** Releases the lock in the middle of something: whoever acquires it next has to redo it. */
    public void abandon() {
        checkHeld();
        giveBack();
    }

    private void giveBack() {
        try {
            words.set(MarkWord.WRITER, 0);
        } finally {
            threads.unlock();
        }
    }

    /**
     * Names whoever has it. A thread of this process that waits for another process stands in front of its fellows, and
     * is not what they wait for.
     */
    public String holder() {
        long holder = words.get(MarkWord.WRITER);
        boolean isOurs = holder == own
                || (holder == 0 && threads.isLocked() && !threads.isHeldByCurrentThread());
        return isOurs
                ? "another thread of this process"
                : slots.describe(holder);
    }

    /** Whether this thread has it. */
    public boolean isHeldByCurrentThread() {
        return threads.isHeldByCurrentThread();
    }

    /** Whether the lock is free although its holder did not finish: somebody should acquire it and redo. */
    public boolean needsRedo() {
        return words.get(MarkWord.IN_LOCK) != 0 && !threads.isLocked() && !slots.isAlive(words.get(MarkWord.WRITER))
                && words.get(MarkWord.IN_LOCK) != 0;
    }

    private void checkHeld() {
        if (!isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "lock=writer is not held by thread=" + Thread.currentThread().getName());
        }
    }

    private void checkNotHeld() {
        if (isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "lock=writer is held already by thread=" + Thread.currentThread().getName());
        }
    }
}
