package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.describe;
import static dev.hearth.store.log.LogFixture.entry;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.readAll;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException.Closed;
import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.HearthException.Full;
import dev.hearth.store.log.LogScan.Stop;
import dev.hearth.store.testing.MemoryFiles;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LogWriterTest {
    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    @Test
    void commit_everyOperation_isReadBack() {
        LogOperation[] operations = {
                new LogOperation.DefineNamespace(3, "minilm", "r1", "dtype=F32 \u00e9"),
                put(1, 9), new LogOperation.Remove(5, -6, 3, LogFixture.bytes("k")),
                new LogOperation.EndNamespace(2), new LogOperation.ReleaseSegment(4, -7L),
                new LogOperation.Relocate(entry(8, 2)), new LogOperation.Evict(-1, 2, 3), new LogOperation.SyncMark(),
        };
        LogTail after;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            after = commit(writer, 9, operations);
        }
        List<LogTransaction> read = readAll(files, settings);
        assertEquals(1, read.size(), "transactions");
        LogTransaction transaction = read.getFirst();
        assertEquals(after, transaction.after(), "tail");
        assertEquals(LogTail.ORIGIN, transaction.before(), "start");
        for (int i = 0; i < operations.length; i++) {
            assertEquals(describe(operations[i]), describe(transaction.operations().get(i)), "operation " + i);
        }
        assertEquals(operations.length, transaction.operations().size(), "operations");
    }

    @Test
    void commit_onePut_isOneWrite() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commit(writer, 1, put(1, 1));
            int writes = files.writes();
            commit(writer, 2, put(2, 2));
            assertEquals(writes + 1, files.writes(), "writes");
        }
    }

    @Test
    void begin_versionNotAboveTheLast_isRefused() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commit(writer, 5, put(1, 5));
            assertThrows(IllegalStateException.class, () -> writer.begin(5, 0), "same version");
            commit(writer, -1, put(2, -1));
            assertThrows(IllegalStateException.class, () -> writer.begin(6, 0), "versions are unsigned");
        }
    }

    @Test
    void commit_nothing_isRefused() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            assertThrows(IllegalStateException.class, writer::commit, "no transaction");
            writer.begin(1, 0);
            assertThrows(IllegalStateException.class, writer::commit, "no operations");
            writer.abort();
            assertEquals(LogTail.ORIGIN, writer.tail(), "tail");
        }
    }

    @Test
    void put_versionOfAnotherTransaction_isRefused() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            writer.begin(2, 0);
            assertThrows(IllegalArgumentException.class,
                    () -> writer.put(entry(1, 1), LogFixture.bytes("k")), "entry of version 1");
            assertThrows(IllegalArgumentException.class,
                    () -> writer.put(entry(1, 2), MemorySegment.ofArray(new byte[1025])), "key too long");
        }
    }

    @Test
    void commit_keysOfEveryLength_areReadBack() {
        LogSettings large = settings(1 << 20);
        try (LogWriter writer = writer(files, large, LogTail.ORIGIN)) {
            for (int length = 1; length <= 1024; length++) {
                commit(writer, length, new LogOperation.Put(entry(length, length),
                        LogFixture.bytes("x".repeat(length))));
            }
        }
        List<LogTransaction> read = readAll(files, large);
        assertEquals(1024, read.size(), "transactions");
        for (int i = 0; i < 1024; i++) {
            LogOperation.Put put = (LogOperation.Put) read.get(i).operations().getFirst();
            assertEquals("x".repeat(i + 1), LogFixture.text(put.key()), "key " + i);
        }
    }

    @Test
    void commit_fileIsFull_goesOnInTheSpare() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            assertTrue(writer.prepareSpare(), "made");
            assertFalse(writer.prepareSpare(), "is there");
            LogTail tail = commitPuts(writer, 1, 200);
            assertEquals(3, tail.file(), "files for 200 records of 128 bytes");
        }
        List<LogTransaction> read = readAll(files, settings);
        assertEquals(200, read.size(), "transactions");
        for (int i = 0; i < 200; i++) {
            assertEquals(i + 1, read.get(i).version(), "version");
            assertEquals(i, read.get(i).before().lastVersion(), "continues");
        }
    }

    @Test
    void resume_anotherWriterAppended_continuesItsChain() {
        try (LogWriter one = writer(files, settings, LogTail.ORIGIN);
                LogWriter two = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = LogTail.ORIGIN;
            for (long version = 1; version <= 300; version++) {
                LogWriter writer = version % 3 == 0 ? one : two;
                writer.resume(tail);
                tail = commit(writer, version, put(version, version));
            }
            assertEquals(300, readAll(files, settings).size(), "transactions");
            assertEquals(4, tail.file(), "files");
        }
    }

    @Test
    void resume_logGoesOnBehindThePosition_isRefused() {
        LogTail middle;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            middle = commitPuts(writer, 1, 3);
            commitPuts(writer, 4, 5);
        }
        try (LogWriter writer = new LogWriter(files, settings)) {
            assertThrows(Corrupt.class, () -> writer.resume(middle), "a record is there");
            assertThrows(IllegalStateException.class, writer::tail, "no tail");
        }
    }

    @Test
    void commit_hugeTransaction_isOneVersionInOneFile() {
        int count = 100_000;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 3);
            writer.begin(4, 0);
            for (int i = 0; i < count; i++) {
                writer.put(entry(i, 4), LogFixture.bytes("key-" + i));
            }
            LogTail tail = writer.commit();
            assertEquals(2, tail.file(), "file");
            commitPuts(writer, 5, 300);
        }
        List<LogTransaction> read = readAll(files, settings);
        assertEquals(300, read.size(), "transactions");
        assertEquals(count, read.get(3).operations().size(), "operations");
        for (int i = 0; i < count; i += 997) {
            LogOperation.Put put = (LogOperation.Put) read.get(3).operations().get(i);
            assertEquals(entry(i, 4), put.entry(), "entry " + i);
            assertEquals("key-" + i, LogFixture.text(put.key()), "key " + i);
        }
    }

    @Test
    void commit_anyStepFails_losesNothingAndGoesOn() {
        int steps = runWithFailure(-1);
        for (int step = 0; step < steps; step++) {
            runWithFailure(step);
        }
        assertTrue(steps > 100, "steps=" + steps);
    }

    /** Commits 100 small and 2 large transactions, of which one meets a failure; returns the steps that were made. */
    private int runWithFailure(int failAt) {
        MemoryFiles disk = new MemoryFiles();
        disk.failAtStep(failAt);
        List<Long> committed = new ArrayList<>();
        try (LogWriter writer = new LogWriter(disk, settings)) {
            writer.resume(LogTail.ORIGIN);
            for (long version = 1; version <= 102; version++) {
                LogTail before = writer.tail();
                int puts = version % 50 == 0 ? 9_000 : 1;
                try {
                    writer.begin(version, 0);
                    for (int i = 0; i < puts; i++) {
                        writer.put(entry(i, version), LogFixture.bytes("k" + i));
                    }
                    writer.commit();
                    committed.add(version);
                } catch (Full e) {
                    assertEquals(before, writer.tail(), "tail after a failure at step " + failAt);
                }
            }
        }
        List<Long> read = new ArrayList<>();
        LogScan scan = LogReader.scan(disk, settings, LogTail.ORIGIN, t -> read.add(t.version()));
        assertEquals(committed, read, "failAt=" + failAt);
        assertEquals(Stop.END, scan.stop(), "failAt=" + failAt);
        assertTrue(committed.size() >= 101, "failAt=" + failAt);
        return disk.steps();
    }

    @Test
    void commit_diskStaysFull_givesSpaceBackButTakesNone() {
        long version = 0;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, ++version, version);
            files.limitBytes(0);
            Full refused = null;
            while (refused == null) {
                version++;
                try {
                    commit(writer, version, put(version, version));
                } catch (Full e) {
                    refused = e;
                }
            }
            for (int i = 0; i < 60; i++) {
                version++;
                commit(writer, version, new LogOperation.ReleaseSegment(i, 1));
            }
            files.limitBytes(Long.MAX_VALUE);
            commitPuts(writer, version + 1, version + 100);
        }
        assertEquals(Stop.END, LogReader.scan(files, settings, LogTail.ORIGIN, t -> {
        }).stop(), "the log is whole");
    }

    @Test
    void commit_undoFailsToo_writesNoMore() {
        MemoryFiles disk = new MemoryFiles();
        try (LogWriter writer = writer(disk, settings, LogTail.ORIGIN)) {
            LogTail tail = commitPuts(writer, 1, 2);
            disk.beforeEachStep(step -> {
                throw new Full("every step");
            });
            assertThrows(Full.class, () -> commit(writer, 3, put(3, 3)), "write");
            disk.beforeEachStep(step -> {
            });
            assertThrows(Closed.class, () -> commit(writer, 4, put(4, 4)), "broken");
            assertEquals(tail, writer.tail(), "tail");
        }
    }

    @Test
    void sync_coversFilesThatOthersWrote() {
        LogTail tail;
        try (LogWriter other = writer(files, settings, LogTail.ORIGIN)) {
            tail = commitPuts(other, 1, 250);
        }
        try (LogWriter writer = writer(files, settings, tail)) {
            writer.sync(tail);
            assertEquals(3, files.syncs(), "one sync a file");
            writer.sync(tail);
            assertEquals(4, files.syncs(), "only the last file again");
        }
        MemoryFiles left = files.afterPowerCut(new Random(1));
        assertEquals(250, readAll(left, settings).size(), "synced transactions survive");
    }

    @Test
    void sync_failed_stopsTheWriter() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = commitPuts(writer, 1, 1);
            files.failAtStep(files.steps());
            assertThrows(Full.class, () -> writer.sync(tail), "sync");
            assertThrows(Closed.class, () -> writer.sync(tail), "not repeated");
            assertThrows(Closed.class, () -> writer.begin(2, 0), "no more transactions");
        }
    }
}
