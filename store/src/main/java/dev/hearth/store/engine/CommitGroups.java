package dev.hearth.store.engine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Has commits that wait for a disk go in groups, so that one sync of the data and one of the log serve as many of them
 * as there are threads that commit. Any thread of one process; an interrupt does not end the waiting and is kept.
 *
 * <p>
 * Without this, threads that commit over and over spread evenly over the two syncs and the two queues in front of them,
 * and each sync serves a quarter of them. Here a group goes together: who comes while one is under way waits for its
 * end, and starts with everybody else who came. Those who were in the group come again just behind its end, if they
 * come at all; so the next one waits for as many as were in the last and wait already, but not longer than a part of
 * the time that the last group took. A thread that commits alone waits for nobody.
 *
 * <p>
 * Between the syncs, whoever has committed waits for the others of the group to have done so too, within the same
 * limit. Nothing but the number of syncs depends on any of this: what a commit needs durable it still waits for by
 * number ({@link SharedSync}).
 */
final class CommitGroups {
    /** The part of the time of the last group that others are waited for, and the most. */
    private static final int PART = 8;
    private static final long MOST_NS = 500_000;
    private final LongSupplier clockNs;
    private final LongSupplier nextDataSync;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Of the group under way. */
    private int size;
    private int inside;
    private int committed;
    private long dataSync;
    private long startedNs;
    /** Of the next one. */
    private long group;
    private int waiting;
    private int expected = 1;
    private long patienceNs;
    private long opensNs;

    /**
     * Groups of commits.
     *
     * @param clockNs      a clock that only goes forward
     * @param nextDataSync the number of a sync of the data that begins from now on
     */
    CommitGroups(LongSupplier clockNs, LongSupplier nextDataSync) {
        this.clockNs = clockNs;
        this.nextDataSync = nextDataSync;
        this.opensNs = clockNs.getAsLong();
    }

    /**
     * Waits for the next group, of which the caller then is one until it {@link #leave leaves}; returns the number of
     * the sync that makes durable whatever its members have written before.
     */
    long enter() {
        lock.lock();
        try {
            long own = group;
            waiting++;
            boolean interrupted = false;
            while (own == group) {
                long leftNs = inside > 0 ? Long.MAX_VALUE : opensNs - clockNs.getAsLong();
                if (inside == 0 && (waiting >= expected || leftNs <= 0)) {
                    start();
                } else {
                    interrupted |= pause(leftNs);
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return dataSync;
        } finally {
            lock.unlock();
        }
    }

    private void start() {
        size = waiting;
        inside = waiting;
        committed = 0;
        waiting = 0;
        dataSync = nextDataSync.getAsLong();
        startedNs = clockNs.getAsLong();
        group++;
        changed.signalAll();
    }

    /** Says that the caller's commit is in the log, and waits, within limits, until those of the group are. */
    void awaitOthers() {
        lock.lock();
        try {
            countCommitted();
            long own = group;
            long deadlineNs = clockNs.getAsLong() + patienceNs;
            boolean interrupted = false;
            for (long leftNs = patienceNs; own == group && committed < size
                    && leftNs > 0; leftNs = deadlineNs - clockNs.getAsLong()) {
                interrupted |= pause(leftNs);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the caller's part in the group.
     *
     * @param hasCommitted whether it came to {@link #awaitOthers}: nobody waits for what failed before
     */
    void leave(boolean hasCommitted) {
        lock.lock();
        try {
            if (!hasCommitted) {
                countCommitted();
            }
            inside--;
            if (inside == 0) {
                long nowNs = clockNs.getAsLong();
                expected = size + waiting;
                patienceNs = Math.min(MOST_NS, (nowNs - startedNs) / PART);
                opensNs = nowNs + patienceNs;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void countCommitted() {
        committed++;
        if (committed == size) {
            changed.signalAll();
        }
    }

    /** How many wait for the next group. */
    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it was interrupted. */
    @SuppressWarnings("WaitNotInLoop") // the callers loop
    private boolean pause(long limitNs) {
        try {
            if (limitNs == Long.MAX_VALUE) {
                changed.await();
            } else {
                long _ = changed.awaitNanos(limitNs);
            }
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
