package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.readAll;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.MemoryFiles;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a sync makes durable when the log goes on in another file meanwhile. */
final class LogSyncTest {
    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    @Test
    void sync_theLogWentOnInAnotherFile_coversTheEndOfTheOneBefore() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN);
                LogWriter other = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = commitPuts(writer, 1, 1);
            writer.syncFrom(1);
            other.syncFrom(1);
            tail = commitUntilFile(writer, tail, 2);
            // The word that says which file is used may not have been stored yet.
            writer.syncFrom(1);
            assertSurvives(tail);
            tail = commitUntilFile(writer, tail, 4);
            other.syncFrom(tail.file());
            assertSurvives(tail);
        }
    }

    @Test
    void sync_besideANextFileThatWasNeverUsed_coversTheOneThatIsAndThenTheOneThatReplacesIt() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            // A power cut can leave the name of a file and nothing of its length.
            files.create(LogNames.log(2)).close();
            commitPuts(writer, 1, 1);
            writer.syncFrom(1);
            LogTail tail = commit(writer, 2, put(2, 2));
            writer.syncFrom(1);
            assertSurvives(tail);
            writer.prepareSpare();
            tail = commitUntilFile(writer, tail, 2);
            writer.syncFrom(1);
            assertSurvives(tail);
            tail = commit(writer, tail.lastVersion() + 1, put(1, tail.lastVersion() + 1));
            writer.syncFrom(2);
            assertSurvives(tail);
        }
    }

    @Test
    void sync_aSwitchFailed_coversWhatStillGoesIntoTheFileBefore() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 1);
            writer.prepareSpare();
            files.rename(LogNames.SPARE, LogNames.log(2));
            writer.syncFrom(1);
            LogTail tail = commit(writer, 2, put(2, 2));
            writer.syncFrom(1);
            assertSurvives(tail);
            tail = commitUntilFile(writer, tail, 2);
            writer.syncFrom(2);
            assertSurvives(tail);
        }
    }

    @Test
    void sync_sameFileAgain_costsOneSync() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = commitUntilFile(writer, commitPuts(writer, 1, 1), 3);
            writer.syncFrom(3);
            int steps = files.steps();
            writer.syncFrom(3);
            assertEquals(steps + 1, files.steps(), "steps");
            assertSurvives(tail);
        }
    }

    private static LogTail commitUntilFile(LogWriter writer, LogTail from, int file) {
        LogTail tail = from;
        while (tail.file() < file) {
            long version = tail.lastVersion() + 1;
            tail = commit(writer, version, put(version, version));
        }
        return tail;
    }

    /** Whatever else a power cut leaves. */
    private void assertSurvives(LogTail tail) {
        for (int seed = 0; seed < 60; seed++) {
            MemoryFiles left = files.afterPowerCut(new Random(seed * 0x9E3779B97F4A7C15L));
            long found = readAll(left, settings).size();
            assertTrue(found >= tail.lastVersion(), "seed=" + seed + " found=" + found + " synced=" + tail);
        }
    }
}
