package dev.hearth.store.log;

import static dev.hearth.store.log.LogFixture.commitPuts;
import static dev.hearth.store.log.LogFixture.entry;
import static dev.hearth.store.log.LogFixture.writer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogScan.Stop;
import dev.hearth.store.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log on the files it is made for: several writers that take turns, and one that is killed. */
final class LogOnDiskTest {
    private static final int VERSIONS = 20_000;

    @TempDir
    private Path temporary;
    private StoreDirectory files;

    @BeforeEach
    void open() {
        files = StoreDirectory.create(temporary.resolve("log"));
    }

    @AfterEach
    void close() {
        files.close();
    }

    private static LogSettings settings(long owner) {
        return new LogSettings(LogFixture.STORE, 64 << 10, LogFixture.bytes("geometry"), owner);
    }

    @Test
    void commit_acrossFiles_isReadBackAndCheckpointed() {
        LogSettings settings = settings(1);
        try (LogWriter writer = writer(files, settings, LogTail.ORIGIN)) {
            writer.prepareSpare();
            LogTail tail = commitPuts(writer, 1, 2000);
            writer.sync(tail);
            Checkpoint.write(files, settings, null, LogFiles.startOf(files, settings, tail.file()));
        }
        List<LogTransaction> read = LogFixture.readAll(files, settings);
        assertEquals(2000, read.size(), "transactions");
        try (Checkpoint checkpoint = Checkpoint.latest(files, settings, e -> {
            throw e;
        })) {
            assertNotNull(checkpoint, "checkpoint");
            assertEquals(checkpoint.version(), checkpoint.entryCount(), "one entry a version");
            LogFiles.deleteCovered(files, settings, checkpoint.position(), -1);
            LogScan rest = LogReader.scan(files, settings, checkpoint.position(), t -> {
            });
            assertEquals(2000, rest.tail().lastVersion(), "checkpoint and the log behind it are all");
            assertEquals(2000 - checkpoint.version(), rest.transactions(), "no more than that");
        }
    }

    @Test
    @Tag("stress")
    void commit_writersSparesSyncsAndReadersAtOnce_isOneLog() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        SharedTail tail = new SharedTail();
        AtomicBoolean done = new AtomicBoolean();
        List<Future<?>> background = new ArrayList<>();
        try (ExecutorService pool = Executors.newCachedThreadPool();
                LogWriter one = new LogWriter(files, settings(1));
                LogWriter two = new LogWriter(files, settings(2))) {
            List<Future<?>> writers = List.of(pool.submit(() -> takeTurns(one, lock, tail)),
                    pool.submit(() -> takeTurns(two, lock, tail)));
            for (LogWriter writer : List.of(one, two)) {
                background.add(pool.submit(() -> {
                    while (!done.get()) {
                        writer.prepareSpare();
                        if (tail.value.lastVersion() > 0) {
                            writer.sync(tail.value);
                        }
                    }
                }));
            }
            Future<Long> followed = pool.submit(this::follow);
            for (Future<?> writer : writers) {
                writer.get();
            }
            done.set(true);
            for (Future<?> task : background) {
                task.get();
            }
            assertEquals(VERSIONS, followed.get(), "the follower saw each version once, in order");
        }
        LogScan scan = LogReader.scan(files, settings(3), LogTail.ORIGIN, t -> {
        });
        assertEquals(tail.value, scan.tail(), "tail");
        assertEquals(VERSIONS, scan.transactions(), "transactions");
        assertEquals(Stop.END, scan.stop(), "whole");
    }

    /** The tail that all attachments of a store find in its mark. */
    private static final class SharedTail {
        private volatile LogTail value = LogTail.ORIGIN;
    }

    private static void takeTurns(LogWriter writer, ReentrantLock lock, SharedTail tail) {
        boolean more = true;
        while (more) {
            lock.lock();
            try {
                long version = tail.value.lastVersion() + 1;
                more = version <= VERSIONS;
                if (more) {
                    writer.resume(tail.value);
                    tail.value = LogFixture.commit(writer, version, LogFixture.put(version, version));
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private long follow() {
        long seen = 0;
        try (LogFollower follower = LogReader.follow(files, settings(4), 1)) {
            while (seen < VERSIONS) {
                LogTransaction transaction = follower.next();
                if (transaction == null) {
                    Thread.onSpinWait();
                } else if (transaction.version() == seen + 1) {
                    seen++;
                } else {
                    throw new AssertionError("after " + seen + " came " + transaction.version());
                }
            }
        }
        return seen;
    }

    @Test
    @Tag("system")
    void commit_processKilled_keepsWhatItAcknowledged() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        LogSettings settings = settings(9);
        LogTail tail = LogTail.ORIGIN;
        for (int round = 0; round < 4; round++) {
            long acknowledged;
            try (ForkedJvm jvm = ForkedJvm.of(Committer.class)
                    .args(files.directory().toString(), "" + tail.file(), "" + tail.offsetBytes(), "" + tail.chain(),
                            "" + tail.lastVersion())
                    .start()) {
                acknowledged = tail.lastVersion() + 100 + random.nextInt(2000);
                jvm.awaitLine("committed " + acknowledged + ".");
                jvm.kill();
            }
            String what = "seed=" + seed + " round=" + round;
            LogScan scan = LogReader.scan(files, settings, tail, LogOnDiskTest::checkWhole);
            assertTrue(scan.tail().lastVersion() >= acknowledged, what + " acknowledged=" + acknowledged + " " + scan);
            assertNotEquals(Stop.DAMAGED_WITH_VALID_TAIL_BEHIND, scan.stop(), what);
            LogCutter.cut(files, settings, scan.tail());
            tail = scan.tail();
            LogScan again = LogReader.scan(files, settings, LogTail.ORIGIN, LogOnDiskTest::checkWhole);
            assertEquals(tail, again.tail(), what);
            assertEquals(Stop.END, again.stop(), what);
        }
    }

    private static void checkWhole(LogTransaction transaction) {
        assertEquals(Committer.puts(transaction.version()), transaction.operations().size(),
                "operations of version " + transaction.version());
    }

    /** Commits until it is killed, and says so. */
    static final class Committer {
        private Committer() {}

        static int puts(long version) {
            return version % 97 == 0 ? 12_000 : 1 + (int) (version % 5);
        }

        /** Arguments: directory, and the tail to continue. */
        public static void main(String[] args) {
            LogTail tail = new LogTail(Integer.parseInt(args[1]), Long.parseLong(args[2]), Integer.parseInt(args[3]),
                    Long.parseLong(args[4]));
            try (StoreDirectory directory = StoreDirectory.open(Path.of(args[0]));
                    LogWriter writer = writer(directory, settings(8), tail)) {
                for (long version = tail.lastVersion() + 1;; version++) {
                    writer.begin(version, 0);
                    for (int i = 0; i < puts(version); i++) {
                        writer.put(entry(i, version), LogFixture.bytes("key-" + i));
                    }
                    writer.commit();
                    ForkedJvm.say("committed " + version + ".");
                }
            }
        }
    }
}
