package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commit;
import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.entry;
import static dev.hearth.store.log.LogFixture.put;
import static dev.hearth.store.log.LogFixture.settings;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.HearthException.Corrupt;
import dev.hearth.store.HearthException.Full;
import dev.hearth.store.HearthException.Incompatible;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.testing.MemoryFiles;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointTest {
    private final MemoryFiles files = new MemoryFiles();
    private final LogSettings settings = settings();

    @Test
    void write_namespaceThatEnded_losesItsEntriesAndKeepsItsNumber() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commit(writer, 1, new LogOperation.DefineNamespace(1, "a", "r", "f"),
                    new LogOperation.DefineNamespace(2, "b", "r", "f"));
            // Entry 1 and 4 lie in namespace 1, entry 2 in namespace 2.
            commit(writer, 2, put(1, 2), put(2, 2));
            commit(writer, 3, new LogOperation.EndNamespace(1));
            commit(writer, 4, new LogOperation.DefineNamespace(1, "c", "r", "f"));
            commit(writer, 5, put(4, 5));
            Checkpoint.write(files, settings, null, writer.tail());
        }
        try (Checkpoint checkpoint = Checkpoint.open(files, settings, 5)) {
            assertEquals(List.of(2L, 4L), ids(checkpoint), "entries");
            assertEquals(List.of(new LoggedNamespace(1, "c", "r", "f", 4, 3),
                    new LoggedNamespace(2, "b", "r", "f", 1, 0)), checkpoint.namespaces(), "namespaces");
            assertTrue(checkpoint.namespaces().getFirst().isLive(), "defined again");
        }
    }

    @Test
    void write_segmentReleased_keepsWhatWasMovedBefore() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            for (long id = 1; id <= 3; id++) {
                commit(writer, id, new LogOperation.Put(entry(id, id, 6, 1), LogFixture.bytes("k")));
            }
            Checkpoint.write(files, settings, null, writer.tail());
            commit(writer, 4, new LogOperation.Relocate(entry(2, 2, 7, 1)));
            commit(writer, 5, new LogOperation.ReleaseSegment(6, 1));
            commit(writer, 6, new LogOperation.Put(entry(9, 6, 6, 2), LogFixture.bytes("k")));
            try (Checkpoint first = Checkpoint.open(files, settings, 3)) {
                assertEquals(List.of(1L, 2L, 3L), ids(first), "before");
                Checkpoint.write(files, settings, first, writer.tail());
            }
        }
        try (Checkpoint checkpoint = Checkpoint.open(files, settings, 6)) {
            assertEquals(List.of(2L, 9L), ids(checkpoint), "after");
            checkpoint.forEach(e -> assertTrue(e.segment() == 7 || e.generation() == 2, "place of " + e));
        }
    }

    @Test
    void write_relocationOfAnotherVersion_changesNothing() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            commit(writer, 1, put(1, 1));
            commit(writer, 2, put(1, 2));
            commit(writer, 3, new LogOperation.Relocate(entry(1, 1, 99, 1)),
                    new LogOperation.Relocate(entry(2, 1, 99, 1)));
            Checkpoint.write(files, settings, null, writer.tail());
        }
        try (Checkpoint checkpoint = Checkpoint.open(files, settings, 3)) {
            checkpoint.forEach(e -> assertEquals(entry(1, 2), e, "entry"));
            assertEquals(1, checkpoint.entryCount(), "entries");
        }
    }

    @Test
    void write_logIsDamagedInBetween_isRefused() {
        LogTail tail;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            tail = commitPuts(writer, 1, 20);
        }
        byte[] log = files.bytes("0001.log");
        log[5000] ^= 1;
        files.setBytes("0001.log", log);
        assertThrows(Corrupt.class, () -> Checkpoint.write(files, settings, null, tail), "damage");
        assertEquals(List.of("0001.log"), files.list(), "nothing left behind");
    }

    /** A repair writes one while background work tries to, of the same process. */
    @Test
    void writeAll_anotherIsGivenUpMeanwhile_isWhole() {
        LogTail tail;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            tail = commitPuts(writer, 1, 20);
        }
        List<EntryDescriptor> entries = new AbstractList<>() {
            @Override
            public EntryDescriptor get(int index) {
                if (index == 3) {
                    files.failAtStep(files.steps() + 2);
                    assertThrows(Full.class, () -> Checkpoint.write(files, settings, null, tail));
                }
                return entry(index + 1, index + 1);
            }

            @Override
            public int size() {
                return 10;
            }
        };
        assertEquals(tail.lastVersion(), Checkpoint.writeAll(files, settings, List.of(), entries, tail));
    }

    @Test
    void open_everyByteFlipped_isFoundOrHarmless() {
        MemoryFiles small = new MemoryFiles();
        try (LogWriter writer = writer(small, settings, LogTail.ORIGIN)) {
            commit(writer, 1, new LogOperation.DefineNamespace(1, "a", "r", "f"));
            commitPuts(writer, 2, 70);
            Checkpoint.write(small, settings, null, writer.tail());
        }
        String name = LogNames.checkpoint(70);
        byte[] good = small.bytes(name);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << (at % 8));
            small.setBytes(name, bad);
            boolean found = refuses(small, 70);
            int firstPad = LogFileDescriptor.HEADER_BYTES + 48;
            boolean unusedPadding = at >= firstPad && at < 2 * 4096;
            assertTrue(found || unusedPadding, "flip at " + at + " went unnoticed");
        }
    }

    private boolean refuses(MemoryFiles directory, long version) {
        try (Checkpoint checkpoint = Checkpoint.open(directory, settings, version)) {
            checkpoint.verify();
            return false;
        } catch (Corrupt | Incompatible e) {
            return true;
        }
    }

    @Test
    void open_cutAtEveryLength_isRefused() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            LogTail tail = commitPuts(writer, 1, 60);
            Checkpoint.write(files, settings, null, tail);
        }
        String name = LogNames.checkpoint(60);
        byte[] good = files.bytes(name);
        for (int length = 0; length < good.length; length += 7) {
            byte[] cut = Arrays.copyOf(good, length);
            files.setBytes(name, cut);
            assertThrows(Corrupt.class, () -> Checkpoint.open(files, settings, 60), "cut at " + length);
        }
    }

    @Test
    void latest_newestDamaged_fallsBackAndTells() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            Checkpoint.write(files, settings, null, commitPuts(writer, 1, 10));
            Checkpoint.write(files, settings, null, commitPuts(writer, 11, 20));
        }
        String name = LogNames.checkpoint(20);
        byte[] bad = files.bytes(name);
        bad[bad.length - 4000] ^= 4;
        files.setBytes(name, bad);
        List<Corrupt> told = new ArrayList<>();
        try (Checkpoint checkpoint = Checkpoint.latest(files, settings, told::add)) {
            assertNotNull(checkpoint, "there is one");
            assertEquals(10, checkpoint.version(), "version");
        }
        assertEquals(1, told.size(), "told");
        files.delete("0001.log");
        assertNull(Checkpoint.latest(files, settings, told::add), "without the log behind it");
    }

    @Test
    void latest_otherFormat_isIncompatible() {
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            Checkpoint.write(files, settings, null, commitPuts(writer, 1, 10));
        }
        String name = LogNames.checkpoint(10);
        byte[] bytes = files.bytes(name);
        for (byte format : new byte[]{1, 3}) {
            bytes[CheckpointDescriptor.FORMAT_OFFSET] = format;
            files.setBytes(name, bytes);
            Incompatible e = assertThrows(Incompatible.class, () -> Checkpoint.latest(files, settings, damage -> {
            }), "format " + format);
            assertEquals(format, e.found(), "found");
            assertEquals(2, e.supported(), "supported");
        }
    }

    @Test
    void write_everyStepFailsOrIsTheLast_leavesTheOldOrTheNew() {
        MemoryFiles start = new MemoryFiles();
        LogTail tail;
        try (LogWriter writer = writer(start, settings, LogTail.ORIGIN)) {
            Checkpoint.write(start, settings, null, commitPuts(writer, 1, 100));
            tail = commitPuts(writer, 101, 5000);
        }
        int steps = start.copy().steps();
        int made;
        do {
            MemoryFiles failing = start.copy();
            failing.failAtStep(steps);
            try (Checkpoint previous = Checkpoint.open(failing, settings, 100)) {
                Checkpoint.write(failing, settings, previous, tail);
            } catch (Full e) {
                assertEquals(List.of(), failing.list().stream().filter(n -> n.endsWith(".tmp")).toList(), "left");
            }
            made = failing.steps();
            assertWhole(failing.copy(), "failure at step " + steps);
            assertWhole(failing.afterPowerCut(new Random(steps)), "power cut at step " + steps);
            steps++;
        } while (steps <= made);
        assertTrue(steps > 8, "steps=" + steps);
    }

    /** Whichever checkpoint is there now, it is whole, and the next one can be written. */
    private void assertWhole(MemoryFiles directory, String when) {
        try (Checkpoint found = Checkpoint.latest(directory, settings, e -> {
            throw e;
        })) {
            assertNotNull(found, when);
            List<Long> ids = ids(found);
            assertEquals(found.version() == 100 ? 100 : 5000, ids.size(), when);
        } catch (HearthException e) {
            throw new AssertionError(when, e);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void write_randomHistory_isWhatAModelSays(long seed) {
        CheckpointModel model = new CheckpointModel(seed);
        MemoryFiles directory = new MemoryFiles();
        LogSettings small = settings(64 << 10);
        Random random = new Random(seed);
        try (LogWriter writer = writer(directory, small, LogTail.ORIGIN)) {
            long previous = 0;
            for (int round = 0; round < 12; round++) {
                for (int i = random.nextInt(400); i >= 0; i--) {
                    model.commitRandom(writer);
                }
                try (Checkpoint before = previous == 0 ? null : Checkpoint.open(directory, small, previous)) {
                    previous = Checkpoint.write(directory, small, before, writer.tail());
                }
                try (Checkpoint now = Checkpoint.open(directory, small, previous)) {
                    now.verify();
                    List<EntryDescriptor> entries = new ArrayList<>();
                    now.forEach(entries::add);
                    assertEquals(model.entries(), entries, "seed=" + seed + " round=" + round);
                    assertEquals(model.namespaces(), now.namespaces(), "seed=" + seed + " round=" + round);
                }
            }
        }
        assertTrue(model.entries().size() > 51, "more than a block");
    }

    @Test
    void deleteCovered_keepsWhatIsStillNeeded() {
        LogTail tail;
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            tail = commitPuts(writer, 1, 400);
            commitPuts(writer, 401, 410);
        }
        assertEquals(5, LogFiles.numbers(files).size(), "files");
        LogTail third = LogFiles.startOf(files, settings, 3);
        assertEquals(1, LogFiles.deleteCovered(files, settings, tail, third.lastVersion()),
                "second holds that version");
        assertEquals(0, LogFiles.deleteCovered(files, settings, third, third.lastVersion()), "nothing more");
        assertEquals(1, LogFiles.deleteCovered(files, settings, third, -1), "up to the position");
        assertEquals(List.of(3, 4, 5), LogFiles.numbers(files), "left");
        LogScan scan = LogReader.scan(files, settings, third, t -> {
        });
        assertEquals(410, scan.tail().lastVersion(), "the rest is whole");
    }

    @Test
    void identify_onlyACheckpointLeft_knowsTheStore() {
        assertNull(LogFiles.identify(files), "empty directory");
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            Checkpoint.write(files, settings, null, commitPuts(writer, 1, 10));
        }
        LogFiles.Identity identity = LogFiles.identify(files);
        assertNotNull(identity, "log");
        assertEquals("geometry", LogFixture.text(identity.geometry()), "geometry");
        files.setBytes("0001.log", new byte[5]);
        LogFiles.Identity left = LogFiles.identify(files);
        assertNotNull(left, "checkpoint");
        assertEquals(LogFixture.STORE, left.uuid(), "uuid");
    }

    @Test
    void deleteTemporaries_ofTheDead_areGone() {
        files.setBytes(LogNames.temporarySpare(1), new byte[1]);
        files.setBytes(LogNames.temporaryCheckpoint(7, 1), new byte[1]);
        files.setBytes(LogNames.temporarySpare(-2), new byte[1]);
        files.setBytes("notes.tmp", new byte[1]);
        assertEquals(2, LogFiles.deleteTemporaries(files, owner -> owner == -2), "deleted");
        assertEquals(new TreeSet<>(List.of("notes.tmp", LogNames.temporarySpare(-2))), new TreeSet<>(files.list()),
                "left");
        assertFalse(files.exists(LogNames.temporaryCheckpoint(7, 1)), "gone");
    }

    private static List<Long> ids(Checkpoint checkpoint) {
        List<Long> ids = new ArrayList<>();
        checkpoint.forEach(entry -> ids.add(entry.digestLo()));
        ids.sort(null);
        return ids;
    }
}
