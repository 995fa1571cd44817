package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.index.IndexSettings;
import dev.hearth.store.index.IndexUnusable;
import dev.hearth.store.index.PersistentIndex;
import dev.hearth.store.index.PersistentIndexes;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
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
 * A published index is entered only under the writer lock, some operations at a time, so that commits go on in between.
 * One that turns out to be of no more use (a process died in it, its file was cut, it is full) is abandoned: the mark
 * forgets its generation, and the next one is built from checkpoint and log beside everything else, under no lock,
 * because nobody knows it yet. Readers and writers of entries never touch an index.
 *
 * <p>
 * Somebody else may have gone on meanwhile, so each hold of the lock begins with a look whether the index is what and
 * where it was: it may be at a version or beyond, but never goes back.
 */
final class IndexFollower implements AutoCloseable {
    private static final int OPERATIONS_PER_HOLD = 64;
    private static final int OPERATIONS_PER_ROUND = 8_192;
    private final Background.Parts parts;
    private final MarkWords words;
    private final StoreDirectory files;
    private final BooleanSupplier closing;
    private @Nullable PersistentIndex index;
    private @Nullable LogFollower follower;
    private long followed;

    IndexFollower(Background.Parts parts, BooleanSupplier closing) {
        this.parts = parts;
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
        int done = 0;
        while (done < OPERATIONS_PER_ROUND && !closing.getAsBoolean()) {
            LogTransaction next = log.next(applied);
            if (next == null) {
                if (log.behind()) {
                    abandon();
                }
                break;
            }
            if (!apply(current, next)) {
                closeFollower();
                break;
            }
            followed = next.version();
            done += next.operations().size();
        }
        return done;
    }

    /** Whether the index is now at the version of the transaction; false if somebody else went on with it. */
    private boolean apply(PersistentIndex current, LogTransaction transaction) {
        List<LogOperation> operations = transaction.operations();
        AtomicBoolean own = new AtomicBoolean(true);
        for (int from = 0; from < operations.size() && own.get(); from += OPERATIONS_PER_HOLD) {
            int to = Math.min(operations.size(), from + OPERATIONS_PER_HOLD);
            List<LogOperation> chunk = operations.subList(from, to);
            parts.committer().underLock(() -> {
                if (words.get(MarkWord.INDEX_GENERATION) != current.generation()
                        || words.get(MarkWord.LAST_INDEXED) != followed) {
                    own.set(false);
                    return;
                }
                chunk.forEach(operation -> apply(current, operation, transaction.version()));
                if (to == operations.size()) {
                    current.indexed(transaction.version());
                    words.set(MarkWord.LAST_INDEXED, transaction.version());
                }
            });
        }
        return own.get();
    }

    private static void apply(PersistentIndex index, LogOperation operation, long version) {
        switch (operation) {
            case LogOperation.Put put -> index.put(put.entry());
            case LogOperation.Relocate relocate -> index.put(relocate.entry());
            case LogOperation.Remove remove -> index.remove(remove.digestHi(), remove.digestLo(), version);
            case LogOperation.Evict evict -> index.remove(evict.digestHi(), evict.digestLo(), version);
            case LogOperation.DefineNamespace ignored -> {
            }
            case LogOperation.EndNamespace ignored -> {
            }
            case LogOperation.ReleaseSegment ignored -> {
            }
            case LogOperation.SyncMark ignored -> {
            }
        }
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

    private void load(PersistentIndex next, long through, int[] count) {
        LogTail from = LogTail.ORIGIN;
        try (Checkpoint checkpoint = Checkpoint.latest(parts.store().logFiles(), parts.settings(),
                parts.events()::report)) {
            if (checkpoint != null) {
                from = checkpoint.position();
                checkpoint.forEach(entry -> {
                    if (!closing.getAsBoolean()) {
                        next.put(entry);
                        count[0]++;
                    }
                });
            }
        }
        LogReader.scan(parts.store().logFiles(), parts.settings(), from, through, transaction -> {
            if (!closing.getAsBoolean()) {
                transaction.operations().forEach(operation -> apply(next, operation, transaction.version()));
                count[0] += transaction.operations().size();
            }
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
