package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.io.StoreFiles;
import dev.hearth.store.testing.MemoryFiles;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LogFollowerTest {
    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    private static void assertNext(LogFollower follower, long version) {
        LogTransaction transaction = follower.next();
        assertNotNull(transaction, "version " + version);
        assertEquals(version, transaction.version(), "version");
    }

    @Test
    void next_whileTheLogGrows_returnsEveryTransactionOnce() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN);
                LogFollower follower = LogReader.follow(files, settings, 0)) {
            assertNull(follower.next(), "empty log");
            for (long version = 1; version <= 300; version += 3) {
                commitPuts(writer, version, version + 2);
                for (long v = version; v < version + 3; v++) {
                    assertNext(follower, v);
                }
                assertNull(follower.next(), "end");
                assertFalse(follower.behind(), "not behind");
            }
        }
    }

    @Test
    void next_behindWhatWasThereWhenTheFileWasRead_isFoundAtOnce() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN);
                LogFollower follower = LogReader.follow(files, settings, 1)) {
            commitPuts(writer, 1, 2);
            assertNext(follower, 1);
            commitPuts(writer, 3, 3);
            for (long version = 2; version <= 3; version++) {
                LogTransaction transaction = follower.next(3);
                assertNotNull(transaction, "version 3 was committed");
                assertEquals(version, transaction.version());
            }
        }
    }

    @Test
    void next_fromTheMiddle_startsThere() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 300);
        }
        for (long from = 1; from <= 300; from++) {
            try (LogFollower follower = LogReader.follow(files, settings, from)) {
                assertNext(follower, from);
            }
        }
        try (LogFollower follower = LogReader.follow(files, settings, 301)) {
            assertNull(follower.next(), "nothing yet");
            assertFalse(follower.behind(), "it may come");
        }
    }

    @Test
    void next_filesDeleted_isBehind() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN);
                LogFollower follower = LogReader.follow(files, settings, 1)) {
            commitPuts(writer, 1, 10);
            assertNext(follower, 1);
            commitPuts(writer, 11, 400);
            files.delete("0001.log");
            files.delete("0002.log");
            long last = 1;
            LogTransaction transaction = follower.next();
            while (transaction != null) {
                last = transaction.version();
                transaction = follower.next();
            }
            assertTrue(last < 200, "the open file was read to its end, last=" + last);
            assertTrue(follower.behind(), "then there was a gap");
            assertNull(follower.next(400), "no error");
        }
        try (LogFollower follower = LogReader.follow(files, settings, 5)) {
            assertNull(follower.next(), "from the start");
            assertTrue(follower.behind(), "too old");
        }
        try (LogFollower follower = LogReader.follow(files, settings, 0)) {
            LogTransaction oldest = follower.next();
            assertNotNull(oldest, "whatever there is");
            assertTrue(oldest.version() > 11, "version " + oldest.version());
            assertNext(follower, oldest.version() + 1);
            assertFalse(follower.behind(), "that is not behind");
        }
    }

    @Test
    void next_fileDeletedBeforeItWasOpened_isBehind() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 300);
        }
        try (LogFollower follower = new LogFollower(new DeletingFiles(files), settings, 150)) {
            assertNull(follower.next(), "deleted while it was looked for");
            assertTrue(follower.behind(), "behind");
        }
    }

    @Test
    void next_firstFileDeletedBetweenListAndLook_isBehindAndNoDamage() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 300);
        }
        try (LogFollower follower = new LogFollower(new DeletingFiles(files), settings, 1)) {
            assertNull(follower.next(300), "deleted while it was looked for");
            assertTrue(follower.behind(), "behind");
        }
    }

    @Test
    void next_throughVersionWrittenBehindWhatWasReadAhead_isThere() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN);
                LogFollower follower = LogReader.follow(files, settings, 1)) {
            commitPuts(writer, 1, 3);
            assertNext(follower, 1);
            commitPuts(writer, 4, 6);
            for (long version = 2; version <= 6; version++) {
                LogTransaction transaction = follower.next(6);
                assertEquals(version, transaction == null ? 0 : transaction.version());
            }
        }
    }

    @Test
    void next_throughVersion_holdsBackWhatIsAbove() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN);
                LogFollower follower = LogReader.follow(files, settings, 1)) {
            commitPuts(writer, 1, 3);
            assertNotNull(follower.next(1), "first");
            assertNull(follower.next(1), "second is above");
            assertNotNull(follower.next(2), "second");
            assertNotNull(follower.next(9), "third");
            Corrupt e = assertThrows(Corrupt.class, () -> follower.next(9), "nine was committed, they say");
            assertTrue(String.valueOf(e.getMessage()).contains("version 9"), "message: " + e.getMessage());
            assertNull(follower.next(3), "three is all");
        }
    }

    @Test
    void next_recordHalfWritten_waitsForTheRest() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 5);
        }
        byte[] whole = files.bytes("0001.log");
        int middle = LogFileDescriptor.HEADER_BYTES + 3 * 128 + 50;
        byte[] half = whole.clone();
        Arrays.fill(half, middle, half.length, (byte) 0);
        files.setBytes("0001.log", half);
        try (LogFollower follower = LogReader.follow(files, settings, 1)) {
            assertNext(follower, 1);
            assertNext(follower, 2);
            assertNext(follower, 3);
            assertNull(follower.next(), "half a record");
            try (StoreFile file = files.open("0001.log", false)) {
                file.write(0, MemorySegment.ofArray(whole));
            }
            assertNext(follower, 4);
            assertNext(follower, 5);
        }
    }

    /** A directory from which the second file goes away, and the first, once the header of the second was read. */
    private record DeletingFiles(MemoryFiles files) implements StoreFiles {
        @Override
        public StoreFile open(String name, boolean readOnly) {
            StoreFile file = files.open(name, readOnly);
            if ("0002.log".equals(name)) {
                files.delete("0001.log");
                files.delete("0002.log");
            }
            return file;
        }

        @Override
        public Path directory() {
            return files.directory();
        }

        @Override
        public List<String> list() {
            return files.list();
        }

        @Override
        public boolean exists(String name) {
            return files.exists(name);
        }

        @Override
        public StoreFile create(String name) {
            return files.create(name);
        }

        @Override
        public void rename(String from, String to) {
            files.rename(from, to);
        }

        @Override
        public void delete(String name) {
            files.delete(name);
        }

        @Override
        public void syncDirectory() {
            files.syncDirectory();
        }
    }
}
