package dev.hearth.store.engine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets all who wait for the same sync share one. Any thread; an interrupt does not end the waiting and is kept.
 *
 * <p>
 * What has to be durable has a number, and a sync goes up to some number that is known when it begins. Who comes while
 * one is under way cannot know whether his bytes are in it, and waits for the next, together with everybody else who
 * comes meanwhile: one of them does it for all. Who finds that the number was reached, by whatever process, goes on at
 * once; nobody ever waits for another process, which may be stopped.
 */
final class SharedSync {
    private final Work work;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean running;

    /** What is done, and where it is remembered how far it was done. */
    interface Work {
        /** Up to which number (unsigned) everything is durable, whoever saw to it. */
        long done();

        /** Up to which number everything will be durable after a sync that begins now. */
        long begin();

        /** The sync. */
        void sync();

        /** Remembers that everything up to this number is durable. */
        void finish(long number);
    }

    SharedSync(Work work) {
        this.work = work;
    }

    /**
     * Returns when everything up to {@code number} is durable, which a sync that begins now would see to.
     *
     * @throws dev.hearth.store.HearthException if the sync failed; who waited with this one tries again, and hears it
     * too
     */
    void await(long number) {
        while (!isDone(number)) {
            if (lead(number)) {
                run();
            }
        }
    }

    private boolean isDone(long number) {
        return Long.compareUnsigned(work.done(), number) >= 0;
    }

    /** Waits while somebody else is at it; whether the caller is to do the next one. */
    private boolean lead(long number) {
        lock.lock();
        try {
            while (true) {
                if (isDone(number)) {
                    return false;
                }
                if (!running) {
                    running = true;
                    return true;
                }
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            long number = work.begin();
            work.sync();
            work.finish(number);
        } finally {
            lock.lock();
            try {
                running = false;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
