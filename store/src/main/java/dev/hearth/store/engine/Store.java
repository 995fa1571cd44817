package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.DataGeometry;
import dev.hearth.store.table.LookupTable;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The open files of a store that is whole: directory, locks, mark, data and table. Whoever opened it closes it.
 *
 * @param directory the directory
 * @param logFiles  the directory of the log
 * @param locks     the lock file
 * @param mark      the mark file
 * @param data      the data file
 * @param region    the mapped table
 * @param table     the table
 * @param references what lies behind the table: a byte for each KiB of data
 */
record Store(StoreDirectory directory, StoreDirectory logFiles, OfdLocks locks, MarkFile mark, DataFile data,
        MappedRegion region, LookupTable table, MappedRegion references) implements AutoCloseable {
    static final String LOCK = "hearth.lock";
    static final String LOG = "log";
    static final String INDEX = "index";
    static final String COUNTERS = "counters";

    static DataGeometry dataGeometry(Geometry geometry) {
        return new DataGeometry(geometry.capacityBytes(), geometry.segmentBytes(), geometry.pageBytes());
    }

    /** Opens the data file of a store. */
    static DataFile openData(StoreDirectory directory, Geometry geometry, boolean readOnly) {
        PosixFile file = directory.open(DataFile.NAME, readOnly);
        try {
            return new DataFile(file, dataGeometry(geometry), geometry.uuid());
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Maps the table of a store.
     *
     * @throws HearthException.Corrupt if it is not whole, or of another store
     */
    static MappedRegion mapTable(StoreDirectory directory, Geometry geometry, boolean readOnly) {
        try (PosixFile file = directory.open(ColdStart.TABLE, readOnly)) {
            return MappedRegion.map(file,
                    readOnly ? MappedRegion.Access.READ : MappedRegion.Access.READ_WRITE, 0,
                    LookupTable.requiredBytes(geometry.maxEntries()));
        }
    }

    /** Where in the file of the table the reference map begins. */
    static long referencesOffset(Geometry geometry) {
        return LookupTable.requiredBytes(geometry.maxEntries()) + 4095 & -4096L;
    }

    /** Maps the reference map of a store, which is given blocks now if it has none. Under the creation lock. */
    static MappedRegion mapReferences(StoreDirectory directory, Geometry geometry) {
        long offset = referencesOffset(geometry);
        long bytes = ReferenceMap.bytes(geometry);
        try (PosixFile file = directory.open(ColdStart.TABLE, false)) {
            if (file.sizeBytes() < offset + bytes) {
                file.allocate(offset, bytes);
            }
            return MappedRegion.map(file, MappedRegion.Access.READ_WRITE, offset, bytes);
        }
    }

    /** Maps the reference map of a store that nobody may change here; null if it has none. */
    static @Nullable MappedRegion mapReferencesForReading(StoreDirectory directory, Geometry geometry) {
        long offset = referencesOffset(geometry);
        long bytes = ReferenceMap.bytes(geometry);
        try (PosixFile file = directory.open(ColdStart.TABLE, true)) {
            return file.sizeBytes() < offset + bytes
                    ? null
                    : MappedRegion.map(file, MappedRegion.Access.READ, offset, bytes);
        }
    }

    static LookupTable attachTable(MappedRegion region, MarkFile mark) {
        Geometry geometry = mark.geometry();
        LookupTable table = LookupTable.attach(region.segment(), geometry.uuid().getMostSignificantBits(),
                geometry.uuid().getLeastSignificantBits(), mark.words().memory(MarkWord.LAST_APPLIED));
        if (!table.isComplete() || table.hashSeed() != geometry.digestSeedLo()
                || table.maxEntries() != geometry.maxEntries()) {
            throw new HearthException.Corrupt("lookup table", Path.of(ColdStart.TABLE), 0, "a complete table",
                    "another");
        }
        return table;
    }

    @Override
    public void close() {
        try (Closer closer = new Closer()) {
            closer.add(directory);
            closer.add(logFiles);
            closer.add(locks);
            closer.add(mark);
            closer.add(data);
            closer.add(region);
            closer.add(references);
        }
    }
}
