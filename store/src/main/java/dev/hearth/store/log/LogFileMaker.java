package dev.hearth.store.log;

import static dev.hearth.store.log.LogFileDescriptor.HEADER_BYTES;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Makes log files that have all their blocks before anybody writes to them, and keeps the spare one.
 *
 * <p>
 * Any thread may call, and so may other processes at the same time: everybody works on a temporary file of their own,
 * and a file gets its name by a rename when it is whole. A file is renamed from {@code spare} before its header is
 * written: whoever renames a spare over the name at the same time cannot get in between. So a log file without a
 * header, or without a record, is one that was not used yet.
 */
final class LogFileMaker {
    private static final int ZERO_BYTES = 1 << 20;

    private final StoreFiles files;
    private final LogSettings settings;

    LogFileMaker(StoreFiles files, LogSettings settings) {
        this.files = files;
        this.settings = settings;
    }

    boolean spareReady() {
        return files.exists(LogNames.SPARE);
    }

    /**
     * Makes the spare file unless it is there.
     *
     * @param filled write zeros and sync: faster to append to and to sync later, but takes milliseconds
     * @return whether one was made
     */
    synchronized boolean prepareSpare(boolean filled) {
        if (spareReady()) {
            return false;
        }
        make(LogNames.SPARE, settings.fileBytes(), filled);
        return true;
    }

    /**
     * Makes {@code name} ready to write {@code needBytes} to; a file of that name without a record is used or
     * replaced.
     */
    synchronized StoreFile take(String name, long needBytes) {
        StoreFile left = files.exists(name) ? openIfUsable(name, needBytes) : null;
        if (left != null) {
            return left;
        }
        if (needBytes <= settings.fileBytes() && spareReady()) {
            files.rename(LogNames.SPARE, name);
            StoreFile spare = openIfUsable(name, needBytes);
            if (spare != null) {
                return spare;
            }
        }
        make(name, Math.max(settings.fileBytes(), Bytes.align(needBytes, 4096)), false);
        return files.open(name, false);
    }

    /** The file, unless it was made under other settings or its length or blocks were lost in a power cut. */
    private @Nullable StoreFile openIfUsable(String name, long needBytes) {
        StoreFile file = files.open(name, false);
        try {
            long sizeBytes = file.sizeBytes();
            if (sizeBytes >= needBytes && sizeBytes % 4096 == 0 && firstWord(file, HEADER_BYTES) == 0) {
                // Costs next to nothing where all blocks are there, as they should be.
                file.allocate(0, sizeBytes);
                return file;
            }
        } catch (HearthException e) {
            file.close();
            throw e;
        }
        file.close();
        return null;
    }

    /** The eight bytes at {@code offsetBytes}; zero behind the end. */
    static long firstWord(StoreFile file, long offsetBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment word = arena.allocate(8, 8);
            file.read(offsetBytes, word);
            return word.get(Bytes.LONG, 0);
        }
    }

    private void make(String name, long lengthBytes, boolean filled) {
        String temporary = LogNames.temporarySpare(settings.owner());
        files.delete(temporary);
        try {
            try (StoreFile file = files.create(temporary)) {
                file.allocate(0, lengthBytes);
                if (filled) {
                    fill(file, 0, lengthBytes);
                    file.sync();
                }
            }
            files.rename(temporary, name);
        } catch (HearthException e) {
            dropAfter(e, files, temporary);
            throw e;
        }
    }

    /** Deletes a file because of {@code cause}, which is the error that counts. */
    static void dropAfter(HearthException cause, StoreFiles files, String name) {
        try {
            files.delete(name);
        } catch (HearthException e) {
            cause.addSuppressed(e);
        }
    }

    /** Writes zeros from {@code offset} to {@code end}. */
    static void fill(StoreFile file, long offset, long end) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(Math.min(ZERO_BYTES, Math.max(end - offset, 1)), 8);
            for (long at = offset; at < end; at += zeros.byteSize()) {
                file.write(at, zeros.asSlice(0, Math.min(zeros.byteSize(), end - at)));
            }
        }
    }
}
