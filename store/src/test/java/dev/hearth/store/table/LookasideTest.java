package dev.hearth.store.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LookasideTest {
    private static final long LEAST = 64 << 10;
    private static final int LOOKS = 20_000_000;

    private static TableEntry entry(Digest digest) {
        int number = (int) digest.hi();
        return new TableEntry().from(new EntryDescriptor(digest.hi(), digest.lo(), digest.hi() | 1, digest.lo(),
                number & 0xFFFF, 0, number, 0, 70, 96, EntryDescriptor.CONTIGUOUS, digest.hi() >>> 30, number,
                Kind.PARAMETER, Storage.IN_PLACE, 0));
    }

    @Test
    void size_growsWithWhatIsNoted_upToItsLimit() {
        try (Lookaside lookaside = new Lookaside(5 << 20)) {
            assertEquals(LEAST, lookaside.bytes());
            for (int number = 0; number < 500; number++) {
                lookaside.put(0x4001, entry(Digest.of(number)), 64);
            }
            assertEquals(LEAST, lookaside.bytes(), "few entries take little");
            for (int number = 0; number < 200_000; number++) {
                lookaside.put(0x4001, entry(Digest.of(number)), 64);
            }
            assertEquals(4 << 20, lookaside.bytes());
        }
        try (Lookaside none = new Lookaside(0)) {
            none.put(0x4001, entry(Digest.of(1)), 64);
            assertEquals(0, none.bytes());
        }
    }

    /**
     * Digests that share one set, in entries whose every word follows from the digest, noted and recalled by several
     * threads at once: what is recalled is one entry, never parts of two.
     */
    @Test
    void recall_whileOthersWriteTheSameLines_isOneEntry() throws InterruptedException, ExecutionException {
        try (Arena arena = Arena.ofShared();
                Lookaside lookaside = new Lookaside(LEAST);
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            TableFixture fixture = new TableFixture(arena, 1_000);
            List<Digest> digests = sameSet();
            List<Change> changes = new ArrayList<>();
            digests.forEach(digest -> changes.add(new Change(digest, descriptor(digest))));
            fixture.commit(5, changes);
            DirectReader reader = Objects.requireNonNull(fixture.table.direct(lookaside));
            AtomicBoolean stop = new AtomicBoolean();
            List<Future<Long>> writers = new ArrayList<>();
            for (int seed = 0; seed < 2; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                writers.add(threads.submit(() -> write(reader, digests, random, stop)));
            }
            Future<Long> recalls = threads.submit(() -> recall(reader, digests, new SplittableRandom(9)));
            long recalled;
            try {
                recalled = recalls.get();
            } finally {
                stop.set(true);
            }
            assertTrue(recalled > 10_000, "recalled=" + recalled);
            for (Future<Long> writer : writers) {
                assertTrue(writer.get() > 10_000, "written");
            }
        }
    }

    private static EntryDescriptor descriptor(Digest digest) {
        return new EntryDescriptor(digest.hi(), digest.lo(), 5, digest.hi() >>> 1, (int) (digest.hi() >>> 45), 0,
                (int) digest.hi(), (int) digest.lo() & 0xFFFF, (int) digest.hi() & 0xFFFF, 96,
                EntryDescriptor.CONTIGUOUS, digest.hi() >>> 21, (int) digest.hi() * 31, Kind.ACTIVATION,
                Storage.IN_PLACE, 0);
    }

    private static List<Digest> sameSet() {
        List<Digest> same = new ArrayList<>();
        for (int number = 0; same.size() < 6; number++) {
            Digest digest = Digest.of(number);
            if ((digest.lo() & 0x3FF) == 0x155) {
                same.add(digest);
            }
        }
        return same;
    }

    private static long write(DirectReader reader, List<Digest> digests, SplittableRandom random, AtomicBoolean stop) {
        List<TableEntry> entries = new ArrayList<>();
        for (Digest digest : digests) {
            TableEntry entry = new TableEntry();
            assertTrue(reader.find(digest.hi(), digest.lo(), 0, 1, entry));
            entries.add(entry);
        }
        long written = 0;
        while (!stop.get()) {
            int index = random.nextInt(digests.size());
            reader.remember(entries.get(index), start(digests.get(index)));
            written++;
        }
        return written;
    }

    private static long recall(DirectReader reader, List<Digest> digests, SplittableRandom random) {
        TableEntry entry = new TableEntry();
        long recalls = 0;
        for (int i = 0; i < LOOKS; i++) {
            Digest digest = digests.get(random.nextInt(digests.size()));
            long start = reader.recall(digest.hi(), digest.lo(), 0, 1, entry);
            if (start != Lookaside.ABSENT) {
                recalls++;
                boolean whole = entry.generation() == digest.hi() >>> 1 && entry.headerCrc() == (int) digest.hi() * 31
                        && entry.segment() == (int) (digest.hi() >>> 45) && entry.offsetUnits() == (int) digest.hi()
                        && entry.logicalBytes() == digest.hi() >>> 21 && start == start(digest);
                assertTrue(whole, "parts of two entries");
            }
        }
        return recalls;
    }

    private static long start(Digest digest) {
        return digest.lo() >>> 24 << 6;
    }
}
