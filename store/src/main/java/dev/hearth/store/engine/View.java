package dev.hearth.store.engine;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.NamespaceRecord;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What readers of a store need, shared or private. Any thread.
 *
 * @param directory   the directory
 * @param logFiles    the directory of the log
 * @param settings    what the log is read with
 * @param geometry    the sizes
 * @param data        the data file
 * @param table       the lookup table
 * @param lastApplied the newest visible version
 * @param contexts    what lookups work with
 * @param reads       lookups and copies
 * @param leases      gets that hand out bytes where they lie
 * @param loads       whole values into memory
 * @param groups      groups of entries
 */
record View(StoreDirectory directory, StoreDirectory logFiles, LogSettings settings, Geometry geometry, DataFile data,
        LookupTable table, LongSupplier lastApplied, ReadContext.Pool contexts, Reads reads,
        Leases leases, Loads loads, Groups groups) {

    Path path() {
        return directory.directory();
    }

    List<NamespaceInfo> namespaces() {
        return table.namespaces().list().stream().map(Namespaces::info)
                .sorted(Comparator.comparing(NamespaceInfo::version, Long::compareUnsigned)).toList();
    }

    Optional<NamespaceInfo> namespace(Fingerprint fingerprint) {
        for (NamespaceRecord record : table.namespaces().list()) {
            if (Namespaces.isOf(record, fingerprint)) {
                return Optional.of(Namespaces.info(record));
            }
        }
        return Optional.empty();
    }

    LogFollower follow(long fromVersion) {
        return LogReader.follow(logFiles, settings, fromVersion);
    }

    Verifier verifier() {
        return new Verifier(logFiles, settings, table, data, contexts, lastApplied);
    }

    long newestCheckpoint() {
        List<Long> checkpoints = LogFiles.checkpoints(logFiles);
        return checkpoints.isEmpty() ? 0 : checkpoints.getLast();
    }
}
