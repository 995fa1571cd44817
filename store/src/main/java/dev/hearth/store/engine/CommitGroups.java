package dev.hearth.store.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has commits that wait for a disk go in groups, each led by one of its threads, so that one sync of the data and one
 * of the log serve as many of them as there are threads that commit. Any thread of one process; an interrupt does not
 * end the waiting and is kept.
 *
 * <p>
 * Without this, threads that commit over and over spread evenly over the two syncs and the two queues in front of them,
 * and each sync serves a quarter of them. Here a group goes together: who comes while one is under way waits for its
 * end, and starts with everybody else who came. Those who were in the group come again just behind its end, if they
 * come at all; so the next one waits for as many as were in the last and wait already, but not longer than a part of
 * the time that the last group took. A thread that commits alone waits for nobody.
 *
 * <p>
 * <b>Who leads</b> syncs, commits what all members have, syncs the log, and ends the group; all others sleep meanwhile
 * and are woken once. To have each of them wake up for each step costs more than the syncs where there are fewer
 * processors than threads.
 *
 * <p>
 * Nothing but the number of syncs, and who does them, depends on any of this. What a commit needs durable it still
 * waits for by number ({@link SharedSync}), behind the end of its group: if who led could do his part there is nothing
 * left to wait for, and if not, for whatever reason, each member does his own.
 */
final class CommitGroups {
    /** The part of the time of the last group that others are waited for, and the most. */
    private static final int PART = 2;
    private static final long MOST_NS = 500_000;
    private final LongSupplier clockNs;
    private final LongSupplier nextDataSync;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean underWay;
    private long startedNs;
    /** Of the next group. */
    private List<Member> waiting = new ArrayList<>();
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

    /** Transactions that go together. */
    static final class Group {
        private final long dataSync;
        private final List<Member> members;
        private volatile boolean over;

        private Group(long dataSync, List<Member> members) {
            this.dataSync = dataSync;
            this.members = members;
        }

        /** The number of the sync that makes durable whatever the members have written before. */
        long dataSync() {
            return dataSync;
        }

        /** Whether the thread of this one leads. */
        boolean isLedBy(Transaction transaction) {
            return members.getFirst().transaction == transaction;
        }

        /** What is to be committed; first comes that of who leads. */
        List<Transaction> transactions() {
            return members.stream().map(member -> member.transaction).toList();
        }
    }

    /** One who waits. */
    private static final class Member {
        final Transaction transaction;
        final Thread thread = Thread.currentThread();
        volatile @Nullable Group group;

        Member(Transaction transaction) {
            this.transaction = transaction;
        }
    }

    /**
     * Returns the group in which a transaction of the calling thread goes, whose bytes are written: at once if the
     * thread has to lead it, and then to {@link #end} it, whatever happens; else behind its end.
     */
    Group join(Transaction transaction) {
        Member own = new Member(transaction);
        boolean interrupted = false;
        try {
            while (true) {
                Group group = own.group;
                long pauseNs = Long.MAX_VALUE;
                if (group == null) {
                    lock.lock();
                    try {
                        pauseNs = enter(own);
                        group = own.group;
                    } finally {
                        lock.unlock();
                    }
                    if (group != null && group.isLedBy(transaction)) {
                        return group;
                    }
                }
                if (group != null && group.over) {
                    return group;
                }
                interrupted |= Thread.interrupted();
                LockSupport.parkNanos(this, pauseNs);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes part in the next group, and starts it if it is due; returns how long to wait if it is not. */
    private long enter(Member own) {
        if (own.group != null) {
            return Long.MAX_VALUE;
        }
        if (!waiting.contains(own)) {
            waiting.add(own);
        }
        // At the end of the one under way somebody is woken.
        long leftNs = underWay ? Long.MAX_VALUE : opensNs - clockNs.getAsLong();
        if (underWay || (waiting.size() < expected && leftNs > 0)) {
            return leftNs;
        }
        waiting.remove(own);
        waiting.addFirst(own);
        // All have written their bytes by now.
        Group group = new Group(nextDataSync.getAsLong(), waiting);
        waiting.forEach(member -> member.group = group);
        waiting = new ArrayList<>();
        underWay = true;
        startedNs = clockNs.getAsLong();
        return 0;
    }

    /** Ends a group; by the thread that leads it. */
    void end(Group group) {
        Member first;
        lock.lock();
        try {
            long nowNs = clockNs.getAsLong();
            underWay = false;
            expected = group.members.size() + waiting.size();
            patienceNs = Math.min(MOST_NS, (nowNs - startedNs) / PART);
            opensNs = nowNs + patienceNs;
            first = waiting.isEmpty() ? null : waiting.getFirst();
        } finally {
            lock.unlock();
        }
        group.over = true;
        for (Member member : group.members) {
            LockSupport.unpark(member.thread);
        }
        if (first != null) {
            // Of those who wait one looks whether those who are expected come in time.
            LockSupport.unpark(first.thread);
        }
    }

    /** How many wait for the next group. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
