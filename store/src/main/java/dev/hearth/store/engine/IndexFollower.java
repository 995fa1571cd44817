package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexSettings;
import dev.hearth.store.index.IndexUnusable;
import dev.hearth.store.index.PersistentIndex;
import dev.hearth.store.index.PersistentIndexes;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the persistent index up to date with the log. One thread, under the background lock or in place of its holder.
 *
 * <p>
 * A published index is entered only under a lock of its own, so that commits never wait for it; the writer lock is held
 * only to note in the mark how far it is. One that turns out to be of no more use (a process died in it, its file was
 * cut, it is full, somebody stopped inside its lock) is abandoned: the mark forgets its generation, and the next one is
 * built from checkpoint and log beside everything else, under no lock, because nobody knows it yet. Readers and writers
 * of entries never touch an index.
 *
 * <p>
 * Somebody else may have gone on meanwhile, so each hold of the lock begins with a look whether the index is what and
 * where it was: it may be at a version or beyond, but never goes back. Who was stopped inside, and goes on when the
 * index was abandoned, changes a file that nobody uses, and finds under the writer lock that the mark names another.
 */
final class IndexFollower implements AutoCloseable {
    /**
     * Operations of the log that are taken together: of what happened to an entry among these only the last is entered.
     */
    private static final int OPERATIONS_PER_STEP = 32_768;
    /** Operations that are read before it is asked whether to end, and word is given that there is some progress. */
    private static final int OPERATIONS_PER_READ = 1_024;
    /** Changes that are made in one hold of the lock of the index: a few milliseconds. */
    private static final int CHANGES_PER_HOLD = 4_096;
    /** Changed entries that are kept in private memory at most while an index is built: some ten megabytes. */
    private static final int MOST_CHANGES = 65_536;
    /** How long the lock of the index is waited for, and how often, before its holder counts as stuck. */
    private static final long LOCK_MS = 200;
    private static final int MOST_TRIES = 5;
    /** Once it is up to date it is left alone for so long: much at once costs less, and what was replaced nothing. */
    private static final long PAUSE_NS = 1_000_000_000;
    private final Background.Parts parts;
    private final ByteLock lock;
    private final MarkWords words;
    private final StoreDirectory files;
    private final BooleanSupplier closing;
    private @Nullable PersistentIndex index;
    private @Nullable LogFollower follower;
    private long followed;
    private long upToDateNs = System.nanoTime() - PAUSE_NS;
    private long triedAt;
    private int tries;

    IndexFollower(Background.Parts parts, ByteLock lock, BooleanSupplier closing) {
        this.parts = parts;
        this.lock = lock;
        this.words = parts.store().mark().words();
        this.files = parts.store().directory().subdirectory(Store.INDEX, true);
        this.closing = closing;
    }

    /** Does some of what there is to do; returns how much. */
    int work() {
        long applied = words.get(MarkWord.LAST_APPLIED);
        if (words.get(MarkWord.LAST_INDEXED) == applied && words.get(MarkWord.INDEX_GENERATION) != 0) {
            return 0;
        }
        if (System.nanoTime() - upToDateNs < PAUSE_NS) {
            return 0;
        }
        try {
            PersistentIndex current = open();
            return current == null ? build() : follow(current, applied);
        } catch (IndexUnusable e) {
            if (words.get(MarkWord.INDEX_GENERATION) == 0) {
                throw e; // It could not be built: again later.
            }
            parts.events().report(e);
            abandon();
            return 0;
        }
    }

    /** The index that the mark names; null if it names none. */
    private @Nullable PersistentIndex open() {
        long generation = words.get(MarkWord.INDEX_GENERATION);
        PersistentIndex current = index;
        if (current != null && current.generation() == generation) {
            return current;
        }
        closeIndex();
        if (generation == 0) {
            return null;
        }
        PersistentIndex opened = PersistentIndexes.open(files, generation, settings());
        index = opened;
        opened.prepare();
        return opened;
    }

    private IndexSettings settings() {
        return new IndexSettings(parts.store().mark().geometry().uuid(), parts.store().mark().geometry().maxEntries());
    }

    private int follow(PersistentIndex current, long applied) {
        LogFollower log = follower;
        if (log != null && followed != words.get(MarkWord.LAST_INDEXED)) {
            // Another process went on meanwhile.
            closeFollower();
            log = null;
        }
        if (log == null) {
            followed = words.get(MarkWord.LAST_INDEXED);
            log = LogReader.follow(parts.store().logFiles(), parts.settings(), words.get(MarkWord.LAST_INDEXED) + 1);
            follower = log;
        }
        boolean whole = false;
        try {
            int done = step(log, current, applied);
            whole = done >= 0;
            return Math.max(0, done);
        } finally {
            if (!whole) {
                closeFollower(); // It has read on, and what it read has to be read again.
            }
        }
    }

    /** Reads some of the log and enters it; returns how many operations, -1 if they were not entered after all. */
    private int step(LogFollower log, PersistentIndex current, long applied) {
        IndexChanges changes = new IndexChanges();
        long version = followed;
        int operations = 0;
        while (operations < OPERATIONS_PER_STEP && !closing.getAsBoolean()) {
            int enough = operations + OPERATIONS_PER_READ;
            LogTransaction next = null;
            while (operations < enough && (next = log.next(applied)) != null) {
                changes.add(next);
                version = next.version();
                operations += next.operations().size();
            }
            if (next == null) {
                upToDateNs = System.nanoTime();
                break;
            }
        }
        if (version == followed) {
            if (log.behind()) {
                abandon();
            }
            return 0;
        }
        if (!apply(current, changes.list(), version)) {
            return -1;
        }
        followed = version;
        return operations;
    }

    /**
     * Makes changes some at a time, and notes that the index is at {@code version} then; false if it is not, for
     * whatever reason. Who goes on where this one was killed in between makes them again, and finds some made already.
     */
    private boolean apply(PersistentIndex current, List<PersistentIndex.Change> changes, long version) {
        for (int from = 0; changes.size() - from > CHANGES_PER_HOLD; from += CHANGES_PER_HOLD) {
            List<PersistentIndex.Change> some = changes.subList(from, from + CHANGES_PER_HOLD);
            if (closing.getAsBoolean() || !locked(current, () -> {
                current.change(some);
                return true;
            })) {
                return false;
            }
        }
        int rest = changes.isEmpty() ? 0 : (changes.size() - 1) / CHANGES_PER_HOLD * CHANGES_PER_HOLD;
        return !closing.getAsBoolean() && locked(current, () -> {
            current.change(changes.subList(rest, changes.size()));
            current.indexed(version);
            AtomicBoolean own = new AtomicBoolean();
            parts.committer().underLock(() -> {
                if (isCurrent(current)) {
                    words.set(MarkWord.LAST_INDEXED, version);
                    own.set(true);
                }
            });
            return own.get();
        });
    }

    /** What {@code action} says under the lock of the index; false if that was not to be had, or the index is not. */
    private boolean locked(PersistentIndex current, BooleanSupplier action) {
        try {
            lock.acquire(LOCK_MS);
        } catch (HearthException.Busy e) {
            tries = triedAt == followed ? tries + 1 : 1;
            triedAt = followed;
            if (tries == MOST_TRIES) {
                tries = 0;
                abandon();
            }
            return false;
        }
        try {
            return isCurrent(current) && action.getAsBoolean();
        } finally {
            lock.release();
        }
    }

    private boolean isCurrent(PersistentIndex current) {
        return words.get(MarkWord.INDEX_GENERATION) == current.generation()
                && words.get(MarkWord.LAST_INDEXED) == followed;
    }

    /** Builds the next generation from checkpoint and log, and makes it the one in use. */
    private int build() {
        long startNs = System.nanoTime();
        // Behind those that are being built: somebody who was stopped may go on building his.
        long generation = PersistentIndexes.nextGeneration(files);
        long through = words.get(MarkWord.LAST_APPLIED);
        int[] count = {0};
        try (PersistentIndex next = PersistentIndexes.create(files, generation, settings())) {
            load(next, through, count);
            if (closing.getAsBoolean()) {
                return 0;
            }
            next.indexed(through);
            next.publish();
        }
        AtomicBoolean own = new AtomicBoolean();
        parts.committer().underLock(() -> {
            if (words.get(MarkWord.INDEX_GENERATION) == 0) {
                words.set(MarkWord.LAST_INDEXED, through);
                words.set(MarkWord.INDEX_GENERATION, generation);
                own.set(true);
            }
        });
        if (!own.get()) {
            PersistentIndexes.delete(files, generation); // Somebody else was faster.
            return 0;
        }
        parts.events().addTimed(Counter.INDEX_REBUILDS, Counter.INDEX_REBUILD_MICROS, startNs);
        PersistentIndexes.deleteBelow(files, generation);
        closeFollower();
        return count[0] + 1;
    }

    /**
     * Gives a new index what checkpoint and log have. As much of the log as private memory may be spent on is laid over
     * the checkpoint first, so that each entry goes in once, with all others; what is behind that is put into it.
     */
    private void load(PersistentIndex next, long through, int[] count) {
        try (Checkpoint checkpoint = Checkpoint.latest(parts.store().logFiles(), parts.settings(),
                parts.events()::report)) {
            LogTail from = checkpoint == null ? LogTail.ORIGIN : checkpoint.position();
            IndexChanges[] changes = {new IndexChanges()};
            boolean[] filled = {false};
            LogReader.scan(parts.store().logFiles(), parts.settings(), from, through, transaction -> {
                if (closing.getAsBoolean()) {
                    return;
                }
                changes[0].add(transaction);
                count[0] += transaction.operations().size();
                if (changes[0].size() >= MOST_CHANGES) {
                    load(next, checkpoint, changes[0], filled[0]);
                    filled[0] = true;
                    changes[0] = new IndexChanges();
                }
            });
            load(next, checkpoint, changes[0], filled[0]);
            count[0] += checkpoint == null ? 0 : (int) checkpoint.entryCount();
        }
    }

    private void load(PersistentIndex next, @Nullable Checkpoint checkpoint, IndexChanges changes, boolean filled) {
        if (filled) {
            next.change(changes.list());
            return;
        }
        next.fill(sink -> {
            EntryLayout.Sink whileOpen = (memory, offset) -> {
                if (!closing.getAsBoolean()) {
                    sink.accept(memory, offset);
                }
            };
            changes.over(checkpoint == null ? ignored -> {
            } : checkpoint::forEachEncoded, whileOpen);
        });
    }

    private void abandon() {
        PersistentIndex current = index;
        long useless = current == null ? words.get(MarkWord.INDEX_GENERATION) : current.generation();
        parts.committer().underLock(() -> {
            if (words.get(MarkWord.INDEX_GENERATION) == useless) {
                words.set(MarkWord.INDEX_GENERATION, 0);
                words.set(MarkWord.LAST_INDEXED, 0);
            }
        });
        closeIndex();
        closeFollower();
    }

    private void closeIndex() {
        PersistentIndex current = index;
        index = null;
        if (current != null) {
            current.close();
        }
    }

    private void closeFollower() {
        LogFollower current = follower;
        follower = null;
        if (current != null) {
            current.close();
        }
    }

    @Override
    public void close() {
        closeIndex();
        closeFollower();
        files.close();
    }
}
