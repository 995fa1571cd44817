package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Batch;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import dev.hearth.store.StoreStats;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a checkpoint is written. */
class CheckpointsTest {
    private static final long LOG_FILE_BYTES = 1 << 20;
    private static final int BATCH = 5_000;
    /** So many that their checkpoint, of 80 bytes an entry, is as long as sixteen log files. */
    private static final int ENTRIES = 230_000;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    @Test
    void filesToWaitFor_checkpointOfAnySize_anEighthOfItAndFourFilesAtMost() {
        assertEquals(1, Checkpoints.filesToWaitFor(0, LOG_FILE_BYTES));
        assertEquals(1, Checkpoints.filesToWaitFor(16 * LOG_FILE_BYTES - 1, LOG_FILE_BYTES));
        assertEquals(2, Checkpoints.filesToWaitFor(16 * LOG_FILE_BYTES, LOG_FILE_BYTES));
        assertEquals(4, Checkpoints.filesToWaitFor(32 * LOG_FILE_BYTES, LOG_FILE_BYTES));
        assertEquals(4, Checkpoints.filesToWaitFor(Long.MAX_VALUE, LOG_FILE_BYTES));
    }

    @Test
    void put_largeStore_checkpointWaitsForTwoFullLogFiles() throws IOException {
        try (Hearth hearth = Hearth.open(store(), HearthOptions.defaults().capacityBytes(128 << 20)
                .segmentBytes(1 << 20).pageBytes(16 << 10).maxEntries(300_000))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < ENTRIES; i += BATCH) {
                put(namespace, i, BATCH);
            }
            await(hearth, stats -> checkpointBytes() >= 16 * LOG_FILE_BYTES, namespace);
            awaitCheckpoint(hearth, namespace);
            int first = newestLogFile();
            for (int i = 0; i < 3; i++) {
                awaitCheckpoint(hearth, namespace);
            }
            // What is newest may be one more than the file that the first one was written for.
            int full = newestLogFile() - first;
            assertTrue(full >= 2 * 3 - 1, "log files that were filled between four checkpoints: " + full);
        }
    }

    private static void put(Namespace namespace, int first, int count) {
        try (Batch batch = namespace.batch()) {
            for (int i = first; i < first + count; i++) {
                batch.put(Keys.utf8("key " + i), MemorySegment.ofArray(new byte[8]),
                        PutOptions.of(Kind.PARAMETER));
            }
            batch.commit();
        }
    }

    private void awaitCheckpoint(Hearth hearth, Namespace namespace) {
        long checkpoint = hearth.stats().checkpointVersion();
        await(hearth, stats -> stats.checkpointVersion() != checkpoint, namespace);
    }

    /** Overwrites the same few entries, each time waiting for the background work, until it is as expected. */
    private void await(Hearth hearth, Predicate<StoreStats> expected, Namespace namespace) {
        long deadlineNs = System.nanoTime() + 240_000_000_000L;
        while (!expected.test(hearth.stats())) {
            assertTrue(System.nanoTime() < deadlineNs, () -> "waited too long: " + hearth.stats());
            put(namespace, 0, BATCH);
            long rounds = rounds();
            // The second round that begins from now on is one that saw all of it.
            while (rounds() < rounds + 2) {
                assertTrue(System.nanoTime() < deadlineNs, () -> "waited too long: " + hearth.stats());
                Thread.onSpinWait();
            }
        }
    }

    /** Of the background work. */
    private long rounds() {
        try (StoreDirectory directory = StoreDirectory.open(store());
                MarkFile mark = MarkFile.open(directory, true)) {
            return mark.words().get(MarkWord.BACKGROUND);
        }
    }

    private int newestLogFile() throws IOException {
        try (Stream<Path> files = Files.list(store().resolve("log"))) {
            return files.map(file -> String.valueOf(file.getFileName())).filter(name -> name.endsWith(".log"))
                    .mapToInt(name -> Integer.parseInt(name.substring(0, name.length() - 4))).max().orElseThrow();
        }
    }

    private long checkpointBytes() {
        try (Stream<Path> files = Files.list(store().resolve("log"))) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches("checkpoint-[0-9a-f]{16}"))
                    .mapToLong(file -> file.toFile().length()).max().orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
