package dev.hearth.store.engine;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.segment.DataFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Commits transactions, one after the other, each under a version of its own. Any thread may call.
 *
 * <p>
 * Callers of one process are combined: each leaves its transaction in a queue and asks for the writer lock; whoever
 * gets it commits what is in the queue, so that the lock of the host is taken once for many. A hold is bounded, so that
 * the writers of other processes get their turn.
 *
 * <p>
 * What goes wrong before the commit record is written fails the transaction and nothing else. What goes wrong behind it
 * leaves the in-lock word set: the next holder, in whatever process, does the rest of the commit again from the log.
 */
final class Committer {
    private static final int TRANSACTIONS_PER_HOLD = 128;
    private static final int QUICK_TRIES = 100;
    private static final long LONGEST_PAUSE_NS = 1_000_000;
    private final HostLock lock;
    private final LogWriter log;
    private final Planner planner;
    private final Applier applier;
    private final CommitState state;
    private final LongSupplier clockMs;
    private final Syncs syncs;
    private final CommitGroups groups;
    private final ReentrantLock mutex = new ReentrantLock();
    private final ConcurrentLinkedQueue<Transaction> queue = new ConcurrentLinkedQueue<>();

    /** The writer lock of the host. */
    interface HostLock {
        /**
         * Takes it; true if a holder died in it or gave up, so that its commit has to be done again.
         *
         * @throws HearthException.Busy if it was not had within {@code timeoutMs}
         */
        boolean acquire(long timeoutMs);

        /** How long a caller waits for it at the most. */
        long timeoutMs();

        /** Names whoever has it, which may be another thread of this process. */
        String holder();

        /** Gives it back, everything done. */
        void release();

        /** Gives it back and leaves the word set that makes the next holder do the commit again. */
        void abandon();
    }

    /** What of a commit is shared beside the table. */
    interface CommitState {
        /** Where the log ends. */
        LogTail tail();

        void setTail(LogTail tail);

        /** The version that follows the one at the end of the log. */
        long nextVersion(LogTail tail);

        /** Does what a dead holder left undone; returns where the log ends. */
        LogTail redoUnfinished();
    }

    Committer(HostLock lock, LogWriter log, Planner planner, Applier applier, CommitState state, LongSupplier clockMs,
            Syncs syncs) {
        this.lock = lock;
        this.log = log;
        this.planner = planner;
        this.applier = applier;
        this.state = state;
        this.clockMs = clockMs;
        this.syncs = syncs;
        this.groups = new CommitGroups(System::nanoTime, syncs::nextData);
    }

    /**
     * Commits the intents together and returns the outcome: durable, if the store promises that for a commit.
     *
     * <p>
     * Both syncs are outside of the lock, and shared with everybody who waits for one.
     *
     * @throws HearthException.Busy   if the writer lock was not had within its limit; nothing was committed
     * @throws HearthException.Closed if a sync failed before
     */
    Transaction commit(List<Intent> intents) {
        syncs.requireSound();
        boolean durable = syncs.durability() == Durability.COMMIT;
        if (durable && intents.stream().anyMatch(Committer::isAcknowledged)) {
            return commitInGroup(intents);
        }
        if (durable && intents.stream().anyMatch(Committer::hasBytes)) {
            syncs.data();
        }
        Transaction transaction = new Transaction(intents);
        finish(transaction);
        long _ = transaction.result();
        return transaction;
    }

    private Transaction commitInGroup(List<Intent> intents) {
        Transaction transaction = new Transaction(intents);
        CommitGroups.Group group = groups.join(transaction);
        if (group.isLedBy(transaction)) {
            try {
                lead(group, transaction);
            } finally {
                groups.end(group);
            }
        }
        // All of this is done by now, unless who leads failed.
        if (hasBytes(transaction)) {
            syncs.data(group.dataSync());
        }
        finish(transaction);
        // Also what changed nothing, because of something that it found, waits until that is durable.
        syncs.log(transaction.result());
        return transaction;
    }

    /** Does for all of a group what each of them would have to do; in front of others is what is the caller's own. */
    private void lead(CommitGroups.Group group, Transaction own) {
        List<Transaction> transactions = group.transactions();
        if (transactions.stream().anyMatch(Committer::hasBytes)) {
            syncs.data(group.dataSync());
        }
        transactions.forEach(this::enqueue);
        finish(own);
        long newest = 0;
        for (Transaction transaction : transactions) {
            long version = transaction.versionIfCommitted();
            newest = Long.compareUnsigned(version, newest) > 0 ? version : newest;
        }
        syncs.log(newest);
    }

    private static boolean hasBytes(Transaction transaction) {
        return transaction.intents.stream().anyMatch(Committer::hasBytes);
    }

    private static boolean hasBytes(Intent intent) {
        return intent instanceof Intent.Put || intent instanceof Intent.PutIfAbsent
                || intent instanceof Intent.Relocate;
    }

    /** Whether somebody outside relies on it: what makes room is synced before the room is used. */
    static boolean isAcknowledged(Intent intent) {
        return switch (intent) {
            case Intent.Put ignored -> true;
            case Intent.PutIfAbsent ignored -> true;
            case Intent.Remove ignored -> true;
            case Intent.RemoveGroup ignored -> true;
            case Intent.Define ignored -> true;
            case Intent.DefineAs ignored -> true;
            case Intent.End ignored -> true;
            // All are named, so that one that is new has to be thought of.
            case Intent.Relocate ignored -> false;
            case Intent.Continued ignored -> false;
            case Intent.Release ignored -> false;
            case Intent.DropAll ignored -> false;
            case Intent.Watch ignored -> false;
            case Intent.Evict ignored -> false;
            case Intent.DropDamaged ignored -> false;
            case Intent.Mark ignored -> false;
        };
    }

    /**
     * Says no before anything is written for a commit that would be refused.
     *
     * @throws HearthException.Closed if a sync failed
     */
    void requireSound() {
        syncs.requireSound();
    }

    /** Has what is visible made durable, if the store promises that for every commit. */
    void syncIfPromised() {
        if (syncs.durability() == Durability.COMMIT) {
            long _ = syncs.all();
        }
    }

    /** Has what releases a segment made durable, if the store promises more than {@code PROCESS}; before its reuse. */
    void syncBeforeReuse() {
        if (syncs.durability() != Durability.PROCESS) {
            long _ = syncs.all();
        }
    }

    private void enqueue(Transaction transaction) {
        transaction.queued();
        queue.add(transaction);
    }

    /**
     * Has a transaction committed, by this thread or another one, and puts it in the queue if nobody did.
     *
     * @throws HearthException.Busy if that was not done within the limit of the writer lock, and will not be
     */
    private void finish(Transaction transaction) {
        if (!transaction.isQueued()) {
            enqueue(transaction);
        }
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(lock.timeoutMs());
        while (!awaitTurn(transaction, deadlineNs)) {
            if (queue.remove(transaction)) {
                throw new HearthException.Busy("writer lock not had: timeoutMs=" + lock.timeoutMs()
                        + " holder=" + lock.holder());
            }
            // It is being committed right now.
            deadlineNs = Long.MAX_VALUE;
        }
        if (mutex.isHeldByCurrentThread()) {
            try {
                if (!transaction.isDone()) {
                    commitQueue(transaction, deadlineNs);
                }
            } finally {
                mutex.unlock();
                wakeNext();
            }
        }
    }

    /**
     * Waits until the transaction is done, or it is this thread's turn to commit: then it has the mutex. False after
     * the deadline. A hold is short, so that waiting begins without a pause. An interrupt does not end it and is kept.
     */
    private boolean awaitTurn(Transaction transaction, long deadlineNs) {
        for (int tries = 0; tries < QUICK_TRIES; tries++) {
            if (transaction.isDone() || mutex.tryLock()) {
                return true;
            }
            Thread.onSpinWait();
        }
        transaction.waits();
        boolean interrupted = false;
        try {
            while (!transaction.isDone() && !mutex.tryLock()) {
                if (deadlineNs - System.nanoTime() <= 0) {
                    return false;
                }
                interrupted |= Thread.interrupted();
                // Whoever has the mutex wakes the next; that is only missed if that one was about to give up.
                LockSupport.parkNanos(this, LONGEST_PAUSE_NS);
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void wakeNext() {
        Transaction next = queue.peek();
        if (next != null) {
            next.wake();
        }
    }

    /** Runs something that is no commit under the writer lock, behind the redo if one is due. */
    void underLock(Runnable work) {
        mutex.lock();
        try {
            acquire(lock.timeoutMs());
            try {
                work.run();
            } finally {
                lock.release();
            }
        } finally {
            mutex.unlock();
            wakeNext();
        }
    }

    private void acquire(long timeoutMs) {
        if (!lock.acquire(timeoutMs)) {
            return;
        }
        boolean redone = false;
        try {
            state.setTail(state.redoUnfinished());
            redone = true;
        } finally {
            if (!redone) {
                lock.abandon();
            }
        }
    }

    /** Commits until {@code own} is done, and what else is queued as far as the hold allows. */
    private void commitQueue(Transaction own, long deadlineNs) {
        try {
            // Rounded up: nobody is told Busy before his limit.
            acquire(Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()) + 1));
        } catch (RuntimeException | Error e) {
            queue.remove(own);
            throw e;
        }
        boolean sound = false;
        try {
            log.resume(state.tail());
            for (int count = 0; count < TRANSACTIONS_PER_HOLD || !own.isDone(); count++) {
                Transaction next = queue.poll();
                if (next == null) {
                    break;
                }
                commitOne(next);
            }
            // What a failed write left in the log is cut by the next holder.
            sound = !log.isBroken();
        } catch (RuntimeException | Error e) {
            // Each transaction has its own outcome: one that was not reached is not committed.
            queue.remove(own);
            if (!own.isDone()) {
                own.fail(e instanceof HearthException damage
                        ? damage
                        : new IllegalStateException("not committed: the commit in front of it failed", e));
            }
        } finally {
            if (sound) {
                lock.release();
            } else {
                lock.abandon();
            }
        }
    }

    private void commitOne(Transaction transaction) {
        LogTail tail = state.tail();
        long version = state.nextVersion(tail);
        List<LogOperation> operations;
        LogTail after;
        try {
            operations = planner.plan(transaction.intents, version);
            if (operations.isEmpty()) {
                transaction.succeed(tail.lastVersion(), 0);
                return;
            }
            after = append(version, operations);
        } catch (RuntimeException e) {
            planner.abandon(transaction.intents);
            transaction.fail(e);
            return;
        } catch (Error e) {
            planner.abandon(transaction.intents);
            transaction.fail(new IllegalStateException("not committed", e));
            throw e;
        }
        try {
            applier.apply(version, operations);
            state.setTail(after);
        } catch (RuntimeException | Error e) {
            transaction.fail(notShown(version, e));
            throw e;
        }
        transaction.succeed(version, operations.size());
    }

    private static HearthException notShown(long version, Throwable cause) {
        HearthException failure = new HearthException.Io(Path.of(DataFile.NAME), "showing a commit", 0,
                "it is committed, and visible as soon as somebody writes again: version="
                        + Long.toUnsignedString(version));
        failure.initCause(cause);
        return failure;
    }

    private LogTail append(long version, List<LogOperation> operations) {
        log.begin(version, clockMs.getAsLong());
        try {
            operations.forEach(log::add);
        } catch (RuntimeException e) {
            log.abort();
            throw e;
        }
        return log.commit();
    }
}
