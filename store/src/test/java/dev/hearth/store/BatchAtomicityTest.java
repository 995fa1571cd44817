package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One JVM rewrites a group of {@value #MEMBERS} entries, batch by batch, while this one leases it: every lease shows
 * one version in all values.
 *
 * <p>
 * The whole of it: {@code mvn -pl store -am test -Dtest=BatchAtomicityTest -Dhearth.groups.batches=10000
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@Tag("system")
class BatchAtomicityTest {
    private static final int MEMBERS = 200;
    /** How many batches; 0 for as many as it takes to see enough. */
    private static final int BATCHES = Integer.getInteger("hearth.groups.batches", 0);
    private static final int KILLS = Integer.getInteger("hearth.groups.kills", 3);
    /** Longer than it takes on the busiest machine. */
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(240);
    private static final long SEED = Long.getLong("hearth.groups.seed", 3);
    private static final MemorySegment GROUP = Keys.utf8("the group");
    private static final HearthOptions OPTIONS = HearthOptions.defaults().capacityBytes(64 << 20)
            .segmentBytes(1 << 20).pageBytes(4 << 10).maxEntries(5_000);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static MemorySegment key(int member) {
        return Keys.utf8("member " + member);
    }

    /** Values of all sizes up to some pages: key and round in front and at the end, the round in between. */
    private static int length(int member) {
        return 16 + member * 37 % 1_000 + (member % 50 == 0 ? 9_000 : 0);
    }

    private static MemorySegment value(int member, int round) {
        MemorySegment value = MemorySegment.ofArray(new byte[length(member)]);
        value.fill((byte) round);
        for (long at : new long[]{0, value.byteSize() - 8}) {
            value.set(ValueLayout.JAVA_INT_UNALIGNED, at, member);
            value.set(ValueLayout.JAVA_INT_UNALIGNED, at + 4, round);
        }
        return value;
    }

    /** The round that a value says it is of; it must be whole. */
    private static int round(MemorySegment value, int member) {
        assertEquals(length(member), value.byteSize(), "length of member " + member);
        int round = value.get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        assertTrue(value.mismatch(value(member, round)) < 0, () -> "member " + member + " of round " + round);
        return round;
    }

    /** Rewrites the group until it was done so often, until it is told to end, or until it is killed. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws IOException {
            int batches = Integer.parseInt(args[1]);
            PutOptions options = PutOptions.of(Kind.valueOf(args[2])).storage(Storage.valueOf(args[3]));
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                int first = 1;
                try (Lease lease = namespace.get(key(0))) {
                    first += lease == null ? 0 : round(lease.segment(), 0);
                }
                int round = first;
                for (; round < first + batches && System.in.available() == 0; round++) {
                    try (Batch batch = namespace.batch()) {
                        batch.group(GROUP);
                        for (int member = 0; member < MEMBERS; member++) {
                            batch.put(key(member), value(member, round), options);
                        }
                        batch.commit();
                    }
                    ForkedJvm.say("round " + round);
                }
                ForkedJvm.say("done " + (round - 1));
            }
        }
    }

    /** Leases the group again and again and looks at every value. */
    private static final class Reader {
        private final Namespace namespace;
        private final Set<Integer> rounds = new HashSet<>();
        private final AtomicInteger leases = new AtomicInteger();
        private volatile int roundsSeen;
        private int absent;
        private int lastRound;

        Reader(Namespace namespace) {
            this.namespace = namespace;
        }

        boolean hasSeen(int enoughLeases, int enoughRounds) {
            return leases.get() >= enoughLeases && roundsSeen >= enoughRounds;
        }

        void readWhile(BooleanSupplier more) {
            while (more.getAsBoolean()) {
                read();
            }
        }

        void read() {
            try (GroupLease lease = namespace.getGroup(GROUP)) {
                if (lease == null) {
                    absent++;
                    return;
                }
                assertEquals(MEMBERS, lease.size());
                assertTrue(lease.isWhole(), "whole");
                int round = round(lease.segment(0), 0);
                for (int member = 1; member < MEMBERS; member++) {
                    assertEquals(round, round(lease.segment(member), member), "round of member " + member);
                    assertEquals(lease.version(), lease.lease(member).version(), "version of member " + member);
                }
                assertTrue(round >= lastRound, "round " + round + " after " + lastRound);
                lastRound = round;
                rounds.add(round);
                roundsSeen = rounds.size();
                leases.incrementAndGet();
            }
        }

        @Override
        public String toString() {
            return "leases=" + leases + " rounds=" + rounds.size() + " absent=" + absent + " lastRound=" + lastRound;
        }
    }

    private static void report(String what, Reader reader) {
        System.out.println("BatchAtomicityTest " + what + ": " + reader + " seed=" + SEED);
    }

    private ForkedJvm writer(int batches, Kind kind, Storage storage) {
        return ForkedJvm.of(Writer.class).optimized()
                .args(store().toString(), Integer.toString(batches == 0 ? Integer.MAX_VALUE / 2 : batches), kind.name(),
                        storage.name())
                .limitSeconds(240 + batches / 5).start();
    }

    /** Does something beside the writer until that is done; returns the last round. */
    private static int besides(ForkedJvm writer, BooleanSupplier enough, Consumer<BooleanSupplier> first,
            Consumer<BooleanSupplier> second) throws InterruptedException {
        writer.awaitLine("round");
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (Consumer<BooleanSupplier> one : List.of(first, second)) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    one.accept(() -> !done.get());
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        try {
            if (BATCHES == 0) {
                long startNs = System.nanoTime();
                while (!enough.getAsBoolean() && failure.get() == null && System.nanoTime() - startNs < LIMIT_NS) {
                    writer.awaitLine("round");
                }
                writer.send("end");
            }
            return Integer.parseInt(writer.awaitLine("done"));
        } finally {
            done.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
        }
    }

    @Test
    void groupLease_besideAWriter_isOfOneVersion() throws Exception {
        try (Hearth hearth = Hearth.open(store(), OPTIONS)) {
            Reader reader = new Reader(hearth.namespace(Fingerprint.of("n")));
            try (ForkedJvm writer = writer(BATCHES, Kind.PARAMETER, Storage.IN_PLACE);
                    Hearth readOnly = Hearth.open(store(), OPTIONS.access(HearthOptions.Access.READ_ONLY))) {
                Reader copying = new Reader(readOnly.findNamespace("n", null).orElseThrow());
                int last = besides(writer, () -> reader.hasSeen(500, 10) && copying.hasSeen(200, 10),
                        reader::readWhile, copying::readWhile);
                assertEquals(0, writer.awaitExit(), writer::output);
                report("beside a writer", reader);
                report("beside a writer, read-only", copying);
                reader.read();
                assertEquals(last, reader.lastRound, "the last batch is seen");
                assertEquals(0, reader.absent, "parameters are never absent");
                assertTrue(reader.hasSeen(500, 10), reader.toString());
                assertTrue(copying.hasSeen(200, 10), copying.toString());
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void groupLease_besideAWriterUnderEviction_isOfOneVersionOrAbsent() throws Exception {
        try (Hearth hearth = Hearth.open(store(), OPTIONS)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Reader reader = new Reader(namespace);
            AtomicInteger filled = new AtomicInteger();
            byte[] noise = new byte[60_000];
            new Random(SEED).nextBytes(noise);
            try (ForkedJvm writer = writer(Math.min(BATCHES, 2_000), Kind.ACTIVATION, Storage.COMPACT)) {
                int last = besides(writer, () -> reader.hasSeen(300, 10) && filled.get() > 1_200,
                        reader::readWhile, more -> {
                            while (more.getAsBoolean()) {
                                namespace.put(Keys.utf8("filler " + filled.getAndIncrement()),
                                        MemorySegment.ofArray(noise),
                                        PutOptions.of(Kind.ACTIVATION));
                            }
                        });
                assertEquals(0, writer.awaitExit(), writer::output);
                report("under eviction, fillers=" + filled, reader);
                assertTrue(reader.hasSeen(300, 10) && reader.lastRound <= last, reader.toString());
                assertTrue(hearth.stats().counter("evictions") > 0, hearth.stats().counters().toString());
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void groupLease_besideWritersThatAreKilled_isOfOneVersion() {
        Random random = new Random(SEED);
        try (Hearth hearth = Hearth.open(store(), OPTIONS)) {
            Reader reader = new Reader(hearth.namespace(Fingerprint.of("n")));
            for (int kill = 0; kill < KILLS; kill++) {
                try (ForkedJvm writer = writer(1_000_000, Kind.PARAMETER, Storage.IN_PLACE)) {
                    int acknowledged = Integer.parseInt(writer.awaitLine("round"));
                    int before = reader.rounds.size();
                    int more = 3 + random.nextInt(10);
                    reader.readWhile(() -> reader.rounds.size() < before + more);
                    writer.kill();
                    reader.read();
                    assertTrue(reader.lastRound >= acknowledged, "kill " + kill + " acknowledged=" + acknowledged
                            + " but " + reader);
                    try (GroupLease lease = reader.namespace.getGroup(GROUP)) {
                        assertNotNull(lease, "kill " + kill);
                    }
                    // What the dead left undone is done by the next writer, here.
                    hearth.namespace(Fingerprint.of("other " + kill));
                    reader.read();
                }
            }
            report("with kills", reader);
            assertTrue(reader.hasSeen(KILLS * 10, KILLS * 3), reader.toString());
            assertEquals(0, reader.absent, reader.toString());
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }
}
