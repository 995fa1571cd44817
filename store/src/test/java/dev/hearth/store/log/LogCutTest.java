package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.log.LogScan.Stop;
import dev.hearth.store.testing.MemoryFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A whole file of the log, cut at every byte: what is left is the longest prefix, and whether it ended there or was
 * damaged is told by what lies behind.
 *
 * <p>
 * Larger files with {@code -Dhearth.log.file.bytes=1048576}, which takes hours: it says every 16 KiB where it is, and
 * goes on from there with {@code -Dhearth.log.cut.from=CUT}.
 */
final class LogCutTest {
    private static final int FILE_BYTES = Integer.getInteger("hearth.log.file.bytes",
            (int) LogSettings.MIN_FILE_BYTES);
    private static final int FROM = Integer.getInteger("hearth.log.cut.from", FILE_BYTES);
    private static final int FROM_THE_START = 997;
    private static final int TELL_BYTES = 16 << 10;
    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings(FILE_BYTES);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void scan_wholeFileCutAtEveryByte_isTheLongestPrefix(boolean another) {
        List<LogTail> tails = new ArrayList<>(List.of(LogTail.ORIGIN));
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            for (long version = 1; tails.getLast().file() == 1; version++) {
                tails.add(commit(writer, version, put(version, version)));
            }
        }
        if (!another) {
            files.delete(LogNames.log(2));
        }
        tails.removeLast();
        byte[] whole = files.bytes(LogNames.log(1));
        int used = (int) tails.getLast().offsetBytes();
        assertTrue(used > FILE_BYTES - 1_000, "used=" + used);
        int at = tails.size() - 1;
        for (int cut = Math.min(FROM, whole.length); cut > LogFileDescriptor.HEADER_BYTES; cut--) {
            if (cut % TELL_BYTES == 0) {
                System.out.println("cut=" + cut + " of=" + FILE_BYTES + " another=" + another);
            }
            byte[] left = Arrays.copyOf(whole, cut);
            while (tails.get(at).offsetBytes() > cut) {
                at--;
            }
            files.setBytes(LogNames.log(1), left);
            check(tails, at, cut, another);
            // What is zero from there on may have been zero before.
            boolean next = at + 1 < tails.size() && tails.get(at + 1).offsetBytes() <= endOfZeros(whole, used, cut);
            files.setBytes(LogNames.log(1), Arrays.copyOf(left, whole.length));
            check(tails, next ? at + 1 : at, cut, another);
        }
        assertEquals(0, at, "all was cut");
    }

    private static int endOfZeros(byte[] whole, int used, int cut) {
        int end = cut;
        while (end < used && whole[end] == 0) {
            end++;
        }
        return end;
    }

    private void check(List<LogTail> tails, int at, int cut, boolean another) {
        // The bytes in front are as they were for the cut before, of which all was read.
        LogTail from = cut % FROM_THE_START == 0 ? LogTail.ORIGIN : tails.get(Math.max(0, at - 2));
        LogScan scan = LogReader.scan(files, settings, from, transaction -> {
        });
        boolean whole = at == tails.size() - 1;
        if (whole && another) {
            assertEquals(2, scan.tail().file(), "cut=" + cut);
            return;
        }
        assertEquals(tails.get(at), scan.tail(), "cut=" + cut);
        if (another) {
            assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), "cut=" + cut);
        } else {
            assertNotEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), "cut=" + cut);
        }
    }
}
