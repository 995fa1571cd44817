package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.StoreStats;
import dev.hearth.store.index.IndexSettings;
import dev.hearth.store.index.PersistentIndex;
import dev.hearth.store.index.PersistentIndexes;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The background work of a host whose worker was stopped. */
@Tag("system")
class BackgroundReliefTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(20_000);
    private static final int KEYS = 2_000;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    /** Takes a lock, by its byte, and does nothing. */
    static final class Sleeper {
        private Sleeper() {}

        public static void main(String[] args) throws IOException {
            try (StoreDirectory directory = StoreDirectory.open(Path.of(args[0]));
                    OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
                while (!locks.tryLock(Long.parseLong(args[1]))) {
                    Thread.onSpinWait();
                }
                ForkedJvm.say("has it");
                ForkedJvm.say("end " + System.in.read());
            }
        }
    }

    /** Is attached, and does the background work whenever it gets the lock. */
    static final class Worker {
        private Worker() {}

        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                ForkedJvm.say("attached " + hearth.stats().version());
                ForkedJvm.say("end " + System.in.read());
            }
        }
    }

    private ForkedJvm sleeper(long lockByte) {
        return ForkedJvm.of(Sleeper.class).args(store().toString(), Long.toString(lockByte)).start();
    }

    private static void put(Namespace namespace, int from, int count, int length) {
        for (int i = from; i < from + count; i++) {
            namespace.put(Keys.utf8("key " + i % KEYS), MemorySegment.ofArray(new byte[length]),
                    PutOptions.of(Kind.ACTIVATION));
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 240_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, () -> "waited too long for " + what);
            Thread.onSpinWait();
        }
    }

    private static boolean isIndexed(StoreStats stats) {
        return stats.indexGeneration() != 0 && stats.indexedVersion() == stats.version();
    }

    @Test
    void holderThatIsStopped_isReplacedUntilItGoesOn() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (ForkedJvm sleeper = sleeper(LockBytes.BACKGROUND)) {
                sleeper.awaitLine("has it");
                sleeper.stop();
                put(namespace, 0, 500, 100);
                await("the index, which the stopped process would have to build", () -> isIndexed(hearth.stats()));
                int puts = 500;
                while (hearth.stats().checkpointVersion() == 0) {
                    assertTrue(puts < 200_000, "a checkpoint, which the stopped process would have to write");
                    put(namespace, puts, 1_000, 100);
                    puts += 1_000;
                }
                await("the index again", () -> isIndexed(hearth.stats()));
                sleeper.resume();
            }
        }
    }

    @Test
    void holderOfTheLockOfTheIndexThatIsStopped_costsTheIndexItsGeneration() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, 0, 500, 100);
            await("the index", () -> isIndexed(hearth.stats()));
            long generation = hearth.stats().indexGeneration();
            try (ForkedJvm sleeper = sleeper(LockBytes.INDEX)) {
                sleeper.awaitLine("has it");
                sleeper.stop();
                put(namespace, 500, 500, 100);
                await("another index", () -> isIndexed(hearth.stats()));
                assertTrue(hearth.stats().indexGeneration() > generation);
                sleeper.resume();
            }
            put(namespace, 1_000, 500, 100);
            await("the index again", () -> isIndexed(hearth.stats()));
            assertEquals(tableVersions(hearth), indexVersions(hearth.stats().indexGeneration()));
        }
    }

    @Test
    void workerThatIsStoppedAgainAndAgain_leavesAnIndexThatIsRight() {
        int puts = 0;
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            try (ForkedJvm worker = ForkedJvm.of(Worker.class).args(store().toString()).start()) {
                worker.awaitLine("attached");
                TimeBox box = TimeBox.of(3, Duration.ofSeconds(8));
                for (int round = 0; round < 12 && (box.goesOn() || puts < KEYS); round++) {
                    put(namespace, puts, 700, 100);
                    worker.stop();
                    put(namespace, puts + 700, 300, 100);
                    await("the index in round " + round, () -> isIndexed(hearth.stats()));
                    worker.resume();
                    puts += 1_000;
                }
                worker.send("end");
                assertEquals(0, worker.awaitExit());
            }
            await("the index", () -> isIndexed(hearth.stats()));
            assertTrue(hearth.verify(Progress.NONE).isSound());
            assertEquals(KEYS, hearth.stats().entries());
            assertEquals(tableVersions(hearth), indexVersions(hearth.stats().indexGeneration()));
        }
    }

    @Test
    void workerThatIsStoppedWhileTheIndexIsMadeAnew_goesOnWithTheNewOne() {
        try (ForkedJvm worker = ForkedJvm.of(Worker.class).args(store().toString()).start()) {
            worker.awaitLine("attached");
            try (StoreDirectory directory = StoreDirectory.open(store());
                    OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
                await("the worker", () -> locks.isHeldByOther(LockBytes.BACKGROUND));
            }
            try (Hearth hearth = Hearth.open(store(), SMALL)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                put(namespace, 0, 500, 100);
                await("the index of the worker", () -> isIndexed(hearth.stats()));
                long before = hearth.stats().indexGeneration();
                worker.stop();
                giveUpIndex();
                await("the index again", () -> isIndexed(hearth.stats()));
                StoreStats anew = hearth.stats();
                assertTrue(anew.indexGeneration() != before,
                        "before=" + before + " generation=" + anew.indexGeneration());
                worker.resume();
                for (int round = 1; round < 6; round++) {
                    put(namespace, 500 * round, 500, 100);
                    await("the index in round " + round, () -> isIndexed(hearth.stats()));
                }
                StoreStats after = hearth.stats();
                // A machine that lets nobody run for a second in the lock of the index costs a further generation.
                assertTrue(after.indexGeneration() >= anew.indexGeneration(), "nobody goes back");
                assertTrue(hearth.verify(Progress.NONE).isSound());
                assertEquals(tableVersions(hearth), indexVersions(after.indexGeneration()));
                worker.send("end");
                assertEquals(0, worker.awaitExit(), worker::output);
            }
        }
    }

    /** As somebody does who finds that it is of no more use. */
    private void giveUpIndex() {
        try (StoreDirectory directory = StoreDirectory.open(store());
                MarkFile mark = MarkFile.open(directory, false)) {
            mark.words().set(MarkWord.INDEX_GENERATION, 0);
            mark.words().set(MarkWord.LAST_INDEXED, 0);
        }
    }

    private static Set<Long> tableVersions(Hearth hearth) {
        Set<Long> versions = new HashSet<>();
        try (var entries = hearth.entries()) {
            entries.forEach(entry -> versions.add(entry.version()));
        }
        return versions;
    }

    private Set<Long> indexVersions(long generation) {
        Set<Long> versions = new HashSet<>();
        try (StoreDirectory directory = StoreDirectory.open(store());
                StoreDirectory files = directory.subdirectory(Store.INDEX, true);
                MarkFile mark = MarkFile.open(directory, true);
                PersistentIndex index = PersistentIndexes.open(files, generation,
                        new IndexSettings(mark.geometry().uuid(), mark.geometry().maxEntries()))) {
            PersistentIndex.Scan scan = index.scan(entry -> versions.add(entry.version()));
            assertTrue(scan.complete(), scan::toString);
        }
        return versions;
    }
}
