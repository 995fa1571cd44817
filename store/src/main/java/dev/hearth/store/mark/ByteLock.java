package dev.hearth.store.mark;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.OfdLocks;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/**
 * A lock that excludes all threads of all processes: one of this attachment's threads, and one byte of the lock file.
 *
 * <p>
 * Not reentrant, and released by the thread that acquired it. An interrupt does not end waiting and is kept. There is
 * one object per byte and attachment, because the kernel does not exclude threads that share a description.
 */
public final class ByteLock {
    private final String name;
    private final OfdLocks locks;
    private final long byteOffset;
    private final Supplier<String> holder;
    private final ReentrantLock threads = new ReentrantLock();

    /**
     * A lock on a byte of the lock file.
     *
     * @param name   what messages call it
     * @param holder names whoever has it in another attachment
     */
    public ByteLock(String name, OfdLocks locks, long byteOffset, Supplier<String> holder) {
        this.name = name;
        this.locks = locks;
        this.byteOffset = byteOffset;
        this.holder = holder;
    }

    /**
     * Acquires the lock.
     *
     * @throws HearthException.Busy if it was not had within {@code timeoutMs}
     */
    public void acquire(long timeoutMs) {
        acquire(timeoutMs, leftMs -> locks.lock(byteOffset, leftMs));
    }

    /** Acquires the lock if it is free. */
    public boolean tryAcquire() {
        checkNotHeld();
        if (!threads.tryLock()) {
            return false;
        }
        boolean locked = false;
        try {
            locked = locks.tryLock(byteOffset);
            return locked;
        } finally {
            if (!locked) {
                threads.unlock();
            }
        }
    }

    /** Acquires the lock, getting the byte by {@code lockByte}, which is given the milliseconds that are left. */
    void acquire(long timeoutMs, LongPredicate lockByte) {
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("timeoutMs=" + timeoutMs);
        }
        checkNotHeld();
        long startNs = System.nanoTime();
        if (!lockThreads(timeoutMs)) {
            throw OfdLocks.busy(name, timeoutMs, "another thread of this process");
        }
        boolean locked = false;
        try {
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            locked = lockByte.test(Math.max(0, timeoutMs - tookMs));
            if (!locked) {
                throw OfdLocks.busy(name, timeoutMs, holder.get());
            }
        } finally {
            if (!locked) {
                threads.unlock();
            }
        }
    }

    private boolean lockThreads(long timeoutMs) {
        boolean interrupted = false;
        try {
            long startNs = System.nanoTime();
            while (true) {
                try {
                    long leftMs = timeoutMs - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
                    return threads.tryLock() || threads.tryLock(leftMs, TimeUnit.MILLISECONDS);
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

    /** Releases the lock. */
    public void release() {
        checkHeld();
        try {
            locks.unlock(byteOffset);
        } finally {
            threads.unlock();
        }
    }

    /** Whether this thread has it. */
    public boolean isHeldByCurrentThread() {
        return threads.isHeldByCurrentThread();
    }

    /** Whether anybody has it, here or in another attachment. */
    public boolean isHeld() {
        return threads.isLocked() || locks.isHeldByOther(byteOffset);
    }

    void checkHeld() {
        if (!isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "lock=" + name + " is not held by thread=" + Thread.currentThread().getName());
        }
    }

    private void checkNotHeld() {
        if (isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "lock=" + name + " is held already by thread=" + Thread.currentThread().getName());
        }
    }
}
