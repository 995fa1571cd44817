package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.entry;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.HearthException.Incompatible;
import dev.hearth.store.log.LogScan.Stop;
import dev.hearth.store.testing.MemoryFiles;
import dev.hearth.store.testing.TimeBox;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a log says that was cut, flipped, moved or crafted. */
final class LogDamageTest {
    private static final String FIRST = "0001.log";

    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    /** Nine transactions of one, two and three operations; where each ends. */
    private List<LogTail> writeSmallLog() {
        List<LogTail> tails = new ArrayList<>(List.of(LogTail.ORIGIN));
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            for (long version = 1; version <= 9; version++) {
                writer.begin(version, 0);
                for (long i = 0; i <= version % 3; i++) {
                    writer.put(entry(version * 3 + i, version), LogFixture.bytes("key-" + i));
                }
                tails.add(writer.commit());
            }
        }
        return tails;
    }

    private LogScan scan(MemoryFiles directory) {
        return LogReader.scan(directory, settings, LogTail.ORIGIN, t -> {
        });
    }

    @Test
    void scan_cutAtEveryByte_isTheLongestValidPrefix() {
        List<LogTail> tails = writeSmallLog();
        byte[] whole = files.bytes(FIRST);
        int end = (int) tails.getLast().offsetBytes();
        for (int length = 0; length <= end + 9; length++) {
            byte[] truncated = Arrays.copyOf(whole, length);
            files.setBytes(FIRST, truncated);
            checkCut(lastWhole(tails, whole, truncated), "truncated to " + length);
            byte[] zeroed = Arrays.copyOf(truncated, whole.length);
            // A magic with a format of zero reads as an older format.
            if (length != LogFileDescriptor.FORMAT_OFFSET) {
                files.setBytes(FIRST, zeroed);
                checkCut(lastWhole(tails, whole, zeroed), "zero from " + length);
            }
        }
    }

    /** The last position up to which nothing was changed: the padding of a key is zero anyway. */
    private static LogTail lastWhole(List<LogTail> tails, byte[] whole, byte[] cut) {
        int same = Arrays.mismatch(whole, cut);
        return tails.reversed().stream().filter(t -> same < 0 || t.offsetBytes() <= same).findFirst()
                .orElse(LogTail.ORIGIN);
    }

    private void checkCut(LogTail expected, String how) {
        LogScan scan = scan(files);
        assertEquals(expected, scan.tail(), how);
        assertNotEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), how);
        LogCutter.cut(files, settings, expected);
        LogScan again = scan(files);
        assertEquals(expected, again.tail(), how);
        assertEquals(Stop.END, again.stop(), how);
        assertFalse(LogCutter.cut(files, settings, expected), "nothing left to cut, " + how);
        try (LogWriter writer = writer(files, settings, expected)) {
            commit(writer, 77, put(7, 77));
        }
        assertEquals(77, scan(files).tail().lastVersion(), how);
    }

    @Test
    void scan_everyBitFlipped_stopsThereAndReports() {
        List<LogTail> tails = writeSmallLog();
        byte[] whole = files.bytes(FIRST);
        int end = (int) tails.getLast().offsetBytes();
        LogTail lastStart = tails.get(tails.size() - 2);
        for (int bit = LogFileDescriptor.HEADER_BYTES * 8; bit < end * 8; bit++) {
            int at = bit / 8;
            byte[] bad = whole.clone();
            bad[at] ^= (byte) (1 << (bit % 8));
            files.setBytes(FIRST, bad);
            LogTail expected = tails.reversed().stream().filter(t -> t.offsetBytes() <= at).findFirst().orElseThrow();
            LogScan scan = scan(files);
            assertEquals(expected, scan.tail(), "bit " + bit);
            assertEquals(at < lastStart.offsetBytes() ? Stop.DAMAGED_WITH_VALID_TAIL_BEHIND : Stop.TORN, scan.stop(),
                    "bit " + bit);
            assertEquals(expected.offsetBytes(), scan.stopOffset(), "bit " + bit);
        }
    }

    @Test
    void scan_everyHeaderByteFlipped_isFound() {
        writeSmallLog();
        byte[] whole = files.bytes(FIRST);
        for (int at = 0; at < LogFileDescriptor.HEADER_BYTES; at++) {
            byte[] bad = whole.clone();
            bad[at] ^= (byte) (1 << (at % 8));
            files.setBytes(FIRST, bad);
            int format = at - LogFileDescriptor.FORMAT_OFFSET;
            if (format >= 0 && format < 4) {
                assertThrows(Incompatible.class, () -> scan(files), "format, byte " + at);
            } else {
                assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan(files).stop(), "byte " + at);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void scan_otherFormat_saysWhich(int format) {
        writeSmallLog();
        byte[] bytes = files.bytes(FIRST);
        bytes[LogFileDescriptor.FORMAT_OFFSET] = (byte) format;
        files.setBytes(FIRST, bytes);
        Incompatible e = assertThrows(Incompatible.class, () -> scan(files), "format " + format);
        assertEquals(format, e.found(), "found");
        assertEquals(2, e.supported(), "supported");
        assertTrue(Arrays.equals(bytes, files.bytes(FIRST)), "untouched");
    }

    @Test
    void scan_recordOfAnotherPlace_isNotOne() {
        List<LogTail> tails = writeSmallLog();
        byte[] bytes = files.bytes(FIRST);
        int from = (int) tails.get(1).offsetBytes();
        int to = (int) tails.get(2).offsetBytes();
        // The second record once more behind the last: right in itself, wrong where it is.
        System.arraycopy(bytes, from, bytes, (int) tails.getLast().offsetBytes(), to - from);
        files.setBytes(FIRST, bytes);
        assertEquals(tails.getLast(), scan(files).tail(), "tail");
        assertEquals(Stop.TORN, scan(files).stop(), "no record");
    }

    @Test
    void scan_moveOfWhatIsNotThereYet_isNotOne() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commit(writer, 3, put(1, 3));
            commit(writer, 4, new LogOperation.Relocate(entry(1, 3)));
            commit(writer, 5, new LogOperation.Relocate(entry(2, 81)));
        }
        assertEquals(4, scan(files).tail().lastVersion(), "the last that makes sense");
        assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan(files).stop(), "reported");
    }

    @Test
    void scan_recordLeftOut_isFound() {
        List<LogTail> tails = writeSmallLog();
        byte[] bytes = files.bytes(FIRST);
        int from = (int) tails.get(3).offsetBytes();
        int to = (int) tails.get(4).offsetBytes();
        System.arraycopy(bytes, to, bytes, from, bytes.length - to);
        files.setBytes(FIRST, Arrays.copyOf(bytes, bytes.length));
        assertEquals(tails.get(3), scan(files).tail(), "the record behind was written elsewhere");
    }

    @Test
    void scan_anotherStoresRecord_isNotOne() {
        List<LogTail> tails = writeSmallLog();
        MemoryFiles other = new MemoryFiles();
        LogSettings otherSettings = new LogSettings(new UUID(5, 6), LogFixture.FILE_BYTES, LogFixture.bytes("g"), 1);
        try (LogWriter writer = writer(other, otherSettings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 30);
        }
        byte[] bytes = files.bytes(FIRST);
        int at = (int) tails.get(4).offsetBytes();
        System.arraycopy(other.bytes(FIRST), at, bytes, at, 1000);
        files.setBytes(FIRST, bytes);
        assertEquals(tails.get(4), scan(files).tail(), "tail");
        files.setBytes(FIRST, other.bytes(FIRST));
        assertEquals(LogTail.ORIGIN, scan(files).tail(), "a file of another store");
        assertEquals(0, scan(files).transactions(), "nothing of it");
    }

    @Test
    void scan_tailOfAnotherHistory_isNotTaken() {
        List<LogTail> tails = writeSmallLog();
        byte[] one = files.bytes(FIRST);
        MemoryFiles copy = new MemoryFiles();
        try (LogWriter writer = writer(copy, settings, LogTail.ORIGIN)) {
            // The same store, the same places and versions, but another history from the start.
            for (long version = 1; version <= 9; version++) {
                writer.begin(version, 1);
                for (long i = 0; i <= version % 3; i++) {
                    writer.put(entry(version * 3 + i, version), LogFixture.bytes("kez-" + i));
                }
                assertEquals(tails.get((int) version).offsetBytes(), writer.commit().offsetBytes(), "same places");
            }
        }
        int at = (int) tails.get(4).offsetBytes();
        System.arraycopy(copy.bytes(FIRST), at, one, at, one.length - at);
        files.setBytes(FIRST, one);
        LogScan scan = scan(files);
        assertEquals(tails.get(4), scan.tail(), "up to where the histories part");
        assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), "reported");
    }

    @Test
    void scan_recordOfAnotherFile_isNotOne() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 100);
        }
        byte[] first = files.bytes(FIRST);
        byte[] second = files.bytes("0002.log");
        // Behind its last record the second file gets one that the first has at the same offset.
        int free = (int) scan(files).tail().offsetBytes();
        System.arraycopy(first, free, second, free, 128);
        files.setBytes("0002.log", second);
        LogScan scan = scan(files);
        assertEquals(100, scan.tail().lastVersion(), "tail");
        assertEquals(Stop.TORN, scan.stop(), "not even a record");
    }

    @Test
    void scan_fileInBetweenDamaged_reportsWhatIsBehind() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 250);
        }
        byte[] second = files.bytes("0002.log");
        byte[] bad = second.clone();
        // The last record of the file: nothing behind it in the file itself.
        bad[bad.length - 200] ^= 8;
        files.setBytes("0002.log", bad);
        LogScan scan = scan(files);
        assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), "record");
        assertEquals("0002.log", scan.stopFile(), "where");
        files.delete("0002.log");
        assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan(files).stop(), "file");
        assertEquals(1, scan(files).tail().file(), "the first file is whole");
        LogCutter.cut(files, settings, scan(files).tail());
        assertEquals(List.of(FIRST), files.list(), "what followed the gap is gone");
    }

    @Test
    void scan_bytesBehindTheLastRecordOfAClosedFile_doNotMatter() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commitPuts(writer, 1, 30);
            LogTail next = commit(writer, 31, new LogOperation.Put(entry(1, 31), LogFixture.bytes("k".repeat(1000))));
            while (next.file() == 1) {
                next = commitPuts(writer, next.lastVersion() + 1, next.lastVersion() + 1);
            }
        }
        byte[] first = files.bytes(FIRST);
        first[first.length - 3] = 9;
        files.setBytes(FIRST, first);
        assertEquals(Stop.END, scan(files).stop(), "the next file continues the chain");
        assertEquals(2, scan(files).tail().file(), "and was read");
    }

    @Test
    void scan_fileWithoutARecord_isNotPartOfTheLog() {
        LogTail tail;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            tail = commitPuts(writer, 1, 5);
        }
        files.setBytes("0002.log", new byte[(int) LogFixture.FILE_BYTES]);
        assertEquals(tail, scan(files).tail(), "tail");
        assertEquals(Stop.END, scan(files).stop(), "the spare was renamed and its maker died");
        try (LogWriter writer = writer(files, settings, tail)) {
            commitPuts(writer, 6, 150);
        }
        assertEquals(150, scan(files).tail().lastVersion(), "it was used");
    }

    @Test
    void scan_missingFile_isAnErrorUnlessNothingWasThere() {
        assertEquals(Stop.END, scan(files).stop(), "new store");
        assertThrows(Corrupt.class, () -> LogReader.scan(files, settings, new LogTail(3, 4104, 5, 6), t -> {
        }), "position in a file that is not there");
    }

    @Test
    void scan_transactionWithoutItsLastPart_isNotThere() {
        LogTail before;
        LogTail after;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            before = commitPuts(writer, 1, 2);
            writer.begin(3, 0);
            for (int i = 0; i < 30_000; i++) {
                writer.put(entry(i, 3), LogFixture.bytes("key-" + i));
            }
            after = writer.commit();
        }
        String name = LogNames.log(after.file());
        byte[] whole = files.bytes(name);
        for (int kept : new int[]{5000, 1 << 20, (1 << 20) + 4096, (2 << 20) + 4096 + 77,
                (int) after.offsetBytes() - 8}) {
            files.setBytes(name, Arrays.copyOf(Arrays.copyOf(whole, kept), whole.length));
            List<Long> versions = new ArrayList<>();
            LogScan scan = LogReader.scan(files, settings, LogTail.ORIGIN, t -> versions.add(t.version()));
            assertEquals(List.of(1L, 2L), versions, "kept " + kept);
            assertEquals(before.lastVersion(), scan.tail().lastVersion(), "kept " + kept);
            assertEquals(Stop.TORN, scan.stop(), "kept " + kept);
        }
    }

    @Test
    void scan_recordThatClaimsTooMuch_isRefusedWithoutTakingMemory() {
        writeSmallLog();
        byte[] whole = files.bytes(FIRST);
        for (int claim : new int[]{-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30, (1 << 20) + 8, 24, 33, 1}) {
            byte[] bad = whole.clone();
            MemorySegment.ofArray(bad).set(Bytes.INT, LogFileDescriptor.HEADER_BYTES, claim);
            files.setBytes(FIRST, bad);
            assertEquals(LogTail.ORIGIN, scan(files).tail(), "claim " + claim);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void scan_randomBytesUnderAValidChecksum_areRefused(long seed) {
        Random random = new Random(seed);
        List<LogTail> tails = writeSmallLog();
        byte[] whole = files.bytes(FIRST);
        int start = LogFileDescriptor.HEADER_BYTES;
        int length = (int) tails.get(1).offsetBytes() - start;
        TimeBox box = TimeBox.of(300, Duration.ofSeconds(4));
        for (int round = 0; round < 3000 && box.goesOn(); round++) {
            byte[] crafted = whole.clone();
            MemorySegment record = MemorySegment.ofArray(crafted).asSlice(start, length);
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = RecordDescriptor.OPERATION_COUNT_OFFSET + random.nextInt(length - 14);
                record.set(Bytes.BYTE, at, (byte) random.nextInt());
            }
            int crc = new Checksums(LogFixture.STORE).record(1, start,
                    ByteBuffer.wrap(crafted), start, length);
            record.set(Bytes.INT, RecordDescriptor.CRC_OFFSET, crc);
            files.setBytes(FIRST, crafted);
            LogScan scan = assertTimeoutPreemptively(Duration.ofMinutes(4), () -> scan(files),
                    "seed=" + seed + " round=" + round);
            // The chain behind it is broken in any case; whether the record itself makes sense depends.
            assertTrue(scan.transactions() <= 1 || crc == tails.get(1).chain(), "seed=" + seed + " round=" + round);
        }
    }

    @Test
    void scan_everyPlaceLooksLikeALargeRecord_endsInTime() {
        LogSettings large = settings(32 << 20);
        LogTail tail;
        try (LogWriter writer = writer(files, large, LogTail.ORIGIN)) {
            tail = commitPuts(writer, 1, 3);
        }
        byte[] bytes = files.bytes(FIRST);
        MemorySegment file = MemorySegment.ofArray(bytes);
        for (int at = (int) tail.offsetBytes(); at + 64 < bytes.length; at += 32) {
            file.set(Bytes.INT, at, 1 << 20);
            file.set(Bytes.BYTE, at + RecordDescriptor.TYPE_OFFSET, (byte) 1);
            file.set(Bytes.LONG, at + RecordDescriptor.VERSION_OFFSET, -2L);
        }
        files.setBytes(FIRST, bytes);
        LogScan scan = assertTimeoutPreemptively(Duration.ofMinutes(4),
                () -> LogReader.scan(files, large, LogTail.ORIGIN, t -> {
                }), "bounded search");
        assertEquals(tail, scan.tail(), "tail");
        assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), "the answer that changes nothing");
    }

    @Test
    void cut_killedAtEveryStep_leavesAPrefix() {
        LogTail middle;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            middle = commitPuts(writer, 1, 40);
            commitPuts(writer, 41, 400);
        }
        List<MemoryFiles> snapshots = new ArrayList<>();
        MemoryFiles cut = files.copy();
        cut.beforeEachStep(step -> snapshots.add(cut.copy()));
        assertTrue(LogCutter.cut(cut, settings, middle), "something to cut");
        snapshots.add(cut.copy());
        long last = 400;
        for (MemoryFiles snapshot : snapshots) {
            LogScan scan = scan(snapshot);
            assertNotEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), "never a gap");
            assertTrue(scan.tail().lastVersion() <= last && scan.tail().lastVersion() >= 40, "shorter and shorter");
            last = scan.tail().lastVersion();
            LogCutter.cut(snapshot, settings, middle);
            assertEquals(middle, scan(snapshot).tail(), "done again");
        }
        assertEquals(40, last, "in the end");
        assertTrue(snapshots.size() > 4, "steps=" + snapshots.size());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void scan_powerCut_keepsWhatWasSynced(long seed) {
        Random random = new Random(seed);
        LogTail synced = LogTail.ORIGIN;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            long version = 0;
            for (int round = 0; round < 5; round++) {
                int count = random.nextInt(120);
                synced = commitPuts(writer, version + 1, version + count);
                version += count;
                if (random.nextBoolean()) {
                    writer.prepareSpare();
                }
                writer.sync(synced);
            }
            commitPuts(writer, version + 1, version + random.nextInt(120));
        }
        MemoryFiles left = files.afterPowerCut(random);
        LogScan scan = scan(left);
        assertTrue(scan.tail().lastVersion() >= synced.lastVersion(),
                "seed=" + seed + " synced=" + synced + " found=" + scan);
        LogCutter.cut(left, settings, scan.tail());
        try (LogWriter writer = writer(left, settings, scan.tail())) {
            commitPuts(writer, 10_000, 10_200);
        }
        assertEquals(10_200, scan(left).tail().lastVersion(), "seed=" + seed);
    }
}
