package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.table.TableFixture.Change;
import dev.hearth.store.table.TableFixture.Digest;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Readers beside a writer that does not rest, on a table so small and full that entries move all the time. Every commit
 * replaces all members of a group; others come and go.
 */
@Tag("stress")
class LookupTableConcurrencyTest {
    private static final long SEED = 4711;
    private static final int GROUP = 30;
    private static final int OTHERS = 60;
    private static final long NANOS = 3_000_000_000L;

    private final Arena arena = Arena.ofAuto();
    private final TinyTable tiny = new TinyTable(arena, 16, Steps.NONE);
    private final List<Digest> group = LongStream.range(0, GROUP).mapToObj(Digest::of).toList();
    private final List<Digest> others = LongStream.range(1000, 1000 + OTHERS).mapToObj(Digest::of).toList();
    private volatile boolean isDone;

    @Test
    void find_writerReplacesAGroupAllTheTime_neverMissesNorGoesBack() throws Exception {
        tiny.table.namespaces().define(0, "base", "", "", 1);
        commit(2, groupChanges(2));
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Future<Long> first = threads.submit(reader(1));
            Future<Long> second = threads.submit(reader(2));
            Future<Long> walker = threads.submit(walker());
            long commits = write();
            isDone = true;
            long finds = first.get(5, TimeUnit.MINUTES) + second.get(5, TimeUnit.MINUTES);
            assertTrue(walker.get(5, TimeUnit.MINUTES) > 0, "walks");
            assertTrue(commits > 100, "commits=" + commits);
            assertTrue(finds > 10_000, "finds=" + finds);
            assertTrue((long) Words.LONG.get(tiny.memory, (long) TableDescriptor.MOVES_OFFSET) > 1000, "moves");
        } finally {
            isDone = true;
        }
    }

    private long write() {
        Random random = new Random(SEED);
        long end = System.nanoTime() + NANOS;
        long version = 3;
        for (; System.nanoTime() < end; version++) {
            List<Change> changes = groupChanges(version);
            for (int i = 0; i < 3; i++) {
                Digest other = others.get(random.nextInt(OTHERS));
                if (changes.stream().noneMatch(change -> change.digest().equals(other))) {
                    changes.add(new Change(other,
                            random.nextInt(3) == 0 ? null : TableFixture.entry(other, version, 0)));
                }
            }
            if (tiny.table.hasRoomFor(changes.size())) {
                commit(version, changes);
            } else {
                Digest gone = others.get(random.nextInt(OTHERS));
                commit(version, List.of(new Change(gone, null)));
            }
        }
        return version;
    }

    private void commit(long version, List<Change> changes) {
        try {
            TableFixture.insertAll(tiny.table, version, changes);
        } catch (HearthException.Full full) {
            throw new AssertionError("seed=" + SEED + " version=" + version, full);
        }
        tiny.setApplied(version);
        TableFixture.settleAll(tiny.table, changes);
    }

    private List<Change> groupChanges(long version) {
        List<Change> changes = new ArrayList<>();
        group.forEach(digest -> changes.add(new Change(digest, TableFixture.entry(digest, version, 0))));
        return changes;
    }

    /** Members are never absent, their words belong together, and a later look never shows an earlier commit. */
    private Callable<Long> reader(long seed) {
        return () -> {
            Random random = new Random(seed);
            TableEntry found = new TableEntry();
            long last = 0;
            long finds = 0;
            while (!isDone) {
                Digest digest = group.get(random.nextInt(GROUP));
                assertTrue(tiny.table.find(digest.hi(), digest.lo(), found), "member is there");
                assertTrue(found.version() >= last, "version=" + found.version() + " last=" + last);
                assertTrue(found.hasSameWords(new TableEntry().from(TableFixture.entry(digest, found.version(), 0))));
                last = found.version();
                Digest other = others.get(random.nextInt(OTHERS));
                if (tiny.table.find(other.hi(), other.lo(), found)) {
                    assertTrue(
                            found.hasSameWords(new TableEntry().from(TableFixture.entry(other, found.version(), 0))));
                }
                finds++;
            }
            return finds;
        };
    }

    /** A walk during which nothing moved shows every member. */
    private Callable<Long> walker() {
        return () -> {
            long walks = 0;
            while (!isDone) {
                Set<Digest> seen = new HashSet<>();
                boolean isExact = tiny.table
                        .forEach(entry -> seen.add(new Digest(entry.digestHi(), entry.digestLo())));
                if (isExact) {
                    assertTrue(seen.containsAll(group), "members in an exact walk");
                }
                walks++;
            }
            return walks;
        };
    }
}
