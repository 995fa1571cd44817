package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Keys;
import dev.hearth.store.RecoveryReport;
import dev.hearth.store.RecoveryReport.LogDamage;
import dev.hearth.store.RecoveryReport.State;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogLoss;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.ProcessSlots;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out what opening a store would have to do, and does nothing of it. One thread, one use; takes no lock, so that
 * of a store in use it says what was so at some time meanwhile.
 */
final class Inspection {
    private static final int MOST_KEYS = 20;
    private final StoreDirectory directory;
    private final StoreDirectory logFiles;
    private final Host host;
    private final List<String> findings = new ArrayList<>();
    private State state = State.READY;
    private long applied;

    private Inspection(StoreDirectory directory, StoreDirectory logFiles, Host host) {
        this.directory = directory;
        this.logFiles = logFiles;
        this.host = host;
    }

    /** Looks at the store in {@code path}. */
    static RecoveryReport of(Path path, Host host) {
        try (Closer closer = new Closer()) {
            StoreDirectory directory = closer.add(Opener.existing(path));
            if (!directory.exists(Store.LOG)) {
                throw new HearthException.Refused(directory.directory(), "it holds no store");
            }
            StoreDirectory logFiles = closer.add(directory.subdirectory(Store.LOG, false));
            return new Inspection(directory, logFiles, host).run();
        }
    }

    private RecoveryReport run() {
        Geometry geometry = Opener.geometryOf(logFiles);
        LogSettings settings = Opener.settings(geometry, 0);
        inspectMark();
        LogTail from = LogTail.ORIGIN;
        try (Checkpoint checkpoint = Checkpoint.latest(logFiles, settings,
                damaged -> findings.add(String.valueOf(damaged.getMessage())))) {
            if (checkpoint != null) {
                from = checkpoint.position();
                findings.add("checkpoint: version=" + Long.toUnsignedString(checkpoint.version()) + " entries="
                        + checkpoint.entryCount());
            }
        }
        LogScan scan = LogReader.scan(logFiles, settings, from, transaction -> {
        });
        LogDamage damage = switch (scan.stop()) {
            case DAMAGED_WITH_VALID_TAIL_BEHIND -> damage(settings, scan);
            case TORN -> {
                findings.add(
                        "the log is torn: file=log/" + scan.stopFile() + " offset=" + scan.stopOffset() + " reason="
                                + scan.reason() + ": what is behind was never acknowledged and is cut away");
                yield null;
            }
            default -> null;
        };
        return new RecoveryReport(damage == null ? state : State.LOG_DAMAGED, scan.tail().lastVersion(), damage,
                findings);
    }

    private void inspectMark() {
        if (!directory.exists(MarkFile.NAME)) {
            become(State.COLD_START, "hearth.mark is lost: table and mark are made anew");
            return;
        }
        try (MarkFile mark = MarkFile.open(directory, true)) {
            applied = mark.words().get(MarkWord.LAST_APPLIED);
            if (!mark.isOfThisBoot(host)) {
                become(State.COLD_START, "boot id, device or inode changed: table and mark are made anew");
                return;
            }
            inspectTable(mark);
            long inLock = mark.words().get(MarkWord.IN_LOCK);
            try (OfdLocks locks = OfdLocks.openReadOnly(directory, Store.LOCK)) {
                long writer = mark.words().get(MarkWord.WRITER);
                if (inLock != 0 && !new ProcessSlots(mark, locks).isAlive(writer) && state == State.READY) {
                    become(State.UNFINISHED_COMMIT,
                            "a process died in the writer lock: its commit is finished, or cut");
                }
            }
        } catch (HearthException.Corrupt e) {
            become(State.COLD_START, e.getMessage() + ": table and mark are made anew");
        }
    }

    private void inspectTable(MarkFile mark) {
        if (!directory.exists(ColdStart.TABLE)) {
            become(State.TABLE_LOST, "table is lost: it is made anew");
            return;
        }
        try (MappedRegion region = Store.mapTable(directory, mark.geometry(), true)) {
            Store.attachTable(region, mark);
        } catch (HearthException.Corrupt | HearthException.Incompatible e) {
            become(State.TABLE_LOST, e.getMessage() + ": it is made anew");
        }
    }

    private void become(State worse, String finding) {
        state = worse;
        findings.add(finding);
    }

    private LogDamage damage(LogSettings settings, LogScan scan) {
        long[] puts = {0};
        List<String> keys = new ArrayList<>();
        LogLoss loss = LogLoss.behind(logFiles, settings, scan, operation -> {
            if (operation instanceof LogOperation.Put put) {
                puts[0]++;
                if (keys.size() < MOST_KEYS) {
                    keys.add(Keys.display(put.key().toArray(ValueLayout.JAVA_BYTE)));
                }
            }
        });
        long last = Long.compareUnsigned(applied, loss.lastVersion()) > 0 ? applied : loss.lastVersion();
        LogDamage damage = new LogDamage("log/" + scan.stopFile(), scan.stopOffset(), scan.reason(),
                scan.tail().lastVersion() + 1, last, loss.records(), puts[0], keys);
        findings.add("the log is damaged: file=" + damage.file() + " offset=" + damage.offsetBytes() + " reason="
                + damage.reason() + "; behind it are records that are whole: records=" + damage.lostRecords() + " puts="
                + damage.lostPuts() + (loss.complete() ? "" : " at least"));
        return damage;
    }
}
