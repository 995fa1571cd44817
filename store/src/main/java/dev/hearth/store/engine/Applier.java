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
    private final TableEntry entry = new TableEntry();

    /** Where {@code last applied} is kept. */
    interface AppliedVersion {
        long get();

        void set(long version);
    }

    /** Writes the line of a committed entry into the directory of its segment. */
    interface DirectoryLines {
        void write(EntryDescriptor entry);
    }

    Applier(LookupTable table, AppliedVersion applied, DirectoryLines directory) {
        this.table = table;
        this.applied = applied;
        this.directory = directory;
    }

    /** Applies the operations of one version. */
    void apply(long version, List<LogOperation> operations) {
        for (LogOperation operation : operations) {
            prepare(version, operation);
        }
        if (Long.compareUnsigned(version, applied.get()) > 0) {
            applied.set(version);
        }
        for (LogOperation operation : operations) {
            settle(operation);
        }
    }

    private void prepare(long version, LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> {
                directory.write(put.entry());
                insert(put.entry());
            }
            case LogOperation.Remove remove -> insertTombstone(remove.digestHi(), remove.digestLo(), version);
            case LogOperation.Evict evict -> insertTombstone(evict.digestHi(), evict.digestLo(), version);
            case LogOperation.DefineNamespace define -> table.namespaces().define(define.number(), define.name(),
                    define.revision(), define.fingerprint(), version);
            case LogOperation.EndNamespace end -> table.namespaces().end(end.number(), version);
            case LogOperation.Relocate relocate -> {
                directory.write(relocate.entry());
                table.relocate(relocate.entry());
            }
            case LogOperation.ReleaseSegment ignored -> {
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

    private void settle(LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> table.settle(put.entry().digestHi(), put.entry().digestLo());
            case LogOperation.Remove remove -> table.settle(remove.digestHi(), remove.digestLo());
            case LogOperation.Evict evict -> table.settle(evict.digestHi(), evict.digestLo());
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
