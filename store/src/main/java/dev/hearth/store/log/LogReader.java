package dev.hearth.store.log;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import dev.hearth.store.log.LogScan.Stop;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Consumer;

/**
 * Replays the log from a position to its end, and tells an end from damage. Writes nothing.
 *
 * <p>
 * <b>An end or damage?</b> Records are appended one write after the other, and the space behind them is zero. Whoever
 * dies while appending leaves nothing valid behind the record that he did not finish: the log ended there, and what
 * is left is cut away. If a valid record lies behind bytes that are not, the bytes had once been whole: committed
 * transactions are lost, and whether those behind them may be given up too is not for the log to decide. After a
 * power cut both are possible behind the last sync, since the kernel writes pages in any order.
 */
public final class LogReader {
    private LogReader() {}

    /** Gives every transaction behind {@code from} to {@code visitor}, in order, up to the end of the valid log. */
    public static LogScan scan(StoreFiles files, LogSettings settings, LogTail from,
            Consumer<LogTransaction> visitor) {
        return scan(files, settings, from, -1L, visitor);
    }

    /**
     * The same, but no transaction above {@code throughVersion} (unsigned).
     *
     * @throws Corrupt      if {@code from} lies behind the first record of a file that is not there
     * @throws dev.hearth.store.HearthException.Incompatible if a file is of another format
     */
    public static LogScan scan(StoreFiles files, LogSettings settings, LogTail from, long throughVersion,
            Consumer<LogTransaction> visitor) {
        long transactions = 0;
        long synced = 0;
        try (LogCursor cursor = new LogCursor(files, settings, from, Arena.ofConfined())) {
            while (Long.compareUnsigned(cursor.tail().lastVersion(), throughVersion) < 0) {
                LogTransaction transaction = cursor.next();
                if (transaction == null) {
                    return ended(files, settings, cursor, transactions, synced);
                }
                if (Long.compareUnsigned(transaction.version(), throughVersion) > 0) {
                    return limited(transaction.before(), transactions, synced);
                }
                synced = syncedBy(transaction, synced);
                transactions++;
                visitor.accept(transaction);
            }
            return limited(cursor.tail(), transactions, synced);
        }
    }

    /** The version up to which all was durable when a transaction was written, if it says more than {@code known}. */
    private static long syncedBy(LogTransaction transaction, long known) {
        long last = transaction.before().lastVersion();
        boolean says = transaction.operations().getFirst() instanceof LogOperation.SyncMark mark
                && Long.compareUnsigned(last, known + mark.behind()) > 0;
        return says ? last - ((LogOperation.SyncMark) transaction.operations().getFirst()).behind() : known;
    }

    private static LogScan limited(LogTail tail, long transactions, long synced) {
        return new LogScan(tail, Stop.LIMIT, LogNames.log(tail.file()), tail.offsetBytes(), "limit", transactions,
                synced);
    }

    private static LogScan ended(StoreFiles files, LogSettings settings, LogCursor cursor, long transactions,
            long synced) {
        LogTail tail = cursor.tail();
        String name = LogNames.log(tail.file());
        boolean inside = tail.offsetBytes() > LogFileDescriptor.HEADER_BYTES;
        if (inside && !files.exists(name)) {
            throw new Corrupt("log", files.directory().resolve(name), -1, "a file", "none");
        }
        // A file whose first records were read has a header, whatever became of it.
        boolean headerLost = inside && cursor.stopOffset() == 0;
        LogProbe.Behind behind = behind(files, settings, tail, cursor.stopOffset());
        Stop stop = headerLost || behind == LogProbe.Behind.RECORD
                ? Stop.DAMAGED_WITH_VALID_TAIL_BEHIND
                : behind == LogProbe.Behind.BYTES || cursor.stopOffset() > tail.offsetBytes() ? Stop.TORN : Stop.END;
        return new LogScan(tail, stop, name, cursor.stopOffset(), cursor.reason(), transactions, synced);
    }

    private static LogProbe.Behind behind(StoreFiles files, LogSettings settings, LogTail tail, long stopOffset) {
        LogProbe.Behind most = LogProbe.Behind.ZEROS;
        List<Integer> numbers = LogNames.logNumbers(files);
        try (LogProbe probe = new LogProbe(settings, tail.lastVersion())) {
            for (int number : numbers) {
                if (number < tail.file()) {
                    continue;
                }
                try (StoreFile file = files.open(LogNames.log(number), true)) {
                    boolean first = number == tail.file();
                    long from = first && stopOffset > 0 ? stopOffset : LogFileDescriptor.HEADER_BYTES;
                    LogProbe.Behind here = probe.look(file, number, from);
                    if (here == LogProbe.Behind.RECORD) {
                        return here;
                    }
                    // A later file without a record is one that its maker did not come to use.
                    most = here == LogProbe.Behind.BYTES ? here : most;
                }
            }
        }
        return most;
    }

    /** A reader of the transactions from {@code fromVersion} on that waits for nothing; see {@link LogFollower}. */
    public static LogFollower follow(StoreFiles files, LogSettings settings, long fromVersion) {
        return new LogFollower(files, settings, fromVersion);
    }
}
