package dev.hearth.store.engine;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogCutter;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryPlace;
import dev.hearth.store.segment.EntryReader;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes lookup table and mark file anew from checkpoint and log: after a reboot, for a copied store, and whenever one
 * of them is lost. Under the creation lock, with nobody attached.
 *
 * <p>
 * It can be killed at any point and is then done again from its start: the new table and the new mark have other names
 * until they are whole, and the mark, which says that all is valid in this boot, comes last. The log is the only thing
 * that is changed in place, and only cut where it is torn or where what it speaks of did not reach the disk.
 *
 * <p>
 * After a reboot, what was committed behind the last sync may be there in part. So each of those transactions is
 * checked, headers and pages, and the log is cut in front of the first that does not pass. Then the epoch is raised, by
 * a record in the log that is made durable before anything else is written: no version and no generation that may have
 * been issued and lost is issued again.
 */
final class ColdStart {
    static final String TABLE = "table";
    private static final String NEW_TABLE = "table.new";
    private static final int OPERATIONS_PER_RECORD = 1_024;
    private final StoreDirectory directory;
    private final StoreDirectory logFiles;
    private final Geometry geometry;
    private final LogSettings settings;
    private final Host host;
    private final LongSupplier clockMs;
    private final Consumer<String> report;
    /** The version up to which a mark in the log says that data is durable. */
    private long syncedThrough;

    /** {@code report} hears what was found and what was dropped. */
    ColdStart(StoreDirectory directory, StoreDirectory logFiles, Geometry geometry, LogSettings settings, Host host,
            LongSupplier clockMs, Consumer<String> report) {
        this.directory = directory;
        this.logFiles = logFiles;
        this.geometry = geometry;
        this.settings = settings;
        this.host = host;
        this.clockMs = clockMs;
        this.report = report;
    }

    /** Why everything is made anew. */
    enum Cause {
        /** What was not synced is known to have been at risk. */
        REBOOT,
        /** Whether there was a reboot cannot be told: entries are checked too, but damage inside the log is not cut. */
        MARK_LOST,
        /** A sync failed: what it should have made durable is written again. */
        SYNC_FAILED,
        /** Somebody asked for it: nothing was at risk. */
        REQUEST
    }

    /** The version that is applied, while there is no mark to keep it. */
    static final class PrivateVersion implements Applier.AppliedVersion {
        final MemorySegment word = MemorySegment.ofArray(new long[1]);

        @Override
        public long get() {
            return word.get(ValueLayout.JAVA_LONG, 0);
        }

        @Override
        public void set(long version) {
            word.set(ValueLayout.JAVA_LONG, 0, version);
        }
    }

    /**
     * Rebuilds table and mark.
     *
     * @param dropDamaged whether the log is cut in front of damage in its middle, whatever is lost with that
     * @param leastEpoch the epoch that the old mark had; the new one is above it and above that of the log
     */
    void run(Cause cause, boolean dropDamaged, long leastEpoch) {
        try (DataFile data = openData()) {
            LogTransaction rejected = null;
            Rebuilt rebuilt = rebuild(data, -1L, cause);
            while (rebuilt.outcome.rejected() != null) {
                // What was released behind the transaction that did not pass is not released, so all is looked at anew.
                rejected = rebuilt.outcome.rejected();
                rebuilt = rebuild(data, rejected.version() - 1, cause);
            }
            Replay.Outcome outcome = rebuilt.outcome;
            // The record that raised the epoch was made durable, and everything in front of it.
            long durable = cause == Cause.REBOOT && !dropDamaged && leastEpoch > 0 ? Epochs.next(0, leastEpoch) : 0;
            LogTail tail = cut(outcome, rejected, cause == Cause.REBOOT || dropDamaged, durable);
            LogCutter.dropUnused(logFiles, tail);
            if (cause == Cause.SYNC_FAILED) {
                LogCutter.rewrite(logFiles);
            }
            long epoch = Math.max(leastEpoch, Epochs.epochOf(tail.lastVersion())) + 1;
            data.sync();
            LogTail end = raise(tail, epoch, rebuilt.leftovers);
            finish(data, rebuilt.census, end, epoch);
        }
    }

    /** What one pass over checkpoint and log came to; {@code leftovers} lay in released segments. */
    private record Rebuilt(Replay.Outcome outcome, SegmentCensus census, List<LogOperation> leftovers) {}

    private Rebuilt rebuild(DataFile data, long through, Cause cause) {
        SegmentCensus census = new SegmentCensus();
        ReleasedSegments released = new ReleasedSegments(geometry.segmentCount());
        List<LogOperation> leftovers = new ArrayList<>();
        Replay.Outcome outcome = buildTable(new PrivateVersion(), through,
                acceptance(data, through, cause), new Replay.Observer() {
                    @Override
                    public void checkpointed(MemorySegment memory, long offset) {
                        census.checkpointed(memory, offset);
                    }

                    @Override
                    public void applied(LogOperation operation) {
                        census.applied(operation);
                        released.observe(operation);
                    }
                }, table -> dropReleased(table, released, leftovers));
        return new Rebuilt(outcome, census, leftovers);
    }

    /**
     * Takes out what lay in a segment that was released, but was not yet evicted one by one when all ended: the log
     * hears of it, so that whatever follows it does.
     */
    private static void dropReleased(LookupTable table, ReleasedSegments released, List<LogOperation> leftovers) {
        List<TableEntry> found = new ArrayList<>();
        table.forEach(entry -> {
            if (released.isReleased(entry.segment(), entry.generation())) {
                found.add(new TableEntry().from(entry));
            }
        });
        for (TableEntry entry : found) {
            table.drop(entry.digestHi(), entry.digestLo(), entry.segment(), entry.generation());
            leftovers.add(new LogOperation.Evict(entry.digestHi(), entry.digestLo(), entry.namespace()));
        }
    }

    /** The first mark and table of a store whose log was just begun. */
    void create() {
        try (DataFile data = openData()) {
            PrivateVersion applied = new PrivateVersion();
            Replay.Outcome outcome = buildTable(applied, -1L, Replay.Acceptance.ALL, Replay.Observer.NONE, table -> {
            });
            // The mark says that there is a store, so all of it is to be there before the mark is.
            data.sync();
            directory.syncDirectory();
            finish(data, new SegmentCensus(), outcome.tail(), 0);
        }
    }

    /** Rebuilds only the table, up to the version that the mark says is visible. */
    void rebuildTable(long applied) {
        Replay.Outcome outcome =
                buildTable(new PrivateVersion(), applied, Replay.Acceptance.ALL, Replay.Observer.NONE, table -> {
                });
        if (outcome.tail().lastVersion() != applied) {
            throw new HearthException.Corrupt("log", logFiles.directory().resolve(outcome.scan().stopFile()),
                    outcome.scan().stopOffset(), "version " + Long.toUnsignedString(applied),
                    outcome.scan().reason());
        }
        directory.rename(NEW_TABLE, TABLE);
        report.accept("lookup table rebuilt: entries up to version " + Long.toUnsignedString(applied));
    }

    private void finish(DataFile data, SegmentCensus census, LogTail end, long epoch) {
        directory.rename(NEW_TABLE, TABLE);
        MarkFile.create(directory, geometry, host, mark -> {
            MarkState state = new MarkState(mark.words());
            state.set(end.lastVersion());
            state.setTail(end);
            mark.words().set(MarkWord.EPOCH, epoch);
            mark.words().set(MarkWord.LOG_SYNCED, end.lastVersion());
            mark.words().set(MarkWord.LAST_SYNCED, end.lastVersion());
            mark.words().set(MarkWord.OPENED, census.restore(mark.segments(), data, epoch));
        });
    }

    private DataFile openData() {
        PosixFile file = directory.open(DataFile.NAME, false);
        try {
            return new DataFile(file, Store.dataGeometry(geometry), geometry.uuid());
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private Replay.Outcome buildTable(PrivateVersion applied, long throughVersion, Replay.Acceptance acceptance,
            Replay.Observer observer, Consumer<LookupTable> last) {
        long bytes = LookupTable.requiredBytes(geometry.maxEntries());
        directory.delete(NEW_TABLE);
        boolean built = false;
        try (PosixFile file = directory.create(NEW_TABLE)) {
            file.allocate(0, bytes);
            try (MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, bytes)) {
                LookupTable table =
                        LookupTable.formatZeroed(region.segment(), geometry.maxEntries(), geometry.digestSeedLo(),
                                geometry.uuid().getMostSignificantBits(), geometry.uuid().getLeastSignificantBits(),
                                applied.word);
                Replay.Outcome outcome = new Replay(logFiles, settings, table, applied,
                        damaged -> report.accept(String.valueOf(damaged.getMessage())), observer)
                        .announcing(entries -> populate(region, bytes, entries))
                        .run(throughVersion, acceptance);
                last.accept(table);
                table.markComplete();
                built = true;
                return outcome;
            }
        } finally {
            if (!built) {
                directory.delete(NEW_TABLE);
            }
        }
    }

    /** So many entries touch nearly every page of the table, so the kernel maps all of them in one go. */
    private static void populate(MappedRegion region, long bytes, long entries) {
        if (entries >= bytes / Host.pageBytes()) {
            region.populate(0, bytes);
        }
    }

    private LogTail cut(Replay.Outcome outcome, @Nullable LogTransaction rejected, boolean mayDrop, long durable) {
        LogScan scan = outcome.scan();
        boolean durableIsLost = Long.compareUnsigned(outcome.tail().lastVersion(), durable) < 0;
        if (rejected != null) {
            report.accept("log cut in front of version " + Long.toUnsignedString(rejected.version())
                    + ": its entries did not reach the disk");
        } else if (!scan.clean()) {
            if (durableIsLost || (scan.stop() == LogScan.Stop.DAMAGED_WITH_VALID_TAIL_BEHIND && !mayDrop)) {
                throw new HearthException.Corrupt("log", logFiles.directory().resolve(scan.stopFile()),
                        scan.stopOffset(), "records up to the end", scan.reason());
            }
            report.accept("log cut: file=" + scan.stopFile() + " offset=" + scan.stopOffset() + " reason="
                    + scan.reason() + " lastVersion=" + Long.toUnsignedString(outcome.tail().lastVersion()));
        }
        if (rejected != null || !scan.clean()) {
            LogCutter.cut(logFiles, settings, outcome.tail());
        }
        return outcome.tail();
    }

    private LogTail raise(LogTail tail, long epoch, List<LogOperation> leftovers) {
        try (LogWriter writer = new LogWriter(logFiles, settings)) {
            writer.resume(tail);
            writer.begin(Epochs.next(tail.lastVersion(), epoch), clockMs.getAsLong());
            writer.add(new LogOperation.SyncMark());
            LogTail end = writer.commit();
            for (int from = 0; from < leftovers.size(); from += OPERATIONS_PER_RECORD) {
                writer.begin(Epochs.next(end.lastVersion(), epoch), clockMs.getAsLong());
                leftovers.subList(from, Math.min(leftovers.size(), from + OPERATIONS_PER_RECORD))
                        .forEach(writer::add);
                end = writer.commit();
            }
            writer.sync(end);
            report.accept("epoch raised: epoch=" + epoch + " version=" + Long.toUnsignedString(end.lastVersion()));
            return end;
        }
    }

    /**
     * Takes what was synced, and of the rest what passes. Under {@code COMMIT} no record was written before its bytes
     * were synced: what does not pass was damaged later, which is no reason to give up what follows it. A mark counts
     * also if it lies behind what did not pass, and is not there any more when all is looked at anew.
     */
    private Replay.Acceptance acceptance(DataFile data, long through, Cause cause) {
        if (cause == Cause.REQUEST || geometry.durabilityId() == Durability.COMMIT.id()) {
            return Replay.Acceptance.ALL;
        }
        return position -> {
            ReleasedSegments released = new ReleasedSegments(geometry.segmentCount());
            LoggedChanges changes = new LoggedChanges();
            long marked = LogReader.scan(logFiles, settings, position, through, transaction -> {
                transaction.operations().forEach(released::observe);
                changes.visit(transaction);
            }).syncedVersion();
            EntryReader reader = new EntryReader(data);
            long synced = later(later(marked, position.lastVersion()), syncedThrough);
            syncedThrough = synced;
            Consumer<EntryDescriptor> arrived = cause == Cause.SYNC_FAILED ? data::rewrite : entry -> {
            };
            return transaction -> Long.compareUnsigned(transaction.version(), synced) <= 0
                    || hasArrived(transaction, reader, released, changes, arrived);
        };
    }

    private static long later(long version, long other) {
        return Long.compareUnsigned(version, other) > 0 ? version : other;
    }

    private static boolean hasArrived(LogTransaction transaction, EntryReader reader, ReleasedSegments released,
            LoggedChanges changes, Consumer<EntryDescriptor> arrived) {
        Predicate<EntryDescriptor> passes = entry -> {
            // Others may have been written over it since; and what was dropped because of damage is no reason to cut.
            if (released.isReleased(entry.segment(), entry.generation()) || !changes.isStill(entry)) {
                return true;
            }
            try {
                reader.open(new EntryPlace().key(entry.digestHi(), entry.digestLo(), entry.kind())
                        .extent(entry.segment(), entry.generation(), entry.offsetUnits(), entry.extentUnits())
                        .content(entry.headerBytes(), entry.headerCrc(), entry.logicalBytes()));
                reader.verify();
                arrived.accept(entry);
                return true;
            } catch (HearthException.Corrupt e) {
                return false;
            }
        };
        return transaction.operations().stream().allMatch(operation -> switch (operation) {
            case LogOperation.Put put -> passes.test(put.entry());
            case LogOperation.Relocate relocate -> passes.test(relocate.entry());
            default -> true;
        });
    }
}
