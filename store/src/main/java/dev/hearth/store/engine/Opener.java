package dev.hearth.store.engine;

import dev.hearth.store.Durability;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogLoss;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogWriter;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.table.LookupTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds a store whole, or makes it so, for an attachment that writes: creates it, recovers it, or just opens it. One
 * use.
 *
 * <p>
 * All of it happens under the creation lock, which dies with its holder. A store exists when its log does; what a
 * creation that was killed left behind is removed by the next one.
 */
final class Opener {
    private static final long MIN_LOG_FILE_BYTES = 1 << 20;
    private static final long MAX_LOG_FILE_BYTES = 16 << 20;
    private static final int NO_SUCH_FILE = 2;
    private static final int MAX_ATTEMPTS = 20;
    /** Number of temporary files that only the holder of the creation lock makes. */
    private static final long CREATOR = 0;
    /** What a creation that was killed can have left. */
    private static final Set<String> OURS = Set.of(Store.LOCK, DataFile.NAME, ColdStart.TABLE, ColdStart.TABLE + ".new",
            MarkFile.NAME, MarkFile.NAME + ".new", Store.COUNTERS, Store.LOG, Store.INDEX);
    private final HearthOptions options;
    private final Host host;
    private final LongSupplier clockMs;
    private final Consumer<String> report;
    private final StoreDirectory directory;
    private final OfdLocks locks;
    private boolean dropDamaged;

    private Opener(StoreDirectory directory, OfdLocks locks, HearthOptions options, Environment environment,
            Consumer<String> report) {
        this.directory = directory;
        this.locks = locks;
        this.options = options;
        this.host = environment.host();
        this.clockMs = environment.clockMs();
        this.report = report;
    }

    /** What an attachment does first, while nobody else creates, recovers or opens the store. */
    interface Entering<T> {
        T enter(Store store);
    }

    /**
     * Opens the store in {@code path} and enters it; {@code report} hears what recovery found and dropped.
     *
     * <p>
     * Entering takes a process slot: who recovers looks at the slots to see that nobody is attached.
     */
    static <T> T open(Path path, HearthOptions options, Environment environment, Consumer<String> report,
            Entering<T> entering) {
        return open(path, options, environment, report, false, entering);
    }

    /** The same; with {@code dropDamaged} a log that is damaged in its middle is cut there. */
    static <T> T open(Path path, HearthOptions options, Environment environment, Consumer<String> report,
            boolean dropDamaged, Entering<T> entering) {
        for (int attempt = 1;; attempt++) {
            try {
                return openOnce(path, options, environment, report, dropDamaged, entering);
            } catch (HearthException.Io e) {
                // Somebody removes it right now: with its end it is as if it had not been there.
                if (e.errno() != NO_SUCH_FILE || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static <T> T openOnce(Path path, HearthOptions options, Environment environment, Consumer<String> report,
            boolean dropDamaged, Entering<T> entering) {
        boolean mayCreate = options.access() == HearthOptions.Access.CREATE;
        boolean wasThere = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        if (!wasThere && !mayCreate) {
            throw new HearthException.Refused(path, "there is no store");
        }
        StoreDirectory directory = mayCreate
                ? StoreDirectory.create(path, environment.files())
                : StoreDirectory.open(path, environment.files());
        OfdLocks locks = null;
        boolean opened = false;
        try {
            requireOurs(directory);
            locks = lockForCreation(directory, options.lockTimeoutMs());
            try {
                Opener opener = new Opener(directory, locks, options, environment, report);
                opener.dropDamaged = dropDamaged;
                T entered = entering.enter(opener.openLocked());
                opened = true;
                return entered;
            } finally {
                if (!opened) {
                    dropIfEmpty(directory, path, wasThere);
                }
                locks.unlock(LockBytes.CREATION);
            }
        } finally {
            if (!opened) {
                if (locks != null) {
                    locks.close();
                }
                directory.close();
            }
        }
    }

    /** The directory of a store that is not to be created. */
    static StoreDirectory existing(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new HearthException.Refused(path, "there is no store");
        }
        return StoreDirectory.open(path);
    }

    /**
     * Takes the creation lock on the lock file that is there when it is had: one that failed to create removes its own.
     */
    private static OfdLocks lockForCreation(StoreDirectory directory, long timeoutMs) {
        while (true) {
            OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK);
            boolean current = false;
            try {
                if (!locks.lock(LockBytes.CREATION, timeoutMs)) {
                    throw OfdLocks.busy("creation", timeoutMs, "a process that creates or recovers the store");
                }
                current = locks.file().status().links() != 0;
                if (current) {
                    return locks;
                }
            } finally {
                if (!current) {
                    locks.close();
                }
            }
        }
    }

    /** A directory that is somebody else's is not made a store by putting a lock file into it. */
    private static void requireOurs(StoreDirectory directory) {
        List<String> names = directory.list();
        boolean isStore = names.contains(Store.LOG) || names.contains(MarkFile.NAME) || names.contains(Store.LOCK);
        if (!isStore) {
            names.stream().filter(name -> !OURS.contains(name)).findFirst().ifPresent(name -> {
                throw new HearthException.Refused(directory.directory(),
                        "it holds no store, and is not empty: found=" + name);
            });
        }
    }

    /** A creation that failed leaves nothing behind. */
    private static void dropIfEmpty(StoreDirectory directory, Path path, boolean wasThere) {
        if (!directory.list().equals(List.of(Store.LOCK))) {
            return;
        }
        directory.delete(Store.LOCK);
        if (!wasThere) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // An empty directory does no harm.
            }
        }
    }

    private Store openLocked() {
        if (!hasLog()) {
            requireNoData();
            if (options.access() != HearthOptions.Access.CREATE) {
                throw new HearthException.Refused(directory.directory(), "it holds no store");
            }
            create();
        }
        StoreDirectory logFiles = directory.subdirectory(Store.LOG, false);
        boolean opened = false;
        try {
            Store store = openExisting(logFiles);
            opened = true;
            return store;
        } finally {
            if (!opened) {
                logFiles.close();
            }
        }
    }

    private boolean hasLog() {
        if (!directory.exists(Store.LOG)) {
            return false;
        }
        try (StoreDirectory logFiles = directory.subdirectory(Store.LOG, false)) {
            return LogFiles.identify(logFiles) != null || !LogFiles.checkpoints(logFiles).isEmpty()
                    || LogFiles.numbers(logFiles).stream().anyMatch(number -> number > 1);
        }
    }

    /** A mark that speaks of commits and no log is damage, not a creation that was killed. */
    private void requireNoData() {
        if (!directory.exists(MarkFile.NAME)) {
            return;
        }
        long applied;
        try (MarkFile mark = MarkFile.open(directory, true)) {
            applied = mark.words().get(MarkWord.LAST_APPLIED);
        } catch (HearthException.Corrupt e) {
            return;
        }
        if (applied != 0) {
            throw new HearthException.Corrupt("log", directory.directory().resolve(Store.LOG), -1,
                    "versions up to " + Long.toUnsignedString(applied), "no log");
        }
    }

    private void create() {
        Geometry geometry = newGeometry();
        boolean created = false;
        requireNoBytes();
        removeLeftovers();
        try (StoreDirectory logFiles = directory.subdirectory(Store.LOG, true)) {
            directory.subdirectory(Store.INDEX, true).close();
            try (PosixFile data = directory.create(DataFile.NAME)) {
                data.truncate(geometry.capacityBytes());
                // There is a store as soon as there is a log, so what is beside it has to be durable before.
                data.sync();
            }
            directory.syncDirectory();
            LogSettings settings = settings(geometry, CREATOR);
            try (LogWriter writer = new LogWriter(logFiles, settings)) {
                writer.resume(LogTail.ORIGIN);
                writer.begin(Epochs.next(0, 0), clockMs.getAsLong());
                writer.add(new LogOperation.SyncMark());
                writer.sync(writer.commit());
            }
            coldStart(logFiles, geometry).create();
            created = true;
        } finally {
            if (!created) {
                removeLeftovers();
            }
        }
    }

    /** A creation gives no blocks to the data file before the log has its first record. */
    private void requireNoBytes() {
        if (!directory.exists(DataFile.NAME)) {
            return;
        }
        try (PosixFile data = directory.open(DataFile.NAME, true)) {
            if (data.status().allocatedBytes() > 0) {
                throw new HearthException.Corrupt("log", directory.directory().resolve(Store.LOG), -1,
                        "a log, because there is data", "none with a whole header");
            }
        }
    }

    private void removeLeftovers() {
        for (String name : OURS) {
            if (name.equals(Store.LOG) || name.equals(Store.INDEX)) {
                removeDirectory(name);
            } else if (!name.equals(Store.LOCK)) {
                directory.delete(name);
            }
        }
    }

    private void removeDirectory(String name) {
        if (directory.exists(name)) {
            try (StoreDirectory below = directory.subdirectory(name, false)) {
                below.list().forEach(below::delete);
            }
            directory.deleteSubdirectory(name);
        }
    }

    private Geometry newGeometry() {
        SecureRandom random = new SecureRandom();
        return new Geometry(UUID.randomUUID(), options.capacityBytes(), options.segmentBytes(), options.pageBytes(),
                options.maxEntries(), Geometry.DEFAULT_SLOT_COUNT, Geometry.DEFAULT_HOLD_STRIPES, random.nextLong(),
                random.nextLong(), options.compression().id(), options.durability().id(), options.eviction().id(),
                clockMs.getAsLong());
    }

    /** What the log of a store is made with; small stores have small log files. */
    static LogSettings settings(Geometry geometry, long owner) {
        long fileBytes = Math.clamp(Long.highestOneBit(geometry.capacityBytes() / 256), MIN_LOG_FILE_BYTES,
                MAX_LOG_FILE_BYTES);
        return new LogSettings(geometry.uuid(), fileBytes, MemorySegment.ofArray(geometry.encode()), owner);
    }

    private ColdStart coldStart(StoreDirectory logFiles, Geometry geometry) {
        return new ColdStart(directory, logFiles, geometry, settings(geometry, CREATOR), host, clockMs, report);
    }

    private Store openExisting(StoreDirectory logFiles) {
        requireCompanions();
        recoverMark(logFiles);
        MarkFile mark = MarkFile.open(directory, false);
        DataFile data = null;
        MappedRegion region = null;
        boolean opened = false;
        try {
            data = Store.openData(directory, mark.geometry(), false);
            if (mark.geometry().durabilityId() != Durability.PROCESS.id()) {
                data.writeBackEarly();
            }
            region = openTable(logFiles, mark);
            LookupTable table = Store.attachTable(region, mark);
            MappedRegion references = Store.mapReferences(directory, mark.geometry());
            opened = true;
            return new Store(directory, logFiles, locks, mark, data, region, table, references);
        } finally {
            if (!opened) {
                if (region != null) {
                    region.close();
                }
                if (data != null) {
                    data.close();
                }
                mark.close();
            }
        }
    }

    private void requireCompanions() {
        if (!directory.exists(DataFile.NAME)) {
            throw new HearthException.Corrupt("data file", directory.directory().resolve(DataFile.NAME), -1, "a file",
                    "none");
        }
        directory.subdirectory(Store.INDEX, true).close();
    }

    /** The geometry that the log files repeat. */
    static Geometry geometryOf(StoreDirectory logFiles) {
        LogFiles.Identity identity = LogFiles.identify(logFiles);
        if (identity == null) {
            throw new HearthException.Corrupt("log", logFiles.directory(), -1, "a file with a whole header", "none");
        }
        return Geometry.decode(identity.geometry().toArray(ValueLayout.JAVA_BYTE), logFiles.directory(), 0);
    }

    private void recoverMark(StoreDirectory logFiles) {
        boolean lost = !directory.exists(MarkFile.NAME);
        boolean rebooted = false;
        boolean syncFailed = false;
        long epoch = 0;
        if (!lost) {
            try (MarkFile mark = MarkFile.open(directory, false)) {
                rebooted = !mark.isOfThisBoot(host);
                epoch = mark.words().get(MarkWord.EPOCH);
                syncFailed = mark.words().get(MarkWord.SYNC_FAILED) != 0;
            } catch (HearthException.Corrupt e) {
                report.accept(String.valueOf(e.getMessage()));
                lost = true;
            }
        }
        LogLoss loss = dropDamaged ? lossOf(logFiles) : null;
        boolean dropping = loss != null;
        if (loss != null) {
            // What goes was issued, perhaps in an epoch of which nothing else is left.
            epoch = Math.max(epoch, Epochs.epochOf(loss.lastVersion()));
        }
        if (lost || rebooted || dropping) {
            requireNobody(dropping
                    ? "the log is to be cut"
                    : "the mark file "
                            + (lost ? "is lost" : "is of another boot or was copied"));
            report.accept("cold start: " + (dropping
                    ? "the log is damaged and is cut there, as asked for"
                    : lost ? "mark file lost" : "boot id, device or inode changed"));
            recover(logFiles, lost
                    ? ColdStart.Cause.MARK_LOST
                    : rebooted ? ColdStart.Cause.REBOOT : ColdStart.Cause.REQUEST, dropping, epoch);
        } else if (syncFailed && firstAttached() < 0) {
            report.accept("cold start: a sync failed, and what it should have made durable is written again");
            recover(logFiles, ColdStart.Cause.SYNC_FAILED, false, epoch);
        }
    }

    /** What goes if the log is cut in front of the damage in its middle; null if there is no such damage. */
    private @Nullable LogLoss lossOf(StoreDirectory logFiles) {
        LogSettings settings = settings(geometryOf(logFiles), CREATOR);
        LogTail from = LogTail.ORIGIN;
        try (Checkpoint checkpoint = Checkpoint.latest(logFiles, settings, _ -> {
        })) {
            from = checkpoint == null ? from : checkpoint.position();
        }
        LogScan scan = LogReader.scan(logFiles, settings, from, transaction -> {
        });
        if (scan.stop() != LogScan.Stop.DAMAGED_WITH_VALID_TAIL_BEHIND) {
            return null;
        }
        LogLoss loss = LogLoss.behind(logFiles, settings, scan, operation -> {
        });
        report.accept("log is cut as asked for: lastVersion=" + Long.toUnsignedString(scan.tail().lastVersion())
                + " lostRecords=" + loss.records() + " firstLost=" + Long.toUnsignedString(loss.firstVersion())
                + " lastLost=" + Long.toUnsignedString(loss.lastVersion()));
        return loss;
    }

    private void recover(StoreDirectory logFiles, ColdStart.Cause cause, boolean dropping, long epoch) {
        coldStart(logFiles, geometryOf(logFiles)).run(cause, dropping, Math.min(epoch, Epochs.LARGEST_EPOCH - 1));
    }

    private MappedRegion openTable(StoreDirectory logFiles, MarkFile mark) {
        MappedRegion region = null;
        try {
            if (directory.exists(ColdStart.TABLE)) {
                region = Store.mapTable(directory, mark.geometry(), false);
                Store.attachTable(region, mark);
                return region;
            }
        } catch (HearthException.Corrupt | HearthException.Incompatible e) {
            report.accept(String.valueOf(e.getMessage()));
            if (region != null) {
                region.close();
            }
        }
        requireNobody("the lookup table is lost");
        coldStart(logFiles, mark.geometry()).rebuildTable(mark.words().get(MarkWord.LAST_APPLIED));
        return Store.mapTable(directory, mark.geometry(), false);
    }

    /** What others have mapped must not be replaced under them. */
    private void requireNobody(String why) {
        int slot = firstAttached();
        if (slot >= 0) {
            throw new HearthException.Busy("cannot recover while other processes are attached: reason=" + why
                    + " slot=" + slot);
        }
    }

    /** The lowest slot that somebody has; -1 if nobody is attached. */
    private int firstAttached() {
        for (int slot = 0; slot < Geometry.DEFAULT_SLOT_COUNT; slot++) {
            if (locks.isHeldByOther(LockBytes.FIRST_SLOT + slot)) {
                return slot;
            }
        }
        return -1;
    }
}
