package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.Checkpoint;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.log.LogSettings;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import java.util.List;

/**
 * Writes a checkpoint whenever a log file is full, and deletes what it makes superfluous. Idempotent; one thread.
 *
 * <p>
 * Data is made durable before the checkpoint that speaks of it. Two checkpoints are kept, with the log behind the older
 * one, so that a damaged newest one costs nothing.
 */
final class Checkpoints {
    private static final int KEPT = 2;
    private final StoreDirectory files;
    private final LogSettings settings;
    private final Background.Parts parts;
    private final MarkWords words;

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
        if (!versions.isEmpty() && versions.getLast() == start.lastVersion()) {
            return 0;
        }
        // A switch of files that is not yet visible may still be undone.
        if (Long.compareUnsigned(start.lastVersion(), words.get(MarkWord.LAST_APPLIED)) >= 0) {
            return 0;
        }
        parts.store().data().sync();
        LogTail oldest = LogTail.ORIGIN;
        try (Checkpoint previous = Checkpoint.latest(files, settings, parts.events()::report)) {
            if (previous != null) {
                oldest = previous.position();
            }
            words.set(MarkWord.CHECKPOINT_VERSION, Checkpoint.write(files, settings, previous, start));
        }
        parts.events().add(Counter.CHECKPOINTS, 1);
        LogFiles.deleteOldCheckpoints(files, KEPT);
        long needed = words.get(MarkWord.INDEX_GENERATION) == 0
                ? words.get(MarkWord.LAST_APPLIED)
                : words.get(MarkWord.LAST_INDEXED) + 1;
        LogFiles.deleteCovered(files, settings, oldest, min(needed, words.get(MarkWord.LAST_APPLIED)));
        LogFiles.deleteTemporaries(files, owner -> owner == 0 || parts.slots().isAlive(owner));
        return 1;
    }

    private static long min(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? a : b;
    }
}
