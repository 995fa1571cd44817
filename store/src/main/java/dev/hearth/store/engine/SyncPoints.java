package dev.hearth.store.engine;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;

/**
 * Makes everything durable that is visible, and says so in the log: on request, and every interval if the store is of
 * that durability. Any thread.
 *
 * <p>
 * Data is synced first, then a sync mark is appended, then the log is synced. The mark names the version up to which it
 * speaks, because others commit meanwhile.
 *
 * <p>
 * <b>Nobody's own.</b> Every attachment has a thread that looks whether a sync is due. Who finds that stores the time
 * as the beginning of it; one that is done stores the same time as its end. A beginning without an end counts for a
 * second more than the interval: who began may be dead, or stopped, and the next one does it too. Two at the same time
 * do no harm.
 */
final class SyncPoints {
    private static final long OVERDUE_MS = 1_000;
    private final Syncs syncs;
    private final Committer committer;
    private final MarkWords words;

    SyncPoints(Syncs syncs, Committer committer, MarkWords words) {
        this.syncs = syncs;
        this.committer = committer;
        this.words = words;
    }

    /** Returns when everything that is visible now is durable. */
    void sync() {
        sync(() -> {});
    }

    /** The same; {@code dataSynced} runs between the two syncs. */
    void sync(Runnable dataSynced) {
        long through = words.get(MarkWord.LAST_APPLIED);
        if (syncs.durability() == Durability.COMMIT) {
            syncs.log(through);
        } else if (isDirty()) {
            syncs.requireSound();
            syncs.data();
            dataSynced.run();
            long mark = committer.commit(List.of(new Intent.Mark(through))).result();
            syncs.log(mark);
            // Behind the mark itself nothing is left to do if nothing came in between.
            words.raise(MarkWord.LAST_SYNCED, mark == through + 1 ? mark : through);
        }
    }

    private boolean isDirty() {
        return Long.compareUnsigned(words.get(MarkWord.LAST_APPLIED), words.get(MarkWord.LAST_SYNCED)) > 0;
    }

    /** Does the sync of an interval if it is due and nobody is at it; whether it did. */
    boolean syncIfDue(long intervalMs, long nowMs) {
        if (!isDirty() || syncs.failed()) {
            return false;
        }
        long begun = words.get(MarkWord.INTERVAL_BEGUN);
        boolean done = words.get(MarkWord.INTERVAL_DONE) == begun;
        // A clock that was set back makes it due, too.
        if (Math.abs(nowMs - begun) < (done ? intervalMs : intervalMs + OVERDUE_MS)
                || !words.compareAndSet(MarkWord.INTERVAL_BEGUN, begun, nowMs)) {
            return false;
        }
        sync();
        words.set(MarkWord.INTERVAL_DONE, nowMs);
        return true;
    }

    /** Starts a thread that does it every interval; closing what is returned ends it. */
    AutoCloseable start(long intervalMs, LongSupplier clockMs, Events events) {
        long periodNs = Math.clamp(intervalMs, 1L, 1_000L) * 250_000;
        AgentRunner runner = new AgentRunner(new Parking(periodNs), events::report, null,
                new Role(intervalMs, clockMs, events));
        AgentRunner.startOnThread(runner, task -> {
            Thread thread = new Thread(task, "hearth-sync");
            thread.setDaemon(true);
            return thread;
        });
        return () -> {
            Thread thread = runner.thread();
            if (thread != null) {
                LockSupport.unpark(thread);
            }
            runner.close();
        };
    }

    private final class Role implements Agent {
        private final long intervalMs;
        private final LongSupplier clockMs;
        private final Events events;

        Role(long intervalMs, LongSupplier clockMs, Events events) {
            this.intervalMs = intervalMs;
            this.clockMs = clockMs;
            this.events = events;
        }

        @Override
        public int doWork() {
            try {
                return syncIfDue(intervalMs, clockMs.getAsLong()) ? 1 : 0;
            } catch (HearthException.Busy e) {
                return 0; // Whoever has the lock too long is reported by those who put.
            } catch (RuntimeException | Error e) {
                events.report(e);
                return 0;
            }
        }

        @Override
        public String roleName() {
            return "hearth-sync";
        }
    }

    /** Waits between two looks. */
    private record Parking(long periodNs) implements IdleStrategy {
        @Override
        public void idle(int workCount) {
            idle();
        }

        @Override
        public void idle() {
            LockSupport.parkNanos(this, periodNs);
        }

        @Override
        public void reset() {}
    }
}
