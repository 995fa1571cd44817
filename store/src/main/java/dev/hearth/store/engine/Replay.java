package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreFiles;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.log.LoggedNamespace;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableFiller;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Fills an empty lookup table from the newest checkpoint and the log behind it. One thread, one use.
 */
final class Replay {
    private final StoreFiles files;
    private final LogSettings settings;
    private final LookupTable table;
    private final Applier.AppliedVersion applied;
    private final Consumer<HearthException.Corrupt> damage;
    private final Observer observer;
    private LongConsumer announcement = entries -> {
    };

    /** Hears of what is replayed. */
    interface Observer {
        /** Hears nothing. */
        Observer NONE = new Observer() {};

        /** The entry of the checkpoint whose descriptor lies there, encoded, until this returns. */
        default void checkpointed(MemorySegment memory, long offset) {}

        /** An operation of the log that was applied. */
        default void applied(LogOperation operation) {}
    }

    /**
     * A replay into {@code table}.
     *
     * @param applied  where the newest replayed version is kept
     * @param damage   hears of damaged checkpoints that were passed over
     * @param observer hears of every entry of the checkpoint, and every operation of the log that is applied
     */
    Replay(StoreFiles files, LogSettings settings, LookupTable table, Applier.AppliedVersion applied,
            Consumer<HearthException.Corrupt> damage, Observer observer) {
        this.files = files;
        this.settings = settings;
        this.table = table;
        this.applied = applied;
        this.damage = damage;
        this.observer = observer;
    }

    /** Tells {@code listener} how many entries a checkpoint has before the first of them goes into the table. */
    Replay announcing(LongConsumer listener) {
        announcement = listener;
        return this;
    }

    /**
     * Where a replay came to.
     *
     * @param tail          behind the last transaction that was applied
     * @param scan          what the log is like behind the checkpoint
     * @param rejected      the transaction that did not pass; null if all did
     * @param transactions  how many were applied
     */
    record Outcome(LogTail tail, LogScan scan, @Nullable LogTransaction rejected, long transactions) {}

    /** Decides which transactions behind a checkpoint are taken. */
    interface Acceptance {
        /** Takes all. */
        Acceptance ALL = position -> transaction -> true;

        Predicate<LogTransaction> behind(LogTail position);
    }

    /** The position of the newest whole checkpoint, or the start of the log. */
    private LogTail loadCheckpoint() {
        try (Checkpoint checkpoint = Checkpoint.latest(files, settings, damage)) {
            if (checkpoint == null) {
                requireWholeLog();
                return LogTail.ORIGIN;
            }
            applied.set(checkpoint.version());
            for (LoggedNamespace namespace : checkpoint.namespaces()) {
                restore(namespace);
            }
            announcement.accept(checkpoint.entryCount());
            TableFiller filler = table.filler();
            checkpoint.forEachEncoded((memory, offset) -> {
                filler.accept(memory, offset);
                observer.checkpointed(memory, offset);
            });
            filler.finish();
            return checkpoint.position();
        }
    }

    /** Log files are deleted only when checkpoints have what is in them; without a checkpoint all have to be there. */
    private void requireWholeLog() {
        List<Integer> numbers = LogFiles.numbers(files);
        if (!numbers.isEmpty() && numbers.getFirst() > 1) {
            throw new HearthException.Corrupt("checkpoint", files.directory(), -1,
                    "a whole one, because the log starts at file " + numbers.getFirst(), "none");
        }
    }

    private void restore(LoggedNamespace namespace) {
        // The end goes first: it concerns an earlier namespace of that number.
        if (namespace.endedVersion() != 0) {
            table.namespaces().end(namespace.number(), namespace.endedVersion());
        }
        if (namespace.isLive()) {
            table.namespaces().define(namespace.number(), namespace.name(), namespace.revision(),
                    namespace.fingerprint(), namespace.definedVersion());
        }
    }

    /**
     * Replays transactions up to {@code throughVersion} (unsigned) that are accepted, and stops at the first one that
     * is not.
     */
    Outcome run(long throughVersion, Acceptance acceptance) {
        LogTail from = loadCheckpoint();
        Predicate<LogTransaction> accept = acceptance.behind(from);
        Applier applier = new Applier(table, applied, entry -> {
        }, (segment, generation) -> {
        });
        Visitor visitor = new Visitor(files, applier, accept, observer, from);
        LogScan scan = LogReader.scan(files, settings, from, throughVersion, visitor);
        if (visitor.ended) {
            // What lay in namespaces that ended has its slots still.
            table.recount();
        }
        return new Outcome(visitor.tail, scan, visitor.rejected, visitor.count);
    }

    /** Applies a transaction that was read; one that speaks of what no store of this geometry has is corrupt. */
    static void apply(StoreFiles files, Applier applier, LogTransaction transaction) {
        try {
            applier.apply(transaction.version(), transaction.operations());
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new HearthException.Corrupt("log record", LogFiles.path(files, transaction.after().file()),
                    transaction.before().offsetBytes(), "numbers within the geometry", String.valueOf(e));
        }
    }

    private static final class Visitor implements Consumer<LogTransaction> {
        private final StoreFiles files;
        private final Applier applier;
        private final Predicate<LogTransaction> accept;
        private final Observer observer;
        private LogTail tail;
        private @Nullable LogTransaction rejected;
        private long count;
        private boolean ended;

        Visitor(StoreFiles files, Applier applier, Predicate<LogTransaction> accept, Observer observer,
                LogTail from) {
            this.files = files;
            this.applier = applier;
            this.accept = accept;
            this.observer = observer;
            this.tail = from;
        }

        @Override
        public void accept(LogTransaction transaction) {
            if (rejected != null) {
                return;
            }
            if (!accept.test(transaction)) {
                rejected = transaction;
                return;
            }
            Replay.apply(files, applier, transaction);
            for (LogOperation operation : transaction.operations()) {
                ended |= operation instanceof LogOperation.EndNamespace;
                observer.applied(operation);
            }
            tail = transaction.after();
            count++;
        }
    }
}
