package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.WriterLock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * The background work of one attachment, on a thread of its own: redoing what a dead process left unfinished, a sign of
 * life, a spare log file, checkpoints, and the persistent index.
 *
 * <p>
 * The first two are everybody's. The rest is done by whoever has the background lock, which the kernel frees when its
 * holder dies. A holder that was stopped keeps it; so it counts in the mark what it gets done, and if that word stands
 * still for a second, somebody else does the work too, under a second lock. What a holder that goes on again then
 * finishes must do no harm beside that: each piece of work looks again, under the writer lock or by a name of its own,
 * whether it is still to be done. A process that is attached only briefly does none of it.
 */
final class Background implements Agent, AutoCloseable {
    private static final long PERIOD_NS = 50_000_000;
    private static final long SETTLING_MS = 300;
    /** What the index is made with takes as long to load as everything else; it can be made by who stays. */
    private static final long INDEX_SETTLING_MS = 2_000;
    private static final long HEARTBEAT_MS = 1_000;
    private static final long STALLED_MS = 1_000;
    /** Building an index that cannot be is much work for nothing. */
    private static final long LONGEST_INDEX_WAIT_MS = 3_600_000;
    private final Parts parts;
    private final ByteLock lock;
    private final ByteLock relief;
    private final LongSupplier clockMs;
    private final Checkpoints checkpoints;
    private final IndexFollower index;
    private final long startedAtMs;
    private final Backoff own = new Backoff();
    private final Backoff sweeping = new Backoff();
    private final Backoff dropping = new Backoff();
    private final Backoff spare = new Backoff();
    private final Backoff checkpointing = new Backoff();
    private final Backoff indexing = new Backoff(LONGEST_INDEX_WAIT_MS);
    private final Backoff gathering = new Backoff();
    private final Backoff paging = new Backoff();
    private long heartbeatAtMs;
    private long seenProgress;
    private long seenAtMs;
    private volatile boolean closing;

    /**
     * What the work is done with.
     *
     * @param store     the open files
     * @param settings  what the log is read with
     * @param slots     the table of attachments
     * @param slot      the own one
     * @param writer    the writer lock
     * @param committer through which it is taken
     * @param log       the log
     * @param events    hears of what goes wrong
     * @param sweeper   makes room
     * @param damage    what readers found
     * @param syncs     makes data durable
     * @param huge      moves what is read into huge pages
     */
    record Parts(Store store, LogSettings settings, ProcessSlots slots, ProcessSlot slot, WriterLock writer,
            Committer committer, LogWriter log, EventCounters events, Sweeper sweeper, Damage damage, Syncs syncs,
            HugePaging huge) {}

    private Background(Parts parts, Locks locks, LongSupplier clockMs) {
        this.parts = parts;
        this.lock = locks.work;
        this.relief = locks.relief;
        this.clockMs = clockMs;
        this.checkpoints = new Checkpoints(parts);
        this.index = new IndexFollower(parts, locks.index, () -> {
            progress();
            return closing;
        });
        this.startedAtMs = clockMs.getAsLong();
    }

    /**
     * Who does the work.
     *
     * @param work   of which there is one
     * @param relief of which there is one if the other does not get on
     * @param index  of who changes the persistent index
     */
    record Locks(ByteLock work, ByteLock relief, ByteLock index) {}

    /** Starts the thread; closing what is returned ends it. */
    static AutoCloseable start(Parts parts, Locks locks, LongSupplier clockMs) {
        Background background = new Background(parts, locks, clockMs);
        Parking parking = new Parking();
        AgentRunner runner = new AgentRunner(parking, parts.events()::report, null, background);
        AgentRunner.startOnThread(runner, task -> {
            Thread thread = new Worker(task);
            thread.setDaemon(true);
            return thread;
        });
        return () -> {
            background.closing = true;
            Thread thread = runner.thread();
            if (thread != null) {
                LockSupport.unpark(thread);
            }
            runner.close();
        };
    }

    /** The thread of some attachment's background work. */
    private static final class Worker extends Thread {
        Worker(Runnable task) {
            super(task, "hearth-background");
        }
    }

    /** Whether this is the thread of some attachment's background work. */
    static boolean isCurrentThread() {
        return Thread.currentThread() instanceof Worker;
    }

    /** Waits between two rounds, and can be woken. */
    private static final class Parking implements IdleStrategy {
        @Override
        public void idle(int workCount) {
            if (workCount <= 0) {
                idle();
            }
        }

        @Override
        public void idle() {
            LockSupport.parkNanos(this, PERIOD_NS);
        }

        @Override
        public void reset() {}
    }

    @Override
    public String roleName() {
        return "hearth-background";
    }

    /** Never throws: a thread that ended, or that tried a failing thing over and over, would help nobody. */
    @Override
    public int doWork() {
        if (closing) {
            return 0;
        }
        long nowMs = clockMs.getAsLong();
        attempt(own, nowMs, () -> {
            if (Math.abs(nowMs - heartbeatAtMs) >= HEARTBEAT_MS) {
                parts.slot().heartbeat(nowMs);
                heartbeatAtMs = nowMs;
            }
            if (parts.writer().needsRedo()) {
                redo();
            }
            return 0;
        });
        int swept = attempt(sweeping, nowMs, parts.sweeper()::work)
                + attempt(dropping, nowMs, () -> parts.damage().dropNoted(parts.committer()));
        ByteLock had = Math.abs(nowMs - startedAtMs) < SETTLING_MS ? null : tryLock(nowMs);
        if (had == null) {
            return swept;
        }
        try {
            progress();
            int done = swept + attempt(spare, nowMs, this::prepareSpare)
                    + attempt(checkpointing, nowMs, checkpoints::work) + attempt(indexing, nowMs, () -> index(nowMs))
                    + attempt(gathering, nowMs, parts.sweeper()::gather);
            return done + attempt(paging, nowMs, () -> parts.huge().work(nowMs, done == 0));
        } finally {
            had.release();
        }
    }

    /** The lock under which to work now; null if somebody else does. */
    private @Nullable ByteLock tryLock(long nowMs) {
        try {
            if (lock.tryAcquire()) {
                return lock;
            }
            return isStalled(nowMs) && relief.tryAcquire() ? relief : null;
        } catch (RuntimeException e) {
            parts.events().report(e);
            return null;
        }
    }

    private boolean isStalled(long nowMs) {
        long progress = parts.store().mark().words().get(MarkWord.BACKGROUND);
        if (progress != seenProgress || seenAtMs == 0) {
            seenProgress = progress;
            seenAtMs = nowMs;
        }
        return Math.abs(nowMs - seenAtMs) >= STALLED_MS;
    }

    /** Who works in place of the holder does not count: it is the holder who has to get on. */
    private void progress() {
        if (!lock.isHeldByCurrentThread()) {
            return;
        }
        MarkWords words = parts.store().mark().words();
        words.set(MarkWord.BACKGROUND, words.get(MarkWord.BACKGROUND) + 1);
    }

    /** When a piece of work that failed may be tried again: later each time. */
    private static final class Backoff {
        private static final long FIRST_MS = 500;
        private static final long LONGEST_MS = 60_000;
        private final long longestMs;
        long waitMs;
        long failedAtMs;

        Backoff() {
            this(LONGEST_MS);
        }

        Backoff(long longestMs) {
            this.longestMs = longestMs;
        }
    }

    private int attempt(Backoff backoff, long nowMs, IntSupplier work) {
        if (closing || (backoff.waitMs > 0 && Math.abs(nowMs - backoff.failedAtMs) < backoff.waitMs)) {
            return 0;
        }
        try {
            int done = work.getAsInt();
            backoff.waitMs = 0;
            return done;
        } catch (RuntimeException | Error e) {
            backoff.failedAtMs = nowMs;
            backoff.waitMs = Math.clamp(2 * backoff.waitMs, Backoff.FIRST_MS, backoff.longestMs);
            parts.events().report(e);
            return 0;
        }
    }

    private void redo() {
        try {
            parts.committer().underLock(() -> {
            });
        } catch (HearthException.Busy e) {
            // Somebody else is at it.
        }
    }

    private int index(long nowMs) {
        return Math.abs(nowMs - startedAtMs) < INDEX_SETTLING_MS ? 0 : index.work();
    }

    private int prepareSpare() {
        return !parts.log().spareReady() && parts.log().prepareSpare() ? 1 : 0;
    }

    @Override
    public void onClose() {
        index.close();
    }

    @Override
    public void close() {
        closing = true;
    }
}
