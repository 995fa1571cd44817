package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.table.TableFixture.Change;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seeded random commits beside a plain map, up to the highest load that is admitted. */
class LookupTableModelTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void commit_randomPutsRemovesAndBatches_equalsMap(long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(seed);
            TableFixture fixture = new TableFixture(arena, 1 + random.nextInt(2000));
            long keys = fixture.table.slotCount() * (2 + random.nextInt(9)) / 10;
            List<Digest> digests = LongStream.range(0, keys).mapToObj(Digest::of).toList();
            for (long version = 1; version <= 4000; version++) {
                List<Change> changes =
                        randomChanges(random, digests, version, 1 + random.nextInt(version % 50 == 0 ? 300 : 4));
                if (fixture.table.hasRoomFor(changes.size())) {
                    fixture.commit(version, changes);
                }
                if (version % 500 == 0) {
                    fixture.assertEqualsModel(digests, "seed=" + seed + " version=" + version);
                }
            }
            assertEquals(0, fixture.table.recount(), "no damage");
            fixture.assertEqualsModel(digests, "seed=" + seed + " recounted");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void insert_upToNineTenthsOfTheSlots_neverFails(long seed) {
        try (Arena arena = Arena.ofConfined()) {
            TableFixture fixture = new TableFixture(arena, 20_000);
            LookupTable table = fixture.table;
            long key = seed << 40;
            long oldest = key;
            long version = 0;
            while (table.hasRoomFor(1)) {
                fixture.put(key++, ++version);
            }
            long full = table.usedSlots();
            assertTrue(table.load() > 0.899, "load=" + table.load());
            // Every step removes the oldest entry and puts another: the set of digests is replaced ten times over.
            for (long step = 0; step < 10 * full; step++) {
                fixture.model.remove(Digest.of(oldest));
                Digest gone = Digest.of(oldest++);
                table.drop(gone.hi(), gone.lo(), segmentOf(fixture, gone), generationOf(fixture, gone));
                assertTrue(table.hasRoomFor(1), "room");
                fixture.put(key++, ++version);
            }
            assertEquals(full, table.usedSlots());
            fixture.assertEqualsModel(LongStream.range(oldest, key).mapToObj(Digest::of).toList(), "seed=" + seed);
        }
    }

    private static int segmentOf(TableFixture fixture, Digest digest) {
        TableEntry entry = new TableEntry();
        assertTrue(fixture.table.find(digest.hi(), digest.lo(), entry));
        return entry.segment();
    }

    private static long generationOf(TableFixture fixture, Digest digest) {
        TableEntry entry = new TableEntry();
        assertTrue(fixture.table.find(digest.hi(), digest.lo(), entry));
        return entry.generation();
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void commit_replacesEverythingAtNineTenths_neverFails(long seed) {
        try (Arena arena = Arena.ofConfined()) {
            TableFixture fixture = new TableFixture(arena, 5_000);
            long keys = fixture.table.slotCount() * 45 / 100;
            List<Digest> digests = LongStream.range(seed << 40, (seed << 40) + keys).mapToObj(Digest::of).toList();
            for (long version = 1; version <= 20; version++) {
                long of = version;
                assertTrue(fixture.table.hasRoomFor(keys), "room for version " + version);
                fixture.commit(version,
                        digests.stream().map(digest -> new Change(digest, TableFixture.entry(digest, of, 0))).toList());
                fixture.assertEqualsModel(digests, "seed=" + seed + " version=" + version);
            }
        }
    }

    @Test
    void insert_invisibleBatch_showsPredecessorsUntilApplied() {
        try (Arena arena = Arena.ofConfined()) {
            TableFixture fixture = new TableFixture(arena, 1000);
            Random random = new Random(99);
            List<Digest> digests = LongStream.range(0, 400).mapToObj(Digest::of).toList();
            for (long version = 1; version <= 60; version++) {
                List<Change> changes = randomChanges(random, digests, version, 200);
                TableFixture.insertAll(fixture.table, version, changes);
                digests.forEach(digest -> TableFixture.assertFinds(fixture.table, digest, fixture.model.get(digest),
                        "inserted"));
                fixture.setApplied(version);
                changes.forEach(change -> TableFixture.apply(fixture.model, change));
                digests.forEach(digest -> TableFixture.assertFinds(fixture.table, digest, fixture.model.get(digest),
                        "applied"));
                TableFixture.settleAll(fixture.table, changes);
                fixture.assertEqualsModel(digests, "settled version=" + version);
            }
        }
    }

    /** Distinct digests, three puts to one removal. */
    static List<Change> randomChanges(Random random, List<Digest> digests, long version, int count) {
        Set<Digest> chosen = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            chosen.add(digests.get(random.nextInt(digests.size())));
        }
        List<Change> changes = new ArrayList<>();
        for (Digest digest : chosen) {
            changes.add(new Change(digest, random.nextInt(4) == 0 ? null : TableFixture.entry(digest, version, 0)));
        }
        return changes;
    }
}
