package dev.hearth.store.index;

import static dev.hearth.store.index.IndexFixture.contents;
import static dev.hearth.store.index.IndexFixture.entry;
import static dev.hearth.store.index.IndexFixture.hi;
import static dev.hearth.store.index.IndexFixture.publish;
import static dev.hearth.store.index.IndexFixture.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.index.PersistentIndex.Change;
import dev.hearth.store.io.StoreDirectory;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PersistentIndexTest {
    @TempDir
    Path temporary;
    private StoreDirectory files;

    @BeforeEach
    void open() {
        files = IndexFixture.directory(temporary);
    }

    @AfterEach
    void close() {
        files.close();
    }

    @Test
    void publish_builtIndex_opensWithSameContents() {
        publish(files, 5, 100, 100);
        try (PersistentIndex index = PersistentIndexes.open(files, 5, settings(1))) {
            assertEquals(5, index.generation());
            assertEquals(100, index.maxEntries(), "an index keeps the size it was created with");
            assertEquals(1, index.indexedVersion());
            assertEquals(100, index.size());
            Map<Long, EntryDescriptor> expected = new TreeMap<>();
            for (long i = 0; i < 100; i++) {
                expected.put(i, entry(i, 1));
                assertEquals(entry(i, 1), index.get(hi(i), i));
            }
            assertEquals(expected, contents(index));
            assertNull(index.get(hi(100), 100));
        }
        assertEquals(List.of("index.5.cm"), files.list());
    }

    @Test
    void close_beforePublish_leavesNothing() {
        PersistentIndex index = PersistentIndexes.create(files, 1, settings(10));
        index.put(entry(1, 1));
        assertEquals(List.of(), PersistentIndexes.generations(files), "nobody sees it yet");
        index.close();
        index.close();
        assertEquals(List.of(), files.list());
        assertThrows(IllegalStateException.class, () -> index.get(1, 1));
    }

    @Test
    void create_afterDeadBuilder_startsAnew() {
        publish(files, 1, 10, 3);
        files.rename("index.1.cm", "index.2.cm.building");
        try (PersistentIndex index = PersistentIndexes.create(files, 2, settings(10))) {
            assertEquals(0, index.size());
            index.publish();
        }
        assertEquals(List.of("index.2.cm"), files.list());
    }

    @Test
    void create_publishedGeneration_isRefused() {
        publish(files, 1, 10, 3);
        assertThrows(IllegalArgumentException.class, () -> PersistentIndexes.create(files, 1, settings(10)));
        assertThrows(IllegalArgumentException.class, () -> settings(0));
    }

    @Test
    void put_versions_highestWins() {
        publish(files, 1, 10, 0);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(10))) {
            index.put(entry(1, 7));
            index.put(entry(1, 5));
            assertEquals(entry(1, 7), index.get(hi(1), 1));
            EntryDescriptor moved = entry(2, 9).withVersion(7);
            EntryDescriptor movedDescriptor = new EntryDescriptor(hi(1), 1, 7, moved.generation(), moved.segment(),
                    moved.namespace(), moved.offsetUnits(), moved.directoryIndex(), moved.extentUnits(),
                    moved.headerBytes(), moved.flags(), moved.logicalBytes(), moved.headerCrc(), moved.kind(),
                    moved.storage(), moved.dtypeId());
            index.put(movedDescriptor);
            assertEquals(movedDescriptor, index.get(hi(1), 1), "an entry that moved keeps its version");
            index.put(entry(1, -3));
            assertEquals(entry(1, -3), index.get(hi(1), 1), "versions are unsigned");
            assertEquals(1, index.size());
            assertEquals(Map.of(1L, entry(1, -3)), contents(index));
        }
    }

    @Test
    void remove_versions_laterEntryStays() {
        publish(files, 1, 10, 0);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(10))) {
            index.put(entry(1, 7));
            index.remove(hi(1), 1, 6);
            assertEquals(entry(1, 7), index.get(hi(1), 1));
            index.remove(hi(1), 1, 7);
            assertNull(index.get(hi(1), 1));
            index.remove(hi(1), 1, 8);
            assertEquals(0, index.size());
            assertEquals(Map.of(), contents(index));
        }
    }

    @Test
    void indexed_versions_onlyGrow() {
        publish(files, 1, 10, 0);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(10))) {
            index.indexed(7);
            index.indexed(3);
            assertEquals(7, index.indexedVersion());
            index.indexed(-1);
            assertEquals(-1, index.indexedVersion(), "versions are unsigned");
        }
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(10))) {
            assertEquals(-1, index.indexedVersion());
        }
    }

    @Test
    void put_everyNumberOfEntries_fitsAndOneMoreIsFull() {
        for (int maxEntries : new int[]{1, 2, 31, 64, 65, 5000, 70_000}) {
            try (PersistentIndex index = PersistentIndexes.create(files, maxEntries, settings(maxEntries))) {
                for (int i = 0; i < maxEntries; i++) {
                    index.put(entry(i, 1));
                }
                IndexUnusable full = assertThrows(IndexUnusable.class, () -> index.put(entry(maxEntries, 1)));
                assertEquals(Reason.FULL, full.reason());
                index.put(entry(0, 2));
                assertEquals(maxEntries, contents(index).size());
                assertEquals(entry(0, 2), index.get(hi(0), 0));
            }
        }
    }

    @Test
    void put_fullPublishedIndex_staysExact() {
        publish(files, 1, 40, 40);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(40))) {
            assertEquals(Reason.FULL,
                    assertThrows(IndexUnusable.class, () -> index.put(entry(40, 2))).reason());
            assertEquals(40, contents(index).size());
            index.remove(hi(3), 3, 9);
            index.put(entry(40, 2));
            assertEquals(entry(40, 2), contents(index).get(40L));
        }
    }

    @Test
    void change_many_isAnnouncedWithFewWrites() {
        publish(files, 1, 1_000, 0);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(1_000));
                var file = files.open(IndexNames.published(1), true);
                var arena = Arena.ofConfined()) {
            IndexTrailer trailer =
                    new IndexTrailer(file, ChronicleEntries.geometry(1_000).trailerOffset(), arena);
            long before = trailer.readState().sequence();
            index.change(IntStream.range(0, 560).mapToObj(i -> Change.to(entry(i, 2))).toList());
            assertEquals(before + 10, trailer.readState().sequence(), "states written");
            assertEquals(560, contents(index).size());
        }
    }

    @Test
    void change_manyOfFewEntries_matchesMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<Long, EntryDescriptor> model = new HashMap<>();
        publish(files, 1, 100, 0);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(100))) {
            long version = 1;
            for (int round = 0; round < 100; round++) {
                List<Change> changes = new ArrayList<>();
                for (int left = random.nextInt(200); left > 0; left--) {
                    long number = random.nextInt(90);
                    boolean removed = random.nextInt(3) == 0;
                    version++;
                    changes.add(new Change(hi(number), number, version, removed ? null : entry(number, version)));
                    if (removed) {
                        model.remove(number);
                    } else {
                        model.put(number, entry(number, version));
                    }
                }
                index.change(changes);
                assertEquals(new TreeMap<>(model), contents(index), "seed=" + seed + " round=" + round);
                assertEquals(model.size(), index.size(), "seed=" + seed + " round=" + round);
            }
        }
    }

    @Test
    void operations_random_matchMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<Long, EntryDescriptor> model = new HashMap<>();
        publish(files, 1, 600, 0);
        PersistentIndex first = PersistentIndexes.open(files, 1, settings(600));
        PersistentIndex second = PersistentIndexes.open(files, 1, settings(600));
        try {
            for (long version = 1; version <= 20_000; version++) {
                PersistentIndex index = random.nextInt(4) == 0 ? second : first;
                long number = random.nextInt(500);
                if (random.nextInt(3) == 0) {
                    index.remove(hi(number), number, version);
                    model.remove(number);
                } else {
                    index.put(entry(number, version));
                    model.put(number, entry(number, version));
                }
                if (random.nextInt(100) == 0) {
                    index.indexed(version);
                    assertEquals(version, first.indexedVersion(), "seed=" + seed);
                    assertEquals(model.size(), second.size(), "seed=" + seed);
                }
                if (random.nextInt(4000) == 0) {
                    first.close();
                    first = PersistentIndexes.open(files, 1, settings(600));
                }
            }
            assertEquals(new TreeMap<>(model), contents(first), "seed=" + seed);
            assertEquals(new TreeMap<>(model), contents(second), "seed=" + seed);
        } finally {
            first.close();
            second.close();
        }
    }

    @Test
    void open_otherStoreOrGeneration_isForeign() {
        publish(files, 1, 10, 3);
        IndexSettings other = new IndexSettings(new UUID(1, 2), 10);
        assertEquals(Reason.FOREIGN,
                assertThrows(IndexUnusable.class, () -> PersistentIndexes.open(files, 1, other)).reason());
        files.rename("index.1.cm", "index.2.cm");
        assertEquals(Reason.FOREIGN,
                assertThrows(IndexUnusable.class, () -> PersistentIndexes.open(files, 2, settings(10))).reason());
        assertEquals(Reason.ABSENT,
                assertThrows(IndexUnusable.class, () -> PersistentIndexes.open(files, 1, settings(10))).reason());
    }

    @Test
    void deleteBelow_generations_goUnsignedAndOthersStay() {
        publish(files, 1, 10, 3);
        publish(files, 2, 10, 3);
        publish(files, -1, 10, 3);
        files.create("index.3.cm.building").close();
        files.create("index.1.cm.building").close();
        files.create("index.03.cm").close();
        files.create("index.99999999999999999999.cm").close();
        assertEquals(List.of(1L, 2L, -1L), PersistentIndexes.generations(files));
        PersistentIndexes.deleteBelow(files, 3);
        assertEquals(List.of(-1L), PersistentIndexes.generations(files));
        assertTrue(files.exists("index.3.cm.building"));
        assertFalse(files.exists("index.1.cm.building"));
        assertTrue(files.exists("index.03.cm"), "a name that is not ours is left alone");
    }

    @Test
    void deleteBelow_openIndex_goesOnWorking() {
        publish(files, 1, 10, 3);
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(10))) {
            index.prepare();
            PersistentIndexes.deleteBelow(files, 2);
            assertEquals(List.of(), files.list());
            index.put(entry(5, 5));
            assertEquals(4, contents(index).size());
        }
    }

    @Test
    void create_fullDisk_leavesNothing() {
        int calls = 0;
        while (true) {
            try (PersistentIndex index = PersistentIndexes.create(new IndexFixture.FullDisk(files, calls), 1,
                    settings(10))) {
                assertEquals(0, index.size());
                break;
            } catch (HearthException.Full e) {
                assertEquals(List.of(), files.list(), "calls=" + calls);
                calls++;
            }
        }
        assertEquals(3, calls, "allocation, head and trailer need space");
        assertEquals(List.of(), files.list());
    }

    @Test
    void create_file_hasAllItsSpace() throws Exception {
        publish(files, 1, 100_000, 0);
        Path file = temporary.resolve("index/index.1.cm");
        Process stat = new ProcessBuilder("stat", "-c", "%b %B %s", file.toString()).start();
        String[] numbers = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip().split(" ", -1);
        assertTrue(Long.parseLong(numbers[0]) * Long.parseLong(numbers[1]) >= Long.parseLong(numbers[2]),
                () -> "a hole would be a SIGBUS when the disk is full: " + String.join(" ", numbers));
    }
}
