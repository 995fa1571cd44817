package dev.hearth.store.log;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the transactions of a log from a version on, also those that are written while it reads. It takes no lock and
 * writes nothing; one thread at a time; whoever made it closes it.
 *
 * <p>
 * What is at the end of a live log may be half written, so that bytes which make no sense are only taken for damage
 * when the caller knows that they were whole.
 */
public final class LogFollower implements AutoCloseable {
    private final StoreFiles files;
    private final LogSettings settings;
    private final long fromVersion;
    private final boolean fromOldest;
    private @Nullable LogCursor cursor;
    private @Nullable LogTransaction pending;
    private boolean behind;

    LogFollower(StoreFiles files, LogSettings settings, long fromVersion) {
        this.files = files;
        this.settings = settings;
        // There is no version 0: it stands for whatever the log still has.
        this.fromOldest = fromVersion == 0;
        this.fromVersion = fromOldest ? 1 : fromVersion;
    }

    /** The next transaction, or null if there is none yet, or if {@link #behind}. */
    public @Nullable LogTransaction next() {
        if (pending == null) {
            pending = read();
        }
        LogTransaction next = pending;
        pending = null;
        return next;
    }

    /**
     * The next transaction whose version is at most {@code throughVersion} (unsigned), or null if there is none, or
     * if {@link #behind}.
     *
     * @param throughVersion a version that is known to have been committed
     * @throws Corrupt if the log ends before it
     */
    public @Nullable LogTransaction next(long throughVersion) {
        if (pending == null) {
            pending = read();
        }
        LogTransaction next = pending;
        if (next != null && Long.compareUnsigned(next.version(), throughVersion) <= 0) {
            pending = null;
            return next;
        }
        if (next == null && !behind) {
            checkReached(throughVersion);
        }
        return null;
    }

    /**
     * Whether the files with the next transactions were deleted, since a checkpoint covers them: nothing more comes.
     */
    public boolean behind() {
        return behind;
    }

    private void checkReached(long throughVersion) {
        LogCursor at = cursor;
        long reached = at == null ? 0 : at.tail().lastVersion();
        if (Long.compareUnsigned(reached, throughVersion) < 0 && (at != null || !fromOldest)
                && Long.compareUnsigned(fromVersion, throughVersion) <= 0) {
            LogTail tail = at == null ? LogTail.ORIGIN : at.tail();
            throw new Corrupt("log", files.directory().resolve(LogNames.log(tail.file())),
                    at == null ? 0 : at.stopOffset(), "version " + throughVersion,
                    "version " + reached + (at == null ? "" : ", then " + at.reason()));
        }
    }

    private @Nullable LogTransaction read() {
        while (!behind) {
            LogCursor at = cursor != null ? cursor : find();
            if (at == null) {
                return null;
            }
            LogTransaction transaction = at.next();
            if (transaction == null) {
                behind = fellBehind(at);
                return null;
            }
            if (Long.compareUnsigned(transaction.version(), fromVersion) >= 0) {
                return transaction;
            }
        }
        return null;
    }

    private boolean fellBehind(LogCursor at) {
        int number = at.tail().file();
        if (files.exists(LogNames.log(number)) || (at.isOpen() && files.exists(LogNames.log(number + 1)))) {
            return false;
        }
        List<Integer> numbers = LogNames.logNumbers(files);
        return !numbers.isEmpty() && numbers.getFirst() > number;
    }

    /**
     * A cursor at the start of the last file in front of which all versions are below the first one asked for; of the
     * oldest file if none was asked for.
     */
    private @Nullable LogCursor find() {
        LogTail start = null;
        List<Integer> numbers = LogNames.logNumbers(files);
        for (int number : fromOldest ? numbers : numbers.reversed()) {
            LogTail here = startOf(number);
            if (here != null && (fromOldest || Long.compareUnsigned(here.lastVersion(), fromVersion) < 0)) {
                start = here;
                break;
            }
        }
        if (start == null) {
            // It may have been deleted between being listed and being looked at.
            behind = !fromOldest && !numbers.isEmpty()
                    && (numbers.getFirst() > 1 || !files.exists(LogNames.log(numbers.getFirst())));
            return null;
        }
        LogCursor found = new LogCursor(files, settings, start, Arena.ofShared());
        cursor = found;
        return found;
    }

    /** The start of a file; null if it was deleted meanwhile, or does not have its header yet. */
    private @Nullable LogTail startOf(int number) {
        try (StoreFile file = LogNames.openIfThere(files, number)) {
            if (file == null || LogFileMaker.firstWord(file, 0) == 0) {
                return null;
            }
            return LogHeader.read(file, number, settings.uuid()).start();
        }
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }
}
