package dev.hearth.store.log;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads transactions one after the other, over the borders of files, as long as each continues the chain. One thread
 * at a time.
 *
 * <p>
 * The next file belongs to the log if it says that it continues with the very record that was read last, and has a
 * record that does. That alone proves that nothing is missing in between; what is behind the last record of the file
 * before no longer matters.
 */
final class LogCursor implements AutoCloseable {
    private final StoreFiles files;
    private final LogSettings settings;
    private final Arena arena;
    private final LogWindow window;
    private @Nullable StoreFile file;
    private long fileBytes;
    private LogTail tail;
    private long stopOffset;
    private String reason = "";

    /** A cursor behind {@code from}, with memory of {@code arena}, which it closes: it has the threads of that. */
    LogCursor(StoreFiles files, LogSettings settings, LogTail from, Arena arena) {
        this.files = files;
        this.settings = settings;
        this.arena = arena;
        window = new LogWindow(new Checksums(settings.uuid()), arena);
        tail = from;
    }

    /** Behind the transaction that was returned last. */
    LogTail tail() {
        return tail;
    }

    /** Whether the file of {@link #tail} was found and is open: it can be read on even if it is deleted. */
    boolean isOpen() {
        return file != null;
    }

    /** Where, in the file of {@link #tail}, the bytes start that are no valid record; 0 if that is the header. */
    long stopOffset() {
        return stopOffset;
    }

    /** Why there was no next transaction. */
    String reason() {
        return reason;
    }

    /** The next transaction, or null if there is none now; a later call looks again. */
    @Nullable
    LogTransaction next() {
        StoreFile source = file != null ? file : openFirst();
        while (source != null) {
            LogTransaction transaction = read(source);
            if (transaction == null) {
                // The end may be that of the window, which was read before what is there now was written.
                window.invalidate();
                transaction = read(source);
            }
            if (transaction != null) {
                return transaction;
            }
            // The file may grow, and may be read again: what was seen here is not to be trusted the next time.
            window.invalidate();
            source = moveOn();
        }
        return null;
    }

    private @Nullable StoreFile openFirst() {
        stopOffset = 0;
        StoreFile opened = LogNames.openIfThere(files, tail.file());
        if (opened == null) {
            reason = "no such file";
            return null;
        }
        boolean used = false;
        try {
            LogHeader header = LogHeader.read(opened, tail.file(), settings.uuid());
            if (tail.offsetBytes() != LogFileDescriptor.HEADER_BYTES || header.chain() == tail.chain()) {
                use(opened, header, tail);
                used = true;
                return opened;
            }
            reason = "the file does not continue the one before";
        } catch (Corrupt e) {
            reason = String.valueOf(e.getMessage());
        } finally {
            if (!used) {
                opened.close();
            }
        }
        return null;
    }

    private void use(StoreFile opened, LogHeader header, LogTail at) {
        if (file != null) {
            file.close();
        }
        file = opened;
        fileBytes = Math.min(header.fileBytes(), opened.sizeBytes());
        tail = at;
    }

    private @Nullable StoreFile moveOn() {
        int number = tail.file() + 1;
        StoreFile opened = number <= 0 ? null : LogNames.openIfThere(files, number);
        if (opened == null) {
            return null;
        }
        boolean used = false;
        try {
            LogHeader header = LogHeader.read(opened, number, settings.uuid());
            LogTail start = header.start();
            long end = Math.min(header.fileBytes(), opened.sizeBytes());
            if (header.chain() == tail.chain() && header.versionBefore() == tail.lastVersion()
                    && window.load(opened, number, start.offsetBytes(), end) == LogWindow.Found.RECORD
                    && window.previousCrc() == tail.chain()) {
                use(opened, header, start);
                used = true;
                return opened;
            }
        } catch (Corrupt e) {
            // Whether it was ever part of the log is found out by who cares.
            reason = reason + "; " + e.getMessage();
        } finally {
            if (!used) {
                window.invalidate();
                opened.close();
            }
        }
        return null;
    }

    private @Nullable LogTransaction read(StoreFile source) {
        List<LogOperation> operations = new ArrayList<>();
        long offset = tail.offsetBytes();
        int chain = tail.chain();
        long version = 0;
        long timestampMs = 0;
        boolean more = true;
        while (more) {
            LogWindow.Found found = window.load(source, tail.file(), offset, fileBytes);
            if (found != LogWindow.Found.RECORD) {
                return stop(offset, found == LogWindow.Found.INVALID
                        ? "no valid record"
                        : operations.isEmpty() ? "end" : "end within a transaction");
            }
            if (window.previousCrc() != chain) {
                return stop(offset, "a record that does not continue the one before");
            }
            boolean first = operations.isEmpty();
            if (first
                    ? Long.compareUnsigned(window.version(), tail.lastVersion()) <= 0
                    : window.version() != version || window.timestampMs() != timestampMs) {
                return stop(offset, "version " + window.version() + " behind version " + tail.lastVersion());
            }
            version = window.version();
            timestampMs = window.timestampMs();
            if (!window.decode(operations)) {
                return stop(offset, "a record whose operations make no sense");
            }
            offset += window.recordBytes();
            chain = window.crc();
            more = window.hasMore();
        }
        LogTail before = tail;
        tail = new LogTail(before.file(), offset, chain, version);
        return new LogTransaction(version, timestampMs, operations, before, tail);
    }

    private @Nullable LogTransaction stop(long offset, String why) {
        stopOffset = offset;
        reason = why;
        return null;
    }

    @Override
    public void close() {
        arena.close();
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
