package dev.hearth.store.log;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Cuts the log at a position: behind it everything is zero again, and no file follows. Under the writer lock.
 *
 * <p>
 * Whatever is cut is removed from its end: later files in descending order, then the bytes of the last file in chunks
 * from back to front. So the log is a prefix of what it was at every instant, a cut that was interrupted is simply
 * done again, and no record is ever left behind a gap.
 */
public final class LogCutter {
    private static final int CHUNK_BYTES = 256 << 10;

    private LogCutter() {}

    /**
     * Cuts the log of {@code files} behind {@code tail}, and syncs what was changed.
     *
     * @return whether there was anything to cut
     */
    public static boolean cut(StoreFiles files, LogSettings settings, LogTail tail) {
        boolean changed = false;
        List<Integer> numbers = LogNames.logNumbers(files);
        for (int number : numbers.reversed()) {
            boolean unused = number == tail.file() && tail.offsetBytes() == LogFileDescriptor.HEADER_BYTES;
            if (number > tail.file() || unused) {
                files.delete(LogNames.log(number));
                changed = true;
            }
        }
        if (tail.offsetBytes() > LogFileDescriptor.HEADER_BYTES) {
            changed |= cutFile(files, settings, tail);
        }
        if (changed) {
            files.syncDirectory();
        }
        return changed;
    }

    private static boolean cutFile(StoreFiles files, LogSettings settings, LogTail tail) {
        try (StoreFile file = files.open(LogNames.log(tail.file()), false)) {
            LogHeader header = LogHeader.read(file, tail.file(), settings.uuid());
            long sizeBytes = file.sizeBytes();
            if (sizeBytes < tail.offsetBytes()) {
                throw new Corrupt("log tail", file.path(), tail.offsetBytes(), "a file that goes on so far",
                        sizeBytes + " bytes");
            }
            boolean changed = zeroBackwards(file, tail.offsetBytes(), sizeBytes);
            // The blocks that a file lost at its end; a header that claims more than any file has is not believed.
            if (sizeBytes < header.fileBytes() && header.fileBytes() <= LogSettings.MAX_FILE_BYTES) {
                file.allocate(sizeBytes, header.fileBytes() - sizeBytes);
                changed = true;
            }
            if (changed) {
                file.sync();
            }
            return changed;
        }
    }

    /**
     * Removes the files that no record was ever committed to, behind a log that ends at {@code tail}; nobody else has
     * it open. After a reboot the spare one may be a log file whose new name was lost, with some of its records.
     */
    public static void dropUnused(StoreFiles files, LogTail tail) {
        for (int number : LogNames.logNumbers(files).reversed()) {
            if (number > tail.file()) {
                files.delete(LogNames.log(number));
            }
        }
        files.delete(LogNames.SPARE);
        files.syncDirectory();
    }

    /** Writes all log files again as they are, so that a sync has to write them back. */
    public static void rewrite(StoreFiles files) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(CHUNK_BYTES, 8);
            for (int number : LogNames.logNumbers(files)) {
                try (StoreFile file = files.open(LogNames.log(number), false)) {
                    long at = 0;
                    for (long read = file.read(0, chunk); read > 0; read = file.read(at, chunk)) {
                        file.write(at, chunk.asSlice(0, read));
                        at += read;
                    }
                }
            }
        }
    }

    static boolean zeroBackwards(StoreFile file, long start, long end) {
        boolean changed = false;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(CHUNK_BYTES, 8);
            MemorySegment zeros = arena.allocate(CHUNK_BYTES, 8);
            for (long to = end; to > start;) {
                long from = Math.max(start, to - CHUNK_BYTES);
                long length = to - from;
                file.read(from, chunk.asSlice(0, length));
                if (chunk.asSlice(0, length).mismatch(zeros.asSlice(0, length)) >= 0) {
                    file.write(from, zeros.asSlice(0, length));
                    changed = true;
                }
                to = from;
            }
        }
        return changed;
    }
}
