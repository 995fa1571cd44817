package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachmentTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(20_000);

    @TempDir
    Path temporary;

    private WritableAttachment attach(Host host) {
        return WritableAttachment.open(temporary.resolve("store"), SMALL, host, System::currentTimeMillis);
    }

    private static NamespaceInfo namespace(Attachment attachment) {
        Writes writes = attachment.writes();
        assertTrue(writes != null, "writable");
        if (writes != null) {
            writes.define(Fingerprint.of("n"));
        }
        return attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
    }

    private static long put(Attachment attachment, NamespaceInfo namespace, String key, int length) {
        Writes writes = attachment.writes();
        return writes == null
                ? 0
                : writes.put(namespace, Keys.utf8(key), MemorySegment.ofArray(new byte[length]),
                        PutOptions.of(Kind.PARAMETER));
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, "waited too long for " + what);
            Thread.onSpinWait();
        }
    }

    /** A log file goes when two checkpoints behind it are there: it takes as many puts as the background work needs. */
    private static void putUntilLogIsDeleted(Attachment attachment, NamespaceInfo namespace, int keys) {
        int puts = 0;
        while (puts < keys || LogFiles.numbers(attachment.view().logFiles()).getFirst() == 1) {
            // As many as the segments hold, for no space comes back.
            assertTrue(puts < 200_000, "no log file was deleted");
            for (int i = 0; i < 1_000; i++) {
                put(attachment, namespace, "some key of a usual length " + puts++ % keys, 1);
            }
            await("the first checkpoint", () -> LogFiles.numbers(attachment.view().logFiles()).getLast() == 1
                    || attachment.view().newestCheckpoint() != 0);
        }
    }

    @Test
    void open_afterAReboot_raisesTheEpochAndKeepsEverything() {
        Host boot = Host.current();
        long lastVersion;
        try (WritableAttachment attachment = attach(boot)) {
            NamespaceInfo namespace = namespace(attachment);
            for (int i = 0; i < 50; i++) {
                put(attachment, namespace, "k" + i, 100 * i);
            }
            lastVersion = attachment.view().lastApplied().getAsLong();
        }
        for (int epoch = 1; epoch <= 3; epoch++) {
            boot = boot.withBootId(new UUID(7, epoch));
            try (WritableAttachment attachment = attach(boot)) {
                NamespaceInfo namespace = namespace(attachment);
                assertEquals(50, attachment.stats().entries());
                long version = put(attachment, namespace, "k0", epoch);
                assertEquals(epoch, Epochs.epochOf(version), "epoch of the version");
                assertTrue(Long.compareUnsigned(version, lastVersion) > 0, "versions grow");
                lastVersion = version;
                assertTrue(attachment.view().verifier().run(Progress.NONE).isSound());
            }
        }
    }

    @Test
    void open_afterAReboot_cutsTheLogInFrontOfAnEntryThatDidNotReachTheDisk() throws IOException {
        Host boot = Host.current();
        long offset;
        try (WritableAttachment attachment = attach(boot)) {
            NamespaceInfo namespace = namespace(attachment);
            put(attachment, namespace, "arrived", 50_000);
            put(attachment, namespace, "lost", 50_000);
            put(attachment, namespace, "behind", 50_000);
            offset = attachment.view().reads().find(namespace, Keys.utf8("lost")).orElseThrow().location()
                    .offsetBytes();
        }
        try (FileChannel data = FileChannel.open(temporary.resolve("store").resolve("data"),
                StandardOpenOption.WRITE)) {
            assertEquals(4, data.write(ByteBuffer.wrap(new byte[]{9, 9, 9, 9}), offset + 20_000));
        }
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(7, 1)))) {
            NamespaceInfo namespace = namespace(attachment);
            assertTrue(attachment.view().reads().contains(namespace, Keys.utf8("arrived")));
            assertTrue(attachment.view().reads().find(namespace, Keys.utf8("lost")).isEmpty());
            assertTrue(attachment.view().reads().find(namespace, Keys.utf8("behind")).isEmpty());
            assertEquals(1, attachment.stats().entries());
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound());
            put(attachment, namespace, "behind", 10);
            assertEquals(2, attachment.stats().entries());
        }
    }

    @Test
    void open_afterAReboot_marksBehindWhatIsCutStillCount() throws IOException {
        Host boot = Host.current();
        long synced;
        long lost;
        try (WritableAttachment attachment = attach(boot)) {
            NamespaceInfo namespace = namespace(attachment);
            long through = put(attachment, namespace, "synced", 50_000);
            put(attachment, namespace, "lost", 50_000);
            Writes writes = attachment.writes();
            assertTrue(writes != null && writes.commit(List.of(new Intent.Mark(through))) > through, "a mark");
            synced = offset(attachment, namespace, "synced");
            lost = offset(attachment, namespace, "lost");
        }
        try (FileChannel data = FileChannel.open(temporary.resolve("store").resolve("data"),
                StandardOpenOption.WRITE)) {
            for (long offset : new long[]{synced, lost}) {
                assertEquals(4, data.write(ByteBuffer.wrap(new byte[]{9, 9, 9, 9}), offset + 20_000));
            }
        }
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(7, 1)))) {
            NamespaceInfo namespace = namespace(attachment);
            assertTrue(attachment.view().reads().find(namespace, Keys.utf8("lost")).isEmpty());
            assertTrue(attachment.view().reads().contains(namespace, Keys.utf8("synced")),
                    "was durable: that it is damaged now is no reason to forget it");
        }
    }

    private static long offset(Attachment attachment, NamespaceInfo namespace, String key) {
        return attachment.view().reads().find(namespace, Keys.utf8(key)).orElseThrow().location().offsetBytes();
    }

    @Test
    void background_followsTheLogWithTheIndex() throws IOException {
        Path index = temporary.resolve("store").resolve("index");
        try (WritableAttachment attachment = attach(Host.current())) {
            NamespaceInfo namespace = namespace(attachment);
            put(attachment, namespace, "first", 10);
            await("the first index", () -> attachment.stats().indexGeneration() == 1
                    && attachment.stats().indexedVersion() == attachment.stats().version());
            for (int i = 0; i < 200; i++) {
                put(attachment, namespace, "k" + i, 10);
            }
            await("the index to follow", () -> attachment.stats().indexedVersion() == attachment.stats().version());
            assertTrue(Files.exists(index.resolve("index.1.cm")), "the file of the first generation");
        }
        // What is not an index any more is abandoned, and nobody notices.
        Files.write(index.resolve("index.1.cm"), new byte[5_000]);
        try (WritableAttachment attachment = attach(Host.current())) {
            NamespaceInfo namespace = namespace(attachment);
            put(attachment, namespace, "after", 10);
            await("the second index", () -> attachment.stats().indexGeneration() > 1
                    && attachment.stats().indexedVersion() == attachment.stats().version());
            assertTrue(attachment.stats().counter("indexRebuildMicros") > 0);
            assertEquals(202, attachment.stats().entries());
        }
    }

    @Test
    void background_writesCheckpointsAndDeletesOldLogFiles() {
        Host boot = Host.current();
        try (WritableAttachment attachment = attach(boot)) {
            NamespaceInfo namespace = namespace(attachment);
            putUntilLogIsDeleted(attachment, namespace, 3_000);
            assertTrue(attachment.view().newestCheckpoint() != 0, "a checkpoint has what was deleted");
            assertEquals(3_000, attachment.stats().entries());
        }
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(3, 4)))) {
            assertEquals(3_000, attachment.stats().entries());
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound());
        }
    }

    @Test
    void checkpoints_newestDamaged_theWholeOneIsKeptBesideTheNext() throws IOException {
        try (WritableAttachment attachment = attach(Host.current())) {
            NamespaceInfo namespace = namespace(attachment);
            putUntilLogIsDeleted(attachment, namespace, 100);
            boolean kept = false;
            for (int attempt = 0; !kept; attempt++) {
                assertTrue(attempt < 10, "the next checkpoint had always begun before");
                List<Long> before = LogFiles.checkpoints(attachment.view().logFiles());
                assertEquals(2, before.size());
                Path damaged;
                try (Stream<Path> files = Files.list(temporary.resolve("store").resolve("log"))) {
                    damaged = files.filter(file -> String.valueOf(file.getFileName()).startsWith("checkpoint-"))
                            .max(Comparator.naturalOrder()).orElseThrow();
                }
                Files.write(damaged, new byte[]{1, 2, 3}, StandardOpenOption.WRITE);
                long next = putUntilNextCheckpoint(attachment, namespace, before.getLast());
                List<Long> after = LogFiles.checkpoints(attachment.view().logFiles());
                kept = after.equals(List.of(before.getFirst(), next));
                if (!kept) {
                    // It was being read already when it was damaged; behind the next one both are whole again.
                    assertEquals(List.of(before.getLast(), next), after);
                    long _ = putUntilNextCheckpoint(attachment, namespace, next);
                }
            }
        }
    }

    private static long putUntilNextCheckpoint(WritableAttachment attachment, NamespaceInfo namespace, long newest) {
        for (int i = 0; attachment.view().newestCheckpoint() == newest; i++) {
            assertTrue(i < 200_000, "no further checkpoint");
            put(attachment, namespace, "some key of a usual length " + i % 100, 1);
        }
        long next = attachment.view().newestCheckpoint();
        await("the one before to go", () -> LogFiles.checkpoints(attachment.view().logFiles()).size() == 2);
        return next;
    }

    @Test
    void open_checkpointsLostAndTheLogInFrontOfThemDeleted_isCorruptAndNothingIsCut() throws IOException {
        Host boot = Host.current();
        try (WritableAttachment attachment = attach(boot)) {
            NamespaceInfo namespace = namespace(attachment);
            putUntilLogIsDeleted(attachment, namespace, 100);
        }
        Path log = temporary.resolve("store").resolve("log");
        Path kept = Files.createDirectory(temporary.resolve("kept"));
        List<Path> checkpoints;
        try (Stream<Path> files = Files.list(log)) {
            checkpoints = files.filter(file -> String.valueOf(file.getFileName()).startsWith("checkpoint-")).toList();
        }
        for (Path checkpoint : checkpoints) {
            Files.move(checkpoint, kept.resolve(String.valueOf(checkpoint.getFileName())));
        }
        assertThrows(HearthException.Corrupt.class, () -> attach(boot.withBootId(new UUID(5, 5))));
        for (Path checkpoint : checkpoints) {
            Files.move(kept.resolve(String.valueOf(checkpoint.getFileName())), checkpoint);
        }
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(5, 5)))) {
            assertEquals(100, attachment.stats().entries());
        }
    }

    @Test
    void open_afterARebootAndDamageInFrontOfWhatWasDurable_isCorruptAndNothingIsCut() throws IOException {
        Host boot = Host.current().withBootId(new UUID(1, 1));
        try (WritableAttachment attachment = attach(boot)) {
            NamespaceInfo namespace = namespace(attachment);
            put(attachment, namespace, "a", 10);
            put(attachment, namespace, "b", 10);
        }
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(1, 2)))) {
            put(attachment, namespace(attachment), "c", 10);
        }
        Path log = temporary.resolve("store").resolve("log").resolve("0001.log");
        byte[] before = Files.readAllBytes(log);
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
            assertEquals(1, channel.write(ByteBuffer.wrap(new byte[]{(byte) (before[4096 + 40 + 20] ^ 1)}),
                    4096 + 40 + 20));
        }
        byte[] damaged = Files.readAllBytes(log);
        assertThrows(HearthException.Corrupt.class, () -> attach(boot.withBootId(new UUID(1, 3))));
        assertArrayEquals(damaged, Files.readAllBytes(log), "nothing was cut");
        Files.write(log, before);
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(1, 3)))) {
            assertEquals(3, attachment.stats().entries());
        }
    }

    /** Of the records in it, those of the first two pages are lost too. */
    @Test
    void open_theSpareIsALogFileWhoseNameWasLost_itsRecordsAreNeverInTheWay() throws IOException {
        Host boot = Host.current().withBootId(new UUID(1, 1));
        Path log = temporary.resolve("store").resolve("log");
        try (WritableAttachment attachment = attach(boot)) {
            putIntoSecondLogFile(attachment, log, 60);
        }
        byte[] second = Files.readAllBytes(log.resolve("0002.log"));
        Files.delete(log.resolve("0002.log"));
        Arrays.fill(second, 0, 8_192, (byte) 0);
        Files.deleteIfExists(log.resolve("spare"));
        Files.createFile(log.resolve("spare"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(log.resolve("spare"), second);
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(1, 2)))) {
            putIntoSecondLogFile(attachment, log, 12);
        }
        try (WritableAttachment attachment = attach(boot.withBootId(new UUID(1, 2)))) {
            // Whoever goes on where another one stopped wants nothing behind the end of the log.
            put(attachment, namespace(attachment), "last", 10);
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound());
        }
    }

    private static void putIntoSecondLogFile(WritableAttachment attachment, Path log, int count) {
        NamespaceInfo namespace = namespace(attachment);
        int behind = 0;
        for (int i = 0; behind < count; i++) {
            assertTrue(i < 5_000, "no second file");
            put(attachment, namespace, i % 100 + "x".repeat(900), 10);
            behind += Files.exists(log.resolve("0002.log")) ? 1 : 0;
        }
    }

    @Test
    void open_whenTheLastHolderOfTheWriterLockDidNotFinish_redoesTheCommit() {
        try (WritableAttachment attachment = attach(Host.current())) {
            NamespaceInfo namespace = namespace(attachment);
            for (int i = 0; i < 10; i++) {
                put(attachment, namespace, "k" + i, 10);
            }
        }
        // As if the last holder had died between the commit record and everything behind it.
        long last;
        try (StoreDirectory directory = StoreDirectory.open(temporary.resolve("store"));
                MarkFile mark = MarkFile.open(directory, false)) {
            last = mark.words().get(MarkWord.LAST_APPLIED);
            mark.words().set(MarkWord.LAST_APPLIED, last - 3);
            mark.words().set(MarkWord.LOG_OFFSET, 4096);
            mark.words().set(MarkWord.IN_LOCK, 1L << 32 | 1);
        }
        try (WritableAttachment attachment = attach(Host.current())) {
            assertEquals(last, attachment.view().lastApplied().getAsLong());
            assertEquals(10, attachment.stats().entries());
            assertEquals(1, attachment.stats().counter("redo"));
            assertTrue(attachment.stats().counter("redoMicros") > 0);
            NamespaceInfo namespace = namespace(attachment);
            assertEquals(last + 1, put(attachment, namespace, "k", 1));
        }
    }
}
