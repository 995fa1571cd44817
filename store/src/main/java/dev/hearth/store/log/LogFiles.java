package dev.hearth.store.log;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The files of the log directory: what is there, what it says about the store, and what may go. Any thread. */
public final class LogFiles {
    private LogFiles() {}

    /**
     * What every file of the log says about its store.
     *
     * @param uuid     identity of the store
     * @param geometry the geometry, read-only
     */
    public record Identity(UUID uuid, MemorySegment geometry) {}

    /** Numbers of the log files, ascending. */
    public static List<Integer> numbers(StoreFiles files) {
        return LogNames.logNumbers(files);
    }

    /** Versions of the checkpoints, ascending (unsigned); whether they are whole is another question. */
    public static List<Long> checkpoints(StoreFiles files) {
        return LogNames.checkpointVersions(files);
    }

    /** Length of the checkpoint of {@code version} in bytes; 0 if it went away. */
    public static long checkpointBytes(StoreFiles files, long version) {
        String name = LogNames.checkpoint(version);
        if (!files.exists(name)) {
            return 0;
        }
        try (StoreFile file = files.open(name, true)) {
            return file.sizeBytes();
        }
    }

    /**
     * What the newest file with a valid header says about the store, for when all else is lost; null if none has one.
     */
    public static @Nullable Identity identify(StoreFiles files) {
        for (int number : LogNames.logNumbers(files).reversed()) {
            try (StoreFile file = files.open(LogNames.log(number), true)) {
                LogHeader header = LogHeader.read(file);
                return new Identity(header.uuid(), header.geometry());
            } catch (Corrupt e) {
                // The next one may do.
            }
        }
        for (long version : LogNames.checkpointVersions(files).reversed()) {
            try (StoreFile file = files.open(LogNames.checkpoint(version), true)) {
                CheckpointHeader header = CheckpointHeader.read(file);
                return new Identity(header.uuid(), header.geometry());
            } catch (Corrupt e) {
                // The next one may do.
            }
        }
        return null;
    }

    /** The position in front of the first record of file {@code number}: that is also the end of the file before. */
    public static LogTail startOf(StoreFiles files, LogSettings settings, int number) {
        try (StoreFile file = files.open(LogNames.log(number), true)) {
            return LogHeader.read(file, number, settings.uuid()).start();
        }
    }

    /** The path of the log file with this number. */
    public static Path path(StoreFiles files, int number) {
        return files.directory().resolve(LogNames.log(number));
    }

    /**
     * Deletes the log files that lie wholly in front of {@code position} and have no version from {@code
     * keepFromVersion} on, oldest first. To be able to fall back on the checkpoint before the newest, pass that one's
     * position.
     *
     * @param position        position of a checkpoint that is durable
     * @param keepFromVersion the first version that is still needed, such as the one behind the last indexed (unsigned)
     * @return number of files deleted
     */
    public static int deleteCovered(StoreFiles files, LogSettings settings, LogTail position, long keepFromVersion) {
        int deleted = 0;
        List<Integer> numbers = LogNames.logNumbers(files);
        for (int i = 0; i + 1 < numbers.size() && numbers.get(i) < position.file(); i++) {
            // What the next file says came before it is the last version of this one.
            LogTail end = startOf(files, settings, numbers.get(i + 1));
            if (Long.compareUnsigned(end.lastVersion(), keepFromVersion) >= 0) {
                break;
            }
            files.delete(LogNames.log(numbers.get(i)));
            deleted++;
        }
        return deleted;
    }

    /**
     * Deletes the checkpoints in front of the newest of these versions, which the caller knows to be whole, and those
     * that cannot be any, behind {@code lastVersion}. What lies between was written by somebody else meanwhile.
     */
    public static int deleteOtherCheckpoints(StoreFiles files, Set<Long> kept, long lastVersion) {
        if (kept.isEmpty()) {
            throw new IllegalArgumentException("kept=" + kept);
        }
        int deleted = 0;
        long newest = kept.stream().max(Long::compareUnsigned).orElseThrow();
        for (long version : LogNames.checkpointVersions(files)) {
            if (!kept.contains(version) && (Long.compareUnsigned(version, newest) < 0
                    || Long.compareUnsigned(version, lastVersion) > 0)) {
                files.delete(LogNames.checkpoint(version));
                deleted++;
            }
        }
        return deleted;
    }

    /** Deletes the temporary files of attachments that {@code isAlive} does not know. */
    public static int deleteTemporaries(StoreFiles files, LongPredicate isAlive) {
        int deleted = 0;
        for (String name : files.list()) {
            if (LogNames.isTemporary(name) && !isAlive.test(LogNames.ownerOf(name))) {
                files.delete(name);
                deleted++;
            }
        }
        return deleted;
    }
}
