package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.table.TableFixture.Change;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The writer dies after every single store it makes: what is in memory then has to be right for readers at that
 * instant, and doing the commit again, dying once more on the way or not, has to end in what the commit was to do.
 */
class LookupTableCrashTest {
    private static final int BUCKETS = 16;
    private static final int KEYS = 120;
    private static final int COMMITS = 120;

    /** Ends whatever the writer is doing at this store. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** A commit: changes of digests, a namespace to define or end, an entry that gets another place. */
    private record Commit(long version, List<Change> changes, int define, int end,
            @Nullable EntryDescriptor relocated) {
        void insertInto(LookupTable table) {
            if (define >= 0) {
                table.namespaces().define(define, "ns" + define, "r" + version, "f32", version);
            }
            if (end >= 0) {
                table.namespaces().end(end, version);
            }
            if (relocated != null) {
                assertTrue(table.relocate(relocated), "relocated version is there");
            }
            TableFixture.insertAll(table, version, changes);
        }

        void applyTo(Map<Digest, EntryDescriptor> model) {
            model.values().removeIf(entry -> entry.namespace() == end);
            if (relocated != null) {
                model.put(new Digest(relocated.digestHi(), relocated.digestLo()), relocated);
            }
            changes.forEach(change -> TableFixture.apply(model, change));
        }
    }

    private final Map<Digest, EntryDescriptor> before = new HashMap<>();
    private final Map<Digest, EntryDescriptor> after = new HashMap<>();
    private final List<Digest> digests = LongStream.range(0, KEYS).mapToObj(Digest::of).toList();
    private final Arena arena = Arena.ofAuto();
    private final TinyTable live = new TinyTable(arena, BUCKETS, this::check);
    private final TinyTable replica = new TinyTable(arena, BUCKETS, this::maybeDie);
    private @Nullable Commit current;
    private long stores;
    private int storesUntilDeath = Integer.MAX_VALUE;
    private Random random = new Random(0);
    private String seedText = "";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void commit_writerDiesAfterAnyStore_readersSeeBeforeOrAfterAndRedoConverges(long seed) {
        random = new Random(seed);
        seedText = "seed=" + seed;
        live.table.namespaces().define(0, "base", "", "f32", 1);
        live.table.namespaces().define(1, "other", "", "f32", 1);
        live.setApplied(1);
        for (long version = 2; version < COMMITS; version++) {
            Commit commit = randomCommit(version);
            if (live.table.hasRoomFor(commit.changes().size() + 1)) {
                after.clear();
                after.putAll(before);
                commit.applyTo(after);
                current = commit;
                commit.insertInto(live.table);
                live.setApplied(version);
                check();
                settle(live.table, commit);
                current = null;
                before.clear();
                before.putAll(after);
            } else {
                live.table.recount();
            }
        }
        assertTrue(live.table.load() > 0.5, seedText + " load=" + live.table.load());
        assertTrue(stores > 5_000, seedText + " stores=" + stores);
        // Every crossing from bucket to bucket counts two.
        assertTrue((long) Words.LONG.get(live.memory, (long) TableDescriptor.MOVES_OFFSET) > 40, seedText + " moves");
    }

    /** The live writer has made a store: looks at a copy of the memory, and lets another writer go on from there. */
    private void check() {
        Commit commit = current;
        if (commit == null) {
            return;
        }
        stores++;
        replica.copyFrom(live);
        String when = seedText + " version=" + commit.version() + " store=" + stores;
        boolean isApplied = replica.applied() == commit.version();
        Map<Digest, EntryDescriptor> expected = isApplied ? after : before;
        for (Digest digest : digests) {
            if (isRelocated(commit, digest) && !isApplied) {
                assertFindsEither(digest, when);
            } else {
                TableFixture.assertFinds(replica.table, digest, expected.get(digest), when);
            }
        }
        if (random.nextBoolean()) {
            storesUntilDeath = random.nextInt(60);
        }
        try {
            redo(commit);
        } catch (Killed killed) {
            storesUntilDeath = Integer.MAX_VALUE;
            redo(commit);
        }
        storesUntilDeath = Integer.MAX_VALUE;
        digests.forEach(digest -> TableFixture.assertFinds(replica.table, digest, after.get(digest), when + " redone"));
        TableFixture.assertWalkEqualsModel(replica.table, after, when + " redone");
        assertEquals(after.size(), replica.table.usedSlots(), when + " redone");
    }

    private void redo(Commit commit) {
        if (replica.applied() < commit.version()) {
            commit.insertInto(replica.table);
            replica.setApplied(commit.version());
        }
        settle(replica.table, commit);
        assertEquals(0, replica.table.recount(), "damage");
    }

    private void maybeDie() {
        if (storesUntilDeath-- == 0) {
            throw new Killed();
        }
    }

    private static void settle(LookupTable table, Commit commit) {
        TableFixture.settleAll(table, commit.changes());
    }

    private static boolean isRelocated(Commit commit, Digest digest) {
        EntryDescriptor relocated = commit.relocated();
        return relocated != null && relocated.digestHi() == digest.hi() && relocated.digestLo() == digest.lo();
    }

    private void assertFindsEither(Digest digest, String when) {
        TableEntry found = new TableEntry();
        assertTrue(replica.table.find(digest.hi(), digest.lo(), found), when + " relocated");
        boolean isOld = found.hasSameWords(new TableEntry().from(assertNotNullAnd(before.get(digest))));
        boolean isNew = found.hasSameWords(new TableEntry().from(assertNotNullAnd(after.get(digest))));
        assertTrue(isOld || isNew, when + " relocated");
    }

    private static EntryDescriptor assertNotNullAnd(@Nullable EntryDescriptor entry) {
        assertNotNull(entry);
        return entry;
    }

    private Commit randomCommit(long version) {
        if (random.nextInt(12) == 0) {
            // The number is used again: ended by one commit, defined by a later one.
            boolean isDefined = live.table.namespaces().byNumber(1) != null;
            return new Commit(version, List.of(), isDefined ? -1 : 1, isDefined ? 1 : -1, null);
        }
        if (random.nextInt(6) == 0 && !before.isEmpty()) {
            List<EntryDescriptor> entries = new ArrayList<>(before.values());
            EntryDescriptor old = entries.get(random.nextInt(entries.size()));
            return new Commit(version, List.of(), -1, -1, elsewhere(old, version));
        }
        boolean isOtherDefined = live.table.namespaces().byNumber(1) != null;
        List<Change> changes = new ArrayList<>();
        for (Change change : LookupTableModelTest.randomChanges(random, digests, version, 1 + random.nextInt(10))) {
            int namespace = isOtherDefined && change.digest().lo() % 4 == 0 ? 1 : 0;
            changes.add(change.entry() == null
                    ? change
                    : new Change(change.digest(), TableFixture.entry(change.digest(), version, namespace)));
        }
        return new Commit(version, changes, -1, -1, null);
    }

    private static EntryDescriptor elsewhere(EntryDescriptor entry, long version) {
        return new EntryDescriptor(entry.digestHi(), entry.digestLo(), entry.version(), version, (int) version + 70_000,
                entry.namespace(), entry.offsetUnits() + 1, 0, entry.extentUnits(), entry.headerBytes(), entry.flags(),
                entry.logicalBytes(), entry.headerCrc(), entry.kind(), entry.storage(), 0);
    }
}
