package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreFiles;
import dev.hearth.store.log.LogCutter;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogReader;
import dev.hearth.store.log.LogScan;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import dev.hearth.store.table.LookupTable;
import java.util.function.Consumer;

/**
 * Does what a holder of the writer lock left undone when it died: cuts the torn tail of the log and applies what is
 * committed but not visible. For the holder of the writer lock; can be done again from its start.
 *
 * <p>
 * The newest visible version is read again from the log, and applied again with what follows it, because its
 * predecessors may not have been cleared away. The log is read from the start of the file that version is in, so that
 * this costs no more than reading a log file, however many entries there are.
 *
 * <p>
 * The end of the log is behind its last transaction, never at the start of a file: what was begun in a new file goes
 * with it. So the words of the mark always name a file that has a committed record, which syncs of the log rely on.
 */
final class Redo {
    private final StoreFiles files;
    private final LogSettings settings;
    private final LookupTable table;
    private final Applier applier;
    private final MarkState state;
    private final Runnable unmark;
    private final Consumer<String> report;

    /**
     * {@code unmark} takes back the marks of segments whose release was not committed; {@code report} hears what was
     * found and done.
     */
    Redo(StoreFiles files, LogSettings settings, LookupTable table, Applier applier, MarkState state,
            Runnable unmark, Consumer<String> report) {
        this.files = files;
        this.settings = settings;
        this.table = table;
        this.applier = applier;
        this.state = state;
        this.unmark = unmark;
        this.report = report;
    }

    /** Returns the end of the log. */
    LogTail run() {
        unmark.run();
        long before = state.get();
        LogTail[] end = {start()};
        LogScan scan = LogReader.scan(files, settings, end[0], transaction -> {
            Replay.apply(files, applier, transaction);
            end[0] = transaction.after();
        });
        if (scan.stop() == LogScan.Stop.DAMAGED_WITH_VALID_TAIL_BEHIND) {
            throw new HearthException.Corrupt("log", files.directory().resolve(scan.stopFile()), scan.stopOffset(),
                    "records up to the end", scan.reason());
        }
        boolean torn = scan.stop() == LogScan.Stop.TORN;
        if (torn) {
            LogCutter.cut(files, settings, end[0]);
        }
        table.recount();
        report.accept("commit that was begun and not finished: appliedBefore=" + Long.toUnsignedString(before)
                + " applied=" + Long.toUnsignedString(state.get())
                + (torn ? " log cut: file=" + scan.stopFile() + " offset=" + scan.stopOffset() : ""));
        return end[0];
    }

    private LogTail start() {
        long applied = state.get();
        if (applied == 0) {
            return LogTail.ORIGIN;
        }
        try (LogFollower follower = LogReader.follow(files, settings, applied)) {
            LogTransaction last = follower.next(applied);
            if (last == null) {
                throw new HearthException.Corrupt("log", files.directory(), -1,
                        "version " + Long.toUnsignedString(applied), "a log that starts behind it");
            }
            return last.before();
        }
    }
}
