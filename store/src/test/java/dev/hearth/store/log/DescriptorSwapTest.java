package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.entry;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.io.StoreFile;
import dev.hearth.store.log.LogScan.Stop;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.testing.MemoryFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Whole structures with a right checksum of their own in place of others of their kind: what they lie in has a checksum
 * of the same polynomial, and has to see it.
 */
final class DescriptorSwapTest {
    private static final String LOG = "0001.log";

    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    private static byte[] encoded(EntryDescriptor entry) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(EntryLayout.BYTES);
            EntryLayout.write(entry, memory, 0);
            assertTrue(EntryLayout.isValid(memory, 0), "right by itself");
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Where the only piece of a file starts that has these bytes. */
    private static int find(byte[] file, byte[] piece) {
        int found = -1;
        for (int at = 0; at <= file.length - piece.length; at++) {
            if (Arrays.equals(file, at, at + piece.length, piece, 0, piece.length)) {
                assertEquals(-1, found, "once only");
                found = at;
            }
        }
        assertTrue(found > 0, "as it was written");
        return found;
    }

    /** Puts what {@code with} is in place of what {@code there} is. */
    private void replace(String name, byte[] there, byte[] with) {
        byte[] bytes = files.bytes(name).clone();
        System.arraycopy(with, 0, bytes, find(bytes, there), with.length);
        files.setBytes(name, bytes);
    }

    private void exchange(String name, byte[] one, byte[] other) {
        byte[] bytes = files.bytes(name).clone();
        int atOne = find(bytes, one);
        int atOther = find(bytes, other);
        System.arraycopy(other, 0, bytes, atOne, other.length);
        System.arraycopy(one, 0, bytes, atOther, one.length);
        files.setBytes(name, bytes);
    }

    /** That reading stops behind {@code tail}, knowing that there was more. */
    private void assertStopsBehind(LogTail tail, String what) {
        List<LogTransaction> read = new ArrayList<>();
        LogScan scan = LogReader.scan(files, settings, LogTail.ORIGIN, read::add);
        assertEquals(tail, scan.tail(), () -> what + ": " + read.stream().map(LogFixture::describe).toList());
        assertEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), what);
    }

    @Test
    void transaction_descriptorInPlaceOfAnotherOfIt_isDamage() {
        LogTail before;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            before = commit(writer, 1, put(1, 1));
            LogTail _ = commit(writer, 2, put(2, 2), put(3, 2), put(4, 2));
            LogTail _ = commit(writer, 3, put(5, 3));
        }
        byte[] whole = files.bytes(LOG).clone();
        replace(LOG, encoded(entry(3, 2)), encoded(entry(2, 2)));
        assertStopsBehind(before, "doubled");
        files.setBytes(LOG, whole);
        exchange(LOG, encoded(entry(2, 2)), encoded(entry(4, 2)));
        assertStopsBehind(before, "exchanged");
    }

    @Test
    void relocation_descriptorOfAnEarlierOneInIt_isDamage() {
        EntryDescriptor first = entry(1, 1, 1, 1);
        EntryDescriptor second = entry(1, 1, 2, 5);
        EntryDescriptor third = entry(1, 1, 3, 9);
        LogTail before;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            LogTail _ = commit(writer, 1, new LogOperation.Put(first, LogFixture.bytes("key")));
            before = commit(writer, 2, new LogOperation.Relocate(second));
            LogTail _ = commit(writer, 3, new LogOperation.Relocate(third));
            LogTail _ = commit(writer, 4, put(5, 4));
        }
        byte[] whole = files.bytes(LOG).clone();
        replace(LOG, encoded(third), encoded(second));
        assertStopsBehind(before, "where it was moved to before");
        files.setBytes(LOG, whole);
        replace(LOG, encoded(third), encoded(first));
        assertStopsBehind(before, "where it was put");
    }

    @Test
    void checkpoint_descriptorInPlaceOfAnother_isDamage() {
        List<EntryDescriptor> written = new ArrayList<>();
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = LogFixture.commitPuts(writer, 1, 100);
            Checkpoint.write(files, settings, null, tail);
        }
        try (Checkpoint checkpoint = Checkpoint.open(files, settings, 100)) {
            checkpoint.forEach(written::add);
        }
        // In the second block, the first of which is right; as it was before it moved, so that the order is kept.
        EntryDescriptor there = written.get(60);
        EntryDescriptor older = entry(there.digestLo(), there.version(), 7, 3);
        replace(LogNames.checkpoint(100), encoded(there), encoded(older));
        List<EntryDescriptor> read = new ArrayList<>();
        try (Checkpoint checkpoint = Checkpoint.open(files, settings, 100)) {
            assertThrows(Corrupt.class, () -> checkpoint.forEach(read::add));
        }
        assertEquals(written.subList(0, CheckpointDescriptor.BLOCK_ENTRIES), read, "what is in front of the damage");
    }

    @Test
    void headers_geometryOfAnotherStoreInThem_areDamage() {
        byte[] own = geometry(1).encode();
        byte[] other = geometry(2).encode();
        assertEquals(geometry(2), Geometry.decode(other, Path.of("other"), 0), "right by itself");
        LogSettings real = new LogSettings(LogFixture.STORE, LogFixture.FILE_BYTES, MemorySegment.ofArray(own), 7);
        try (LogWriter writer = writer(files, real, LogTail.ORIGIN)) {
            Checkpoint.write(files, real, null, LogFixture.commitPuts(writer, 1, 10));
        }
        assertArrayEquals(own, logHeader().geometry().toArray(ValueLayout.JAVA_BYTE));
        replace(LOG, own, other);
        replace(LogNames.checkpoint(10), own, other);
        assertThrows(Corrupt.class, this::logHeader, "log");
        assertThrows(Corrupt.class, () -> Checkpoint.open(files, real, 10), "checkpoint");
    }

    private LogHeader logHeader() {
        try (StoreFile file = files.open(LOG, true)) {
            return LogHeader.read(file);
        }
    }

    private static Geometry geometry(long seed) {
        return new Geometry(new UUID(1, 2), 16L << 20, 256 << 10, 64 << 10, 10_000, 4, 8, seed, seed, 1, 2, 1, 5);
    }
}
