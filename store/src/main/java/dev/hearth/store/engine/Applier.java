package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.util.List;

/**
 * Makes committed operations visible in the lookup table. For the holder of the writer lock; everything it does can be
 * done again.
 *
 * <p>
 * The order is what readers rely on: all successors first, invisible because their version is above {@code last
 * applied}; then that word, which shows all of them at once; then predecessors and tombstones are cleared away.
 */
final class Applier {
    private final LookupTable table;
    private final AppliedVersion applied;
    private final DirectoryLines directory;
    private final Segments segments;
    private final TableEntry entry = new TableEntry();

    /** Where {@code last applied} is kept. */
    interface AppliedVersion {
        long get();

        void set(long version);
    }

    /** Writes the lines of committed entries into the directories of their segments. */
    interface DirectoryLines {
        void write(List<LogOperation> operations);
    }

    /** Ends generations of segments; done again it changes nothing. */
    interface Segments {
        /** Nothing that lies in this generation of the segment exists any more. */
        void release(int segment, long generation);
    }

    Applier(LookupTable table, AppliedVersion applied, DirectoryLines directory, Segments segments) {
        this.table = table;
        this.applied = applied;
        this.directory = directory;
        this.segments = segments;
    }

    /** Applies the operations of one version. */
    void apply(long version, List<LogOperation> operations) {
        directory.write(operations);
        for (LogOperation operation : operations) {
            prepare(version, operation);
        }
        if (Long.compareUnsigned(version, applied.get()) > 0) {
            applied.set(version);
        }
        for (LogOperation operation : operations) {
            settle(version, operation);
        }
    }

    private void prepare(long version, LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> insert(put.entry());
            case LogOperation.Remove remove -> insertTombstone(remove.digestHi(), remove.digestLo(), version);
            case LogOperation.DefineNamespace define -> table.namespaces().define(define.number(), define.name(),
                    define.revision(), define.fingerprint(), version);
            case LogOperation.EndNamespace end -> table.namespaces().end(end.number(), version);
            case LogOperation.Relocate relocate -> table.relocate(relocate.entry());
            case LogOperation.ReleaseSegment release -> segments.release(release.segment(), release.generation());
            case LogOperation.Evict ignored -> {
            }
            case LogOperation.SyncMark ignored -> {
            }
        }
    }

    // Redoing must not bring an old version back behind a newer one.
    private void insert(EntryDescriptor put) {
        if (!table.lookupForUpdate(put.digestHi(), put.digestLo(), entry)
                || Long.compareUnsigned(entry.version(), put.version()) < 0) {
            table.insert(put);
        }
    }

    private void insertTombstone(long digestHi, long digestLo, long version) {
        if (table.lookupForUpdate(digestHi, digestLo, entry) && Long.compareUnsigned(entry.version(), version) < 0) {
            table.insertTombstone(digestHi, digestLo, version);
        }
    }

    /** A cached entry may go at any time, so it is taken out at once, and no slot is needed to say so. */
    private void evict(LogOperation.Evict evict, long version) {
        if (table.lookupForUpdate(evict.digestHi(), evict.digestLo(), entry)
                && Long.compareUnsigned(entry.version(), version) < 0) {
            table.drop(evict.digestHi(), evict.digestLo(), entry.segment(), entry.generation());
        }
    }

    private void settle(long version, LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> table.settle(put.entry().digestHi(), put.entry().digestLo());
            case LogOperation.Remove remove -> table.settle(remove.digestHi(), remove.digestLo());
            case LogOperation.Evict evict -> evict(evict, version);
            case LogOperation.Relocate relocate ->
                    table.settle(relocate.entry().digestHi(), relocate.entry().digestLo());
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
}
