package dev.hearth.store.index;

import static dev.hearth.store.index.IndexFixture.contents;
import static dev.hearth.store.index.IndexFixture.hi;
import static dev.hearth.store.index.IndexFixture.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.io.StoreFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Filling an index in one go against putting entries into it one by one. */
final class IndexFillTest {
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

    /** One segment, many segments, full ones, and some that are written several times. */
    @ParameterizedTest
    @CsvSource({"10, 0", "10, 10", "100, 1", "600, 600", "5000, 5000", "40000, 13", "40000, 40000", "300000, 70000"})
    void fill_empty_writesWhatChronicleWouldHave(long maxEntries, int count) {
        List<EntryDescriptor> entries = entries(count);
        try (PersistentIndex filled = PersistentIndexes.create(files, 1, settings(maxEntries));
                PersistentIndex put = PersistentIndexes.create(files, 2, settings(maxEntries))) {
            filled.fill(source(entries));
            entries.forEach(put::put);
            assertEquals(count, filled.size());
            long dataBytes = ChronicleEntries.geometry(maxEntries).dataBytes();
            try (Arena arena = Arena.ofConfined();
                    StoreFile left = files.open("index.1.cm.building", true);
                    StoreFile right = files.open("index.2.cm.building", true)) {
                MemorySegment expected = arena.allocate(dataBytes);
                MemorySegment actual = arena.allocate(dataBytes);
                right.read(0, expected);
                left.read(0, actual);
                assertEquals(-1, expected.mismatch(actual), "first byte that differs");
            }
            assertEquals(contents(put), contents(filled));
        }
    }

    @Test
    void fill_thenChanged_isAnIndexLikeAnyOther() {
        Map<Long, EntryDescriptor> model = new TreeMap<>();
        try (PersistentIndex index = PersistentIndexes.create(files, 1, settings(20_000))) {
            index.fill(source(entries(10_000)));
            entries(10_000).forEach(entry -> model.put(entry.digestLo(), entry));
            change(index, model, 0, 3);
            index.indexed(9);
            index.publish();
        }
        try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(1))) {
            assertEquals(9, index.indexedVersion());
            change(index, model, 1, 5);
            assertEquals(model.size(), index.size());
            assertEquals(model, contents(index));
            for (long number = 0; number < 11_000; number++) {
                assertEquals(model.get(number), index.get(hi(number), number));
            }
        }
    }

    /** Replaces, removes and adds. */
    private static void change(PersistentIndex index, Map<Long, EntryDescriptor> model, long first, long version) {
        for (long number = first; number < 11_000; number += 7) {
            if (number % 3 == 0) {
                index.remove(hi(number), number, version);
                model.remove(number);
            } else {
                index.put(IndexFixture.entry(number, version));
                model.put(number, IndexFixture.entry(number, version));
            }
        }
    }

    @Test
    void fill_moreThanThereIsRoomFor_isFull() {
        try (PersistentIndex index = PersistentIndexes.create(files, 1, settings(100))) {
            assertEquals(Reason.FULL, assertThrows(IndexUnusable.class, () -> index.fill(source(entries(101))))
                    .reason());
        }
        assertEquals(List.of(), files.list(), "nothing of it is left");
    }

    @Test
    void fill_notEmptyOrPublished_isRefused() {
        try (PersistentIndex index = PersistentIndexes.create(files, 1, settings(100))) {
            index.put(IndexFixture.entry(1, 1));
            assertThrows(IllegalStateException.class, () -> index.fill(source(entries(3))));
            index.publish();
            assertThrows(IllegalStateException.class, () -> index.fill(source(entries(3))));
            assertNull(index.get(hi(2), 2));
        }
    }

    @Test
    void fill_noRoomOnTheDisk_isFull() {
        IndexFixture.FullDisk full = new IndexFixture.FullDisk(files, 4);
        try (PersistentIndex index = PersistentIndexes.create(full, 1, settings(5_000))) {
            assertThrows(HearthException.Full.class, () -> index.fill(source(entries(5_000))));
        }
        assertEquals(List.of(), files.list());
    }

    private static List<EntryDescriptor> entries(int count) {
        return LongStream.range(0, count).mapToObj(number -> IndexFixture.entry(number, 1)).toList();
    }

    private static EntryLayout.Source source(List<EntryDescriptor> entries) {
        return sink -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment encoded = arena.allocate(EntryLayout.BYTES + 3, 8);
                entries.forEach(entry -> {
                    EntryLayout.write(entry, encoded, 3);
                    sink.accept(encoded, 3);
                });
            }
        };
    }
}
