package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.IndexSettings;
import dev.hearth.store.index.PersistentIndex;
import dev.hearth.store.index.PersistentIndexes;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTail;
import dev.hearth.store.log.LogTransaction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexChangesTest {
    private static final MemorySegment KEY = MemorySegment.ofArray(new byte[]{1});
    private final IndexChanges changes = new IndexChanges();

    @TempDir
    Path temporary;

    @Test
    void over_putRemovedAndMoved_isWhatTheLogSays() {
        Map<Long, EntryDescriptor> before = new TreeMap<>();
        for (long number = 0; number < 8; number++) {
            before.put(number, entry(number, 1, 7));
        }
        changes.add(transaction(2, put(entry(0, 2, 8)), put(entry(8, 2, 8)), put(entry(9, 2, 8))));
        changes.add(transaction(3, new LogOperation.Remove(hi(1), 1, 0, KEY), new LogOperation.Evict(hi(2), 2, 0),
                new LogOperation.Evict(hi(9), 9, 0)));
        changes.add(transaction(4, move(entry(3, 1, 9)), move(entry(4, 77, 9)), move(entry(8, 2, 9)),
                move(entry(1, 1, 9)), move(entry(0, 1, 9)), move(entry(10, 1, 9))));
        changes.add(transaction(5, new LogOperation.SyncMark(0), new LogOperation.ReleaseSegment(7, 1)));
        Map<Long, EntryDescriptor> after = over(before.values());
        assertEquals(entry(0, 2, 8), after.get(0L), "replaced, and an earlier version moved");
        assertNull(after.get(1L), "removed, and moved afterwards");
        assertNull(after.get(2L), "evicted");
        assertEquals(entry(3, 1, 9), after.get(3L), "moved");
        assertEquals(entry(4, 1, 7), after.get(4L), "another version was moved");
        assertEquals(entry(5, 1, 7), after.get(5L), "nothing happened to it");
        assertEquals(entry(8, 2, 9), after.get(8L), "put and moved");
        assertNull(after.get(9L), "put and evicted");
        assertNull(after.get(10L), "moved, but not there");
        assertEquals(7, after.size());
    }

    @Test
    void over_randomHistory_isWhatAModelSays() {
        long seed = 20_261_122;
        Random random = new Random(seed);
        Map<Long, EntryDescriptor> model = new TreeMap<>();
        for (long number = 0; number < 300; number += 2) {
            model.put(number, entry(number, 1, 1));
        }
        List<EntryDescriptor> before = List.copyOf(model.values());
        for (long version = 2; version < 500; version++) {
            long number = random.nextInt(300);
            EntryDescriptor present = model.get(number);
            if (present == null || random.nextInt(3) == 0) {
                EntryDescriptor next = entry(number, version, 1);
                changes.add(transaction(version, put(next)));
                model.put(number, next);
            } else if (random.nextInt(2) == 0) {
                EntryDescriptor moved = entry(number, present.version(), (int) version);
                changes.add(transaction(version, move(moved)));
                model.put(number, moved);
            } else {
                changes.add(transaction(version, new LogOperation.Remove(hi(number), number, 0, KEY)));
                model.remove(number);
            }
        }
        assertEquals(model, over(before), "seed=" + seed);
        assertEquals(model, applied(before), "seed=" + seed);
    }

    /** What is there in the end if the changes are laid over {@code before}; nothing may be given twice. */
    private Map<Long, EntryDescriptor> over(Collection<EntryDescriptor> before) {
        Map<Long, EntryDescriptor> after = new TreeMap<>();
        changes.over(source(before), (memory, offset) -> {
            assertTrue(EntryLayout.isValid(memory, offset), "whole");
            EntryDescriptor entry = EntryLayout.read(memory, offset);
            assertNull(after.put(entry.digestLo(), entry), () -> "twice: " + entry);
        });
        return after;
    }

    /** The same if they are put into an index that has {@code before}. */
    private Map<Long, EntryDescriptor> applied(Collection<EntryDescriptor> before) {
        Map<Long, EntryDescriptor> after = new TreeMap<>();
        try (StoreDirectory files = StoreDirectory.create(temporary.resolve("index"));
                PersistentIndex index =
                        PersistentIndexes.create(files, 1, new IndexSettings(new UUID(1, 2), 1_000))) {
            index.fill(source(before));
            index.change(changes.list());
            assertTrue(index.scan(entry -> after.put(entry.digestLo(), entry)).complete());
        }
        return after;
    }

    private static EntryLayout.Source source(Collection<EntryDescriptor> entries) {
        return sink -> {
            MemorySegment encoded = Arena.ofAuto().allocate(EntryLayout.BYTES, 8);
            entries.forEach(entry -> {
                EntryLayout.write(entry, encoded, 0);
                sink.accept(encoded, 0);
            });
        };
    }

    private static LogTransaction transaction(long version, LogOperation... operations) {
        return new LogTransaction(version, 0, List.of(operations), LogTail.ORIGIN, LogTail.ORIGIN);
    }

    private static LogOperation put(EntryDescriptor entry) {
        return new LogOperation.Put(entry, KEY);
    }

    private static LogOperation move(EntryDescriptor entry) {
        return new LogOperation.Relocate(entry);
    }

    private static long hi(long number) {
        return number * 0x9E3779B97F4A7C15L;
    }

    private static EntryDescriptor entry(long number, long version, int segment) {
        return new EntryDescriptor(hi(number), number, version, 1, segment, 0, 0, 0, 1, 60, 0, 10, 5, Kind.ACTIVATION,
                Storage.COMPACT, 20);
    }
}
