package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.readAll;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.MemoryFiles;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is left of a log that was cut, whatever a power cut does behind that. */
final class LogCutterTest {
    private static final int SEEDS = 60;
    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    @Test
    void cut_powerCutBehindIt_nothingComesBack() {
        LogTail kept;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            kept = commitPuts(writer, 1, 20);
            writer.sync(commitPuts(writer, 21, 250));
        }
        assertTrue(LogFiles.numbers(files).size() > 2, "files");
        assertTrue(LogCutter.cut(files, settings, kept));
        for (int seed = 0; seed < SEEDS; seed++) {
            MemoryFiles left = files.afterPowerCut(new Random(seed * 0x9E3779B97F4A7C15L));
            LogScan scan = LogReader.scan(left, settings, LogTail.ORIGIN, transaction -> {
            });
            assertEquals(kept, scan.tail(), "seed=" + seed);
            assertEquals(LogScan.Stop.END, scan.stop(), "seed=" + seed);
            assertEquals(1, LogFiles.numbers(left).size(), "seed=" + seed);
        }
    }

    @Test
    void dropUnused_powerCutBehindIt_onlyTheLogIsLeft() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = commitPuts(writer, 1, 20);
            writer.sync(tail);
            // A name that was lost, and one whose file was never used.
            writer.prepareSpare();
            files.create(LogNames.log(2)).close();
            files.syncDirectory();
            LogCutter.dropUnused(files, tail);
        }
        for (int seed = 0; seed < SEEDS; seed++) {
            MemoryFiles left = files.afterPowerCut(new Random(seed * 0x9E3779B97F4A7C15L));
            assertFalse(left.exists(LogNames.SPARE), "seed=" + seed);
            assertEquals(1, LogFiles.numbers(left).size(), "seed=" + seed);
            assertEquals(20, readAll(left, settings).size(), "seed=" + seed);
        }
    }
}
