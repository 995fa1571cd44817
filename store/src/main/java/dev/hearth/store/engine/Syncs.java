package dev.hearth.store.engine;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import dev.hearth.store.segment.DataFile;
import java.util.function.LongSupplier;

/**
 * Makes data and log durable, and tells all processes of the host how far they are. Any thread, never under the writer
 * lock.
 *
 * <p>
 * <b>The order.</b> A record that says where bytes lie must not outlive them. Under {@code COMMIT} the data file is
 * therefore synced before the record is appended, and the log before the call returns; under {@code INTERVAL} a sync
 * mark says, behind the sync of the data, up to which version bytes are known to be there. A segment is used again only
 * when the log of its release is durable, and with it what was copied out of it.
 *
 * <p>
 * <b>Seen before it is durable.</b> A commit is visible when it is applied, which is before the sync of the log ends.
 * Otherwise a process that is stopped in front of its sync would hold back everybody behind it, and whoever finishes
 * the commit of a dead process would have to sync under the lock. What is durable is always a prefix of the order of
 * versions: whoever has read something, and then has a commit of his own acknowledged, knows that what he read is
 * durable too. Who acts on what he read outside of the store, and cannot afford that it is gone after a power cut, asks
 * for a sync first.
 *
 * <p>
 * <b>How far.</b> The log is durable up to a version, which a word of the mark holds. Syncs of the data file are
 * numbered when they begin: what was written before number n + 1 was given out is durable when that sync is done, or
 * any later one. So whoever comes may find that another process has already done it for him.
 *
 * <p>
 * <b>A sync that fails</b> may have lost any page that was dirty: the kernel counts it as clean afterwards, and the
 * next sync succeeds. So it ends all writing, in every process, by a word of the mark: reads go on, and each later
 * write is {@code Closed}. The first who opens the store when everybody has left writes what was at risk again.
 */
final class Syncs {
    private final MarkWords words;
    private final LogWriter log;
    private final Durability durability;
    private final Events events;
    private final LongSupplier clockMs;
    private final SharedSync dataSync;
    private final SharedSync logSync;

    Syncs(Store store, LogWriter log, Events events, LongSupplier clockMs) {
        this.words = store.mark().words();
        this.log = log;
        this.durability = durabilityOf(store);
        this.events = events;
        this.clockMs = clockMs;
        dataSync = new SharedSync(new DataWork(store.data()));
        logSync = new SharedSync(new LogWork());
    }

    /** What the store was created with; one of a number that nobody knows promises the least. */
    static Durability durabilityOf(Store store) {
        int id = store.mark().geometry().durabilityId();
        return id == Durability.INTERVAL.id() || id == Durability.COMMIT.id()
                ? Durability.byId(id)
                : Durability.PROCESS;
    }

    Durability durability() {
        return durability;
    }

    /** Makes everything durable that was written to the data file before this call. */
    void data() {
        data(nextData());
    }

    /** The number of a sync of the data that begins from now on. */
    long nextData() {
        return words.get(MarkWord.DATA_SYNCS_BEGUN) + 1;
    }

    /** Makes everything durable that was written to the data file before this number was {@link #nextData}. */
    void data(long number) {
        guarded(dataSync, number);
    }

    /** Makes the log durable up to a version that is visible. */
    void log(long version) {
        guarded(logSync, version);
    }

    /** Makes durable what is visible now; returns the version. */
    long all() {
        long version = words.get(MarkWord.LAST_APPLIED);
        // Under COMMIT the data of everything that is visible was synced before.
        if (durability != Durability.COMMIT) {
            data();
        }
        log(version);
        return version;
    }

    /** Whether a sync failed, here or in another process. */
    boolean failed() {
        return words.get(MarkWord.SYNC_FAILED) != 0;
    }

    /**
     * Says no to whoever wants to write after a sync that failed.
     *
     * @throws HearthException.Closed if there was one
     */
    void requireSound() {
        if (failed()) {
            throw new HearthException.Closed("no more writing: a sync failed, and what it should have made durable may"
                    + " be lost; to write again, close the store in every process and open it: failedAtMs="
                    + words.get(MarkWord.SYNC_FAILED));
        }
    }

    private void guarded(SharedSync sync, long number) {
        try {
            sync.await(number);
        } catch (HearthException.Io | HearthException.Full e) {
            boolean failedSync = !sync.equals(logSync) || log.syncFailed();
            if (failedSync) {
                words.set(MarkWord.SYNC_FAILED, Math.max(1, clockMs.getAsLong()));
                events.report(e);
            }
            throw e;
        }
    }

    /** A sync that succeeds while another one fails says nothing: each open file hears of a loss once. */
    private void sound(Runnable sync) {
        requireSound();
        sync.run();
        requireSound();
    }

    private final class DataWork implements SharedSync.Work {
        private final DataFile data;

        DataWork(DataFile data) {
            this.data = data;
        }

        @Override
        public long done() {
            return words.get(MarkWord.DATA_SYNCS_DONE);
        }

        @Override
        public long begin() {
            return words.increment(MarkWord.DATA_SYNCS_BEGUN);
        }

        @Override
        public void sync() {
            sound(data::sync);
        }

        @Override
        public void finish(long number) {
            words.raise(MarkWord.DATA_SYNCS_DONE, number);
        }
    }

    private final class LogWork implements SharedSync.Work {
        @Override
        public long done() {
            return words.get(MarkWord.LOG_SYNCED);
        }

        @Override
        public long begin() {
            return words.get(MarkWord.LAST_APPLIED);
        }

        @Override
        public void sync() {
            // The word may still name the file before the one that the newest version is in.
            long startNs = System.nanoTime();
            sound(() -> log.syncFrom((int) words.get(MarkWord.LOG_FILE)));
            events.addTimed(Counter.LOG_SYNCS, Counter.LOG_SYNC_MICROS, startNs);
        }

        @Override
        public void finish(long number) {
            words.raise(MarkWord.LOG_SYNCED, number);
            if (durability == Durability.COMMIT) {
                words.raise(MarkWord.LAST_SYNCED, number);
            }
        }
    }
}
