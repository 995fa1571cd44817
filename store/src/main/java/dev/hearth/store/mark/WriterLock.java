package dev.hearth.store.mark;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.OfdLocks;

/**
 * The lock under which versions are issued, committed and applied.
 *
 * <p>
 * While it is held, the in-lock word of the mark names the holder. Whoever acquires it and finds the word set knows
 * that the holder before ended in the middle of something, by dying or by {@link #abandon}, and has to redo what was
 * begun; until that succeeded the word stays set. The kernel says when a holder is dead; one that is merely stopped
 * keeps the lock, and the others get {@code Busy}.
 *
 * <p>
 * Who waits too long is let go first: see {@link WriterQueue}.
 *
 * <p>
 * Not reentrant; one object per attachment. An interrupt does not end waiting and is kept.
 */
public final class WriterLock {
    private final ByteLock lock;
    private final WriterQueue queue;
    private final MarkWords words;
    private final long own;

    /** The writer lock of the attachment that has taken {@code slot}. */
    public WriterLock(OfdLocks locks, MarkWords words, ProcessSlots slots, ProcessSlot slot) {
        queue = new WriterQueue(locks, words, slots, slot);
        this.words = words;
        own = slot.word();
        lock = new ByteLock("writer", locks, LockBytes.WRITER, () -> slots.describe(words.get(MarkWord.IN_LOCK)));
    }

    /**
     * Acquires the lock.
     *
     * @return whether the holder before did not finish: what is committed and not applied must be redone first
     * @throws HearthException.Busy naming the holder, if it was not had within {@code timeoutMs}
     */
    public boolean acquire(long timeoutMs) {
        lock.acquire(timeoutMs, queue::lock);
        return entered();
    }

    /** Acquires the lock if it is free. */
    public Attempt tryAcquire() {
        if (!lock.tryAcquire()) {
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

    private boolean entered() {
        try {
            boolean unfinished = words.get(MarkWord.IN_LOCK) != 0;
            words.set(MarkWord.IN_LOCK, own);
            return unfinished;
        } catch (Throwable e) {
            lock.release();
            throw e;
        }
    }

    /** Releases the lock after everything that was begun is done. */
    public void release() {
        lock.checkHeld();
        try {
            words.set(MarkWord.IN_LOCK, 0);
        } finally {
            lock.release();
        }
    }

    /** Releases the lock in the middle of something: whoever acquires it next has to redo it. */
    public void abandon() {
        lock.release();
    }

    /** Whether this thread has it. */
    public boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }

    /** Whether the lock is free although its holder did not finish: somebody should acquire it and redo. */
    public boolean needsRedo() {
        return words.get(MarkWord.IN_LOCK) != 0 && !lock.isHeld() && words.get(MarkWord.IN_LOCK) != 0;
    }
}
