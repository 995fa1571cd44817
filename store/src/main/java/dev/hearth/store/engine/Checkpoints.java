package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a checkpoint when log files are full, and deletes what it makes superfluous. Idempotent; one thread, and
 * other processes may do the same.
 *
 * <p>
 * A checkpoint has all entries, so one a log file would write a large store over and over. It waits until so many
 * files are full that they are a {@value #SHARE_OF_CHECKPOINT}th of the checkpoint before it, {@value #MAX_FILES} at
 * most: what a replay reads behind a checkpoint, what is checked after a reboot, and what a merge keeps in memory, is
 * bounded by that. Where no spare log file can be made, space is short, and a checkpoint that lets go of log is written
 * at once.
 *
 * <p>
 * Data is made durable before the checkpoint that speaks of it. Two checkpoints are kept, with the log behind the older
 * one, so that a damaged newest one costs nothing.
 */
final class Checkpoints {
    /** The most log files that a checkpoint waits for. */
    static final int MAX_FILES = 4;
    private static final int SHARE_OF_CHECKPOINT = 8;

    private final StoreDirectory files;
    private final LogSettings settings;
    private final Background.Parts parts;
    private final MarkWords words;
    /** Where the older of two checkpoints starts, while log files in front of it wait for the index. */
    private @Nullable LogTail covered;
    /** The log file in front of which a checkpoint was found not to be due. */
    private int waitedFor;

    Checkpoints(Background.Parts parts) {
        this.parts = parts;
        this.files = parts.store().logFiles();
        this.settings = parts.settings();
        this.words = parts.store().mark().words();
    }

    /** Returns 1 if a checkpoint was written. */
    int work() {
        int current = (int) words.get(MarkWord.LOG_FILE);
        if (current < 2) {
            return 0;
        }
        LogTail start = LogFiles.startOf(files, settings, current);
        List<Long> versions = LogFiles.checkpoints(files);
        long applied = words.get(MarkWord.LAST_APPLIED);
        // A repair writes one that lies within a file.
        if (versions.stream().anyMatch(version -> Long.compareUnsigned(version, start.lastVersion()) >= 0
                && Long.compareUnsigned(version, applied) <= 0)) {
            deleteCovered();
            return 0;
        }
        // A switch of files that is not yet visible may still be undone.
        if (Long.compareUnsigned(start.lastVersion(), applied) >= 0) {
            return 0;
        }
        boolean room = parts.log().spareReady();
        if (room && (current == waitedFor || !isDue(current, versions))) {
            waitedFor = current;
            deleteCovered();
            return 0;
        }
        long startNs = System.nanoTime();
        parts.syncs().data();
        LogTail oldest = LogTail.ORIGIN;
        Set<Long> whole = new HashSet<>();
        try (Checkpoint previous = Checkpoint.latest(files, settings, parts.events()::report)) {
            if (previous != null) {
                oldest = previous.position();
                whole.add(previous.version());
            }
            long version = Checkpoint.write(files, settings, previous, start);
            whole.add(version);
            words.set(MarkWord.CHECKPOINT_VERSION, version);
        }
        parts.events().addTimed(Counter.CHECKPOINTS, Counter.CHECKPOINT_MICROS, startNs);
        LogFiles.deleteOtherCheckpoints(files, whole, words.get(MarkWord.LAST_APPLIED));
        covered = oldest;
        deleteCovered();
        LogFiles.deleteTemporaries(files, owner -> owner == 0 || parts.slots().isAlive(owner));
        return 1;
    }

    private boolean isDue(int current, List<Long> versions) {
        long applied = words.get(MarkWord.LAST_APPLIED);
        List<Long> made = versions.stream().filter(version -> Long.compareUnsigned(version, applied) <= 0).toList();
        if (made.isEmpty()) {
            return true;
        }
        long newest = made.getLast();
        int waited = filesToWaitFor(LogFiles.checkpointBytes(files, newest), settings.fileBytes());
        int first = Math.max(current - waited + 1, LogFiles.numbers(files).getFirst());
        // Whether what came before the first of so many files is behind the newest checkpoint.
        return Long.compareUnsigned(LogFiles.startOf(files, settings, first).lastVersion(), newest) > 0;
    }

    /** How many full log files a checkpoint waits for, after one of so many bytes. */
    static int filesToWaitFor(long checkpointBytes, long logFileBytes) {
        return Math.clamp(checkpointBytes / SHARE_OF_CHECKPOINT / logFileBytes, 1, MAX_FILES);
    }

    /** Deletes log files that neither a checkpoint nor the index needs; again later if the index is behind. */
    private void deleteCovered() {
        LogTail position = covered;
        if (position == null) {
            return;
        }
        long needed = words.get(MarkWord.INDEX_GENERATION) == 0
                ? words.get(MarkWord.LAST_APPLIED)
                : words.get(MarkWord.LAST_INDEXED) + 1;
        LogFiles.deleteCovered(files, settings, position, min(needed, words.get(MarkWord.LAST_APPLIED)));
        List<Integer> left = LogFiles.numbers(files);
        covered = left.isEmpty() || left.getFirst() >= position.file() ? null : position;
    }

    private static long min(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? a : b;
    }
}
