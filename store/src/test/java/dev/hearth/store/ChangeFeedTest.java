package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that follow what others commit. */
@Tag("system")
class ChangeFeedTest {
    private static final long SEED = 7;
    private static final HearthOptions OPTIONS = HearthOptions.defaults().capacityBytes(32 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(20_000);
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(240);
    /** So long that a file of the log is full after some hundred commits. */
    private static final String LONG = "k".repeat(900);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    /**
     * Commits batches, one after the other, of which each says its number in the length of a value, and where the next
     * process has to go on; ends when told to, or is killed.
     */
    static final class Committing {
        private Committing() {}

        public static void main(String[] args) throws IOException {
            PutOptions options = PutOptions.of(Kind.ACTIVATION);
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                int number = 0;
                try (Lease lease = namespace.get(Keys.utf8("next"))) {
                    number = lease == null ? 0 : lease.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
                }
                for (; System.in.available() == 0; number++) {
                    try (Batch batch = namespace.batch()) {
                        batch.put(Keys.utf8("number" + number % 7 + LONG), MemorySegment.ofArray(new byte[number]),
                                options);
                        batch.put(Keys.utf8("next"), MemorySegment.ofArray(new int[]{number + 1}),
                                PutOptions.of(Kind.PARAMETER));
                        batch.commit();
                    }
                    ForkedJvm.say("committed " + number);
                }
                ForkedJvm.say("done " + (number - 1));
            }
        }
    }

    /** Reads a feed and checks that the batches come in order, whole, each once. */
    private static final class Follower {
        private final ChangeFeed feed;
        private int numbers;
        private long version;
        private boolean inBatch;
        private int logFile;

        Follower(ChangeFeed feed) {
            this.feed = feed;
        }

        /** Whether there was a change. */
        boolean step() {
            Change change = feed.next();
            if (change == null) {
                assertEquals(false, inBatch, "the end is no part of a batch");
                return false;
            }
            assertTrue(Long.compareUnsigned(change.version(), version) >= (inBatch ? 0 : 1) || change.type()
                    != Change.Type.PUT, () -> change.version() + " behind " + version);
            if (change.type() == Change.Type.PUT && change.keyText().startsWith("number")) {
                assertEquals(numbers, change.logicalBytes(), "batches in order, none twice");
                assertEquals("n", change.namespace());
                numbers++;
                inBatch = true;
            } else if (change.type() == Change.Type.PUT) {
                assertEquals("next", change.keyText());
                assertTrue(inBatch && change.version() == version, "with the rest of its batch");
                inBatch = false;
            }
            version = change.version();
            logFile = change.logFile();
            return true;
        }

        void until(int wanted) {
            long startNs = System.nanoTime();
            while (numbers < wanted) {
                if (!step()) {
                    assertTrue(System.nanoTime() - startNs < LIMIT_NS, "saw " + numbers + " of " + wanted);
                    LockSupport.parkNanos(100_000);
                }
            }
        }
    }

    @Test
    void changes_ofAnotherProcess_comeInOrderExactlyOnceAcrossFilesAndKills() {
        Random random = new Random(SEED);
        try (Hearth hearth = Hearth.open(store(), OPTIONS); ChangeFeed feed = hearth.changes(1)) {
            Follower follower = new Follower(feed);
            for (int kill = 0; kill < 3; kill++) {
                try (ForkedJvm writer = ForkedJvm.of(Committing.class).optimized().args(store().toString()).start()) {
                    int first = Integer.parseInt(writer.awaitLine("committed"));
                    follower.until(first + 600 + random.nextInt(200));
                    writer.kill();
                    int acknowledged = 0;
                    for (String line : writer.output().split("\n", -1)) {
                        acknowledged = line.matches("committed \\d+")
                                ? Integer.parseInt(line.substring("committed ".length()))
                                : acknowledged;
                    }
                    follower.until(acknowledged + 1);
                }
            }
            try (ForkedJvm writer = ForkedJvm.of(Committing.class).optimized().args(store().toString()).start()) {
                writer.awaitLine("committed");
                writer.send("end");
                int last = Integer.parseInt(writer.awaitLine("done"));
                follower.until(last + 1);
                assertEquals(0, writer.awaitExit());
                while (follower.step()) {
                    assertTrue(follower.numbers == last + 1, "nothing more");
                }
            }
            System.out.println("ChangeFeedTest: batches=" + follower.numbers + " logFile=" + follower.logFile);
            assertTrue(follower.numbers > 1_800, "numbers=" + follower.numbers);
            assertTrue(follower.logFile > 1, "the log went on in another file");
        }
    }

    /** A picture of a namespace that follows changes: versions by digest. */
    private static final class Mirror {
        private final Map<Change.Digest, Long> versions = new HashMap<>();

        void start(Namespace namespace) {
            versions.clear();
            try (Stream<EntryInfo> entries = namespace.entries()) {
                entries.forEach(entry -> versions.put(namespace.digest(MemorySegment.ofArray(entry.key())),
                        entry.version()));
            }
        }

        void apply(Change change) {
            switch (change.type()) {
                case PUT -> versions.put(change.digest(), change.version());
                case REMOVE, EVICT -> versions.remove(change.digest());
                default -> assertTrue(change.type() != Change.Type.END_NAMESPACE, "not here");
            }
        }
    }

    private static void churn(Namespace namespace, Random random, int count) {
        for (int i = 0; i < count; i++) {
            MemorySegment key = Keys.utf8("key " + random.nextInt(500) + LONG);
            switch (random.nextInt(10)) {
                case 0 -> {
                    boolean _ = namespace.remove(key);
                }
                case 1 -> {
                    boolean _ = namespace.removeGroup(Keys.utf8("group"));
                }
                case 2 -> {
                    try (Batch batch = namespace.batch()) {
                        batch.group(Keys.utf8("group"));
                        for (int member = 0; member < 5; member++) {
                            batch.put(Keys.utf8("member " + random.nextInt(20)), MemorySegment.ofArray(new byte[10]),
                                    PutOptions.of(Kind.PARAMETER));
                        }
                        batch.commit();
                    }
                }
                default -> {
                    byte[] noise = new byte[20_000 + random.nextInt(60_000)];
                    random.nextBytes(noise);
                    namespace.put(key, MemorySegment.ofArray(noise), PutOptions.of(Kind.ACTIVATION));
                }
            }
        }
    }

    @Test
    void mirror_fromEntriesAndChanges_isTheStoreAlsoUnderEviction() {
        Random random = new Random(SEED);
        try (Hearth hearth = Hearth.open(store(), OPTIONS)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            churn(namespace, random, 200);
            long version = hearth.stats().version();
            churn(namespace, random, 50);
            Mirror mirror = new Mirror();
            mirror.start(namespace);
            try (ChangeFeed feed = hearth.changes(version + 1)) {
                churn(namespace, random, 1_500);
                assertTrue(hearth.stats().counter("evictions") > 100, "evictions");
                long startNs = System.nanoTime();
                Mirror now = new Mirror();
                // What a release ended is told in steps, behind the release.
                do {
                    for (Change change = feed.next(); change != null; change = feed.next()) {
                        mirror.apply(change);
                    }
                    now.start(namespace);
                    assertTrue(System.nanoTime() - startNs < LIMIT_NS,
                            () -> now.versions.size() + " entries, mirror " + mirror.versions.size());
                } while (!mirror.versions.equals(now.versions));
                assertTrue(mirror.versions.size() > 100, "entries " + mirror.versions.size());
            }
        }
    }

    @Test
    void feed_ofDeletedFiles_saysThatItFellBehindAndBeginsAgain() {
        try (Hearth hearth = Hearth.open(store(), OPTIONS)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (ChangeFeed slow = hearth.changes(1)) {
                List<Change> seen = new ArrayList<>();
                seen.add(slow.next());
                try (ForkedJvm writer = ForkedJvm.of(Committing.class).optimized().args(store().toString()).start()) {
                    long startNs = System.nanoTime();
                    // The slow one keeps the first file open; the one behind it has to go as well.
                    int oldestFile = 1;
                    while (oldestFile < 3) {
                        for (int i = 0; i < 100; i++) {
                            writer.awaitLine("committed");
                        }
                        assertTrue(System.nanoTime() - startNs < LIMIT_NS, "log files are deleted");
                        try (ChangeFeed oldest = hearth.changes(0)) {
                            Change first = oldest.next();
                            oldestFile = first == null ? oldestFile : first.logFile();
                        }
                    }
                    writer.send("end");
                    writer.awaitLine("done");
                    assertEquals(0, writer.awaitExit());
                }
                HearthException.FellBehind fell = assertThrows(HearthException.FellBehind.class, () -> {
                    for (Change change = slow.next(); change != null; change = slow.next()) {
                        seen.add(change);
                    }
                });
                assertEquals(seen.getLast().version() + 1, fell.fromVersion(), "what it had was told");
                assertThrows(HearthException.FellBehind.class, slow::next, "it stays so");
            }
            try (ChangeFeed fresh = hearth.changes(1)) {
                HearthException.FellBehind atOnce = assertThrows(HearthException.FellBehind.class, fresh::next);
                assertEquals(1, atOnce.fromVersion());
            }
            long version = hearth.stats().version();
            try (ChangeFeed again = hearth.changes(version + 1)) {
                assertEquals(null, again.next());
                long put = namespace.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[1]),
                        PutOptions.of(Kind.ACTIVATION));
                Change change = again.next();
                assertEquals(put, change == null ? -1 : change.version());
            }
        }
    }
}
