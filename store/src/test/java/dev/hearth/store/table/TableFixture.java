package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table in private memory beside the map it should equal, and the three steps by which a commit is applied to it. */
final class TableFixture {
    static final long UUID_HI = 0x1122_3344_5566_7788L;
    static final long UUID_LO = 0x99AA_BBCC_DDEE_FF00L;
    static final long SEED = 0x5EED;

    /** What a commit does to one digest: puts {@code entry}, or removes the digest if it is null. */
    record Change(Digest digest, @Nullable EntryDescriptor entry) {}

    record Digest(long hi, long lo) {
        /** A well-spread digest for each number. */
        static Digest of(long number) {
            return new Digest(mix(number * 2 + 1), mix(number * 2 + 2));
        }

        private static long mix(long value) {
            long mixed = value * 0xD6E8_FEB8_6659_FD93L;
            mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
            return mixed ^ (mixed >>> 32);
        }
    }

    final MemorySegment memory;
    final MemorySegment appliedWord;
    final LookupTable table;
    final Map<Digest, EntryDescriptor> model = new HashMap<>();
    long applied;

    TableFixture(Arena arena, long maxEntries) {
        memory = arena.allocate(LookupTable.requiredBytes(maxEntries), 64);
        appliedWord = arena.allocate(8, 8);
        table = LookupTable.format(memory, maxEntries, SEED, UUID_HI, UUID_LO, appliedWord);
        table.namespaces().define(0, "minilm", "r1", "f32", 1);
    }

    static EntryDescriptor entry(Digest digest, long version, int namespace) {
        int mixed = (int) ((version * 0x9E37_79B9L) ^ digest.lo());
        Kind kind = (mixed & 1) == 0 ? Kind.PARAMETER : Kind.ACTIVATION;
        Storage storage = (mixed & 2) == 0 ? Storage.IN_PLACE : Storage.COMPACT;
        int flags = (mixed & 4) == 0 ? EntryDescriptor.CONTIGUOUS : EntryDescriptor.HAS_EXPIRY;
        return new EntryDescriptor(digest.hi(), digest.lo(), version, version / 3 + 1, mixed & 0xFFFF, namespace, mixed,
                0, (mixed >>> 8) & 0xFFFF, 96 + (mixed & 0xFF), flags, mixed & 0xFF_FFFFL, mixed ^ 0x1234, kind,
                storage,
                0);
    }

    void setApplied(long version) {
        applied = version;
        Words.LONG.setRelease(appliedWord, 0L, version);
    }

    /** Applies one commit to table and model. */
    void commit(long version, List<Change> changes) {
        insertAll(table, version, changes);
        setApplied(version);
        settleAll(table, changes);
        changes.forEach(change -> apply(model, change));
    }

    void put(long number, long version) {
        Digest digest = Digest.of(number);
        commit(version, List.of(new Change(digest, entry(digest, version, 0))));
    }

    void remove(long number, long version) {
        commit(version, List.of(new Change(Digest.of(number), null)));
    }

    static void insertAll(LookupTable table, long version, List<Change> changes) {
        for (Change change : changes) {
            if (change.entry() == null) {
                table.insertTombstone(change.digest().hi(), change.digest().lo(), version);
            } else {
                table.insert(change.entry());
            }
        }
    }

    static void settleAll(LookupTable table, List<Change> changes) {
        changes.forEach(change -> table.settle(change.digest().hi(), change.digest().lo()));
    }

    static void apply(Map<Digest, EntryDescriptor> model, Change change) {
        if (change.entry() == null) {
            model.remove(change.digest());
        } else {
            model.put(change.digest(), change.entry());
        }
    }

    /** What a find has to give for {@code expected}: null is a miss. */
    static void assertFinds(LookupTable table, Digest digest, @Nullable EntryDescriptor expected,
            String when) {
        TableEntry found = new TableEntry();
        boolean isThere = table.find(digest.hi(), digest.lo(), found);
        assertEquals(expected != null, isThere, () -> when + " digest=" + digest + " found=" + found);
        if (expected != null) {
            assertTrue(found.hasSameWords(new TableEntry().from(expected)),
                    () -> when + " expected=" + expected + " found=" + found);
        }
    }

    /** Table and model agree: every digest, the walk, the count of slots, the totals. */
    void assertEqualsModel(Iterable<Digest> digests, String when) {
        digests.forEach(digest -> assertFinds(table, digest, model.get(digest), when));
        assertWalkEqualsModel(table, model, when);
        assertEquals(model.size(), table.usedSlots(), when + " used slots");
    }

    static void assertWalkEqualsModel(LookupTable table, Map<Digest, EntryDescriptor> model, String when) {
        List<Digest> walked = new ArrayList<>();
        assertTrue(table.forEach(entry -> walked.add(new Digest(entry.digestHi(), entry.digestLo()))), when);
        assertEquals(model.size(), walked.size(), when + " walk");
        assertEquals(model.keySet(), new HashSet<>(walked), when + " walk");
        Totals totals = table.totals();
        for (Kind kind : Kind.values()) {
            List<EntryDescriptor> ofKind = model.values().stream().filter(entry -> entry.kind() == kind).toList();
            assertEquals(ofKind.size(), totals.entries(kind), when + " entries");
            assertEquals(ofKind.stream().mapToLong(EntryDescriptor::logicalBytes).sum(), totals.logicalBytes(kind),
                    when + " logical bytes");
            assertEquals(ofKind.stream().mapToLong(EntryDescriptor::extentBytes).sum(), totals.storedBytes(kind),
                    when + " stored bytes");
        }
    }
}
