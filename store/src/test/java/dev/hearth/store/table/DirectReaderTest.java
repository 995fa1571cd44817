package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.table.TableFixture.Change;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectReaderTest {
    private static final int NAMESPACE = 3;
    private static final long DEFINED_AT = 2;
    private static final long LOOKASIDE_BYTES = 1 << 20;
    private final Arena arena = Arena.ofConfined();
    private final TableFixture fixture = new TableFixture(arena, 1_000);
    private final Lookaside lookaside = new Lookaside(LOOKASIDE_BYTES);
    private final DirectReader reader = present(fixture.table.direct(lookaside));
    private final TableEntry found = new TableEntry();
    private final TableEntry recalled = new TableEntry();

    DirectReaderTest() {
        fixture.table.namespaces().define(NAMESPACE, "n", "r", "f", DEFINED_AT);
    }

    private static DirectReader present(@Nullable DirectReader reader) {
        return Objects.requireNonNull(reader);
    }

    @AfterEach
    void close() {
        lookaside.close();
        arena.close();
    }

    private static EntryDescriptor plain(Digest digest, long version, int segment) {
        return new EntryDescriptor(digest.hi(), digest.lo(), version, version / 3 + 1, segment, NAMESPACE,
                (int) version * 4, 0, 70, 96, EntryDescriptor.CONTIGUOUS, version * 1_000, 7, Kind.ACTIVATION,
                Storage.IN_PLACE, 0);
    }

    private static long start(EntryDescriptor entry) {
        return entry.version() * 64 + ((long) entry.segment() << 20);
    }

    private void put(Digest digest, long version, int segment) {
        fixture.commit(version, List.of(new Change(digest, plain(digest, version, segment))));
    }

    private boolean find(Digest digest) {
        return reader.find(digest.hi(), digest.lo(), NAMESPACE, DEFINED_AT, found);
    }

    private long recall(Digest digest) {
        return reader.recall(digest.hi(), digest.lo(), NAMESPACE, DEFINED_AT, recalled);
    }

    @Test
    void recall_whatWasRemembered_isTheWholeEntry() {
        Digest digest = Digest.of(7);
        put(digest, 5, 0xF_FFFF);
        assertEquals(Lookaside.ABSENT, recall(digest), "nothing was remembered");
        assertTrue(find(digest));
        for (long start : new long[]{0x1FFF_FFFF_FFC0L, 0, -64, -0x2000_0000_0000L, 640}) {
            reader.remember(found, start);
            assertEquals(start, recall(digest));
            assertTrue(recalled.hasSameWords(new TableEntry().from(plain(digest, 5, 0xF_FFFF))), recalled::toString);
        }
        for (long none : new long[]{1, -1, 0x2000_0000_0000L, -0x2000_0000_0040L, Long.MIN_VALUE}) {
            reader.remember(found, none);
            assertEquals(640, recall(digest), "there is no room for " + none);
        }
        for (long number : new long[]{0, 1, (1L << 39) - 1}) {
            reader.remember(recalled, Lookaside.note(number));
            assertEquals(number, Lookaside.noted(recall(digest)), "what was recalled can be noted again");
            assertTrue(recall(digest) < Lookaside.ABSENT);
        }
    }

    @Test
    void recall_afterAnyChangeOfItsBucket_isAbsentUntilItIsFoundAgain() {
        Digest digest = Digest.of(7);
        put(digest, 5, 1);
        assertTrue(find(digest));
        reader.remember(found, 640);
        put(digest, 6, 2);
        assertEquals(Lookaside.ABSENT, recall(digest), "replaced");
        assertTrue(find(digest));
        reader.remember(found, 1_280);
        assertEquals(1_280, recall(digest));
        assertEquals(6, recalled.version());
        fixture.commit(7, List.of(new Change(digest, null)));
        assertEquals(Lookaside.ABSENT, recall(digest), "removed");
        assertFalse(find(digest));
    }

    @Test
    void recall_whileTheSuccessorIsNotApplied_isAbsent() {
        Digest digest = Digest.of(7);
        put(digest, 5, 1);
        assertTrue(find(digest));
        reader.remember(found, 640);
        fixture.table.insert(plain(digest, 6, 2));
        assertEquals(Lookaside.ABSENT, recall(digest));
        fixture.setApplied(6);
        assertEquals(Lookaside.ABSENT, recall(digest), "what it was is not what it is");
    }

    @Test
    void recall_ofAnEndedOrAnotherNamespace_isAbsent() {
        Digest digest = Digest.of(7);
        put(digest, 5, 1);
        assertTrue(find(digest));
        reader.remember(found, 640);
        assertEquals(Lookaside.ABSENT, reader.recall(digest.hi(), digest.lo(), NAMESPACE, DEFINED_AT + 1, recalled));
        assertEquals(Lookaside.ABSENT, reader.recall(digest.hi(), digest.lo(), -1, DEFINED_AT, recalled));
        assertEquals(Lookaside.ABSENT, reader.recall(digest.hi(), digest.lo(), 4_096, DEFINED_AT, recalled));
        assertEquals(640, recall(digest));
        fixture.table.namespaces().end(NAMESPACE, 9);
        fixture.setApplied(9);
        assertEquals(Lookaside.ABSENT, recall(digest));
    }

    /** Random puts and removes, each followed by finds and recalls of everything. */
    @Test
    void recall_besideAModel_isNeverStale() {
        long seed = 20_261_122;
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        List<Digest> digests = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            digests.add(Digest.of(i));
        }
        int recalls = 0;
        for (int version = 3; version < 1_500; version++) {
            Digest changed = digests.get(random.nextInt(digests.size()));
            fixture.commit(version, List.of(new Change(changed,
                    random.nextInt(4) == 0 ? null : plain(changed, version, random.nextInt(100)))));
            for (int i = 0; i < 40; i++) {
                Digest digest = i == 0 ? changed : digests.get(random.nextInt(digests.size()));
                EntryDescriptor expected = fixture.model.get(digest);
                long start = recall(digest);
                if (start != Lookaside.ABSENT) {
                    recalls++;
                    assertNotNull(expected, "version " + version);
                    assertEquals(start(expected), start, "version " + version);
                    assertTrue(recalled.hasSameWords(new TableEntry().from(expected)), "version " + version);
                } else if (find(digest)) {
                    reader.remember(found, start(Objects.requireNonNull(expected)));
                }
            }
        }
        assertTrue(recalls > 30_000, "recalls=" + recalls);
    }
}
