package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.RepairReport;
import dev.hearth.store.Storage;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.testing.FileRecorder;
import dev.hearth.store.testing.PowerCut;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that is damaged in its middle while the table has all of it; and what a repair does is there to stay. */
class RepairLogTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(2_000);
    private static final Host BOOT = Host.current().withBootId(new UUID(1, 1));

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private WritableAttachment attach(Host host) {
        return WritableAttachment.open(store(), SMALL, host, System::currentTimeMillis);
    }

    private static NamespaceInfo namespace(WritableAttachment attachment, String name) {
        attachment.writes().define(Fingerprint.of(name));
        return attachment.view().namespace(Fingerprint.of(name)).orElseThrow();
    }

    private static byte[] value(int key, int salt) {
        byte[] bytes = new byte[100 + key * 997 % 20_000];
        new Random(key * 31L + salt).nextBytes(bytes);
        return bytes;
    }

    private static void put(WritableAttachment attachment, int key, int salt) {
        PutOptions options = PutOptions.of(key % 2 == 0 ? Kind.PARAMETER : Kind.ACTIVATION)
                .storage(key % 3 == 0 ? Storage.COMPACT : Storage.IN_PLACE);
        attachment.writes().put(namespace(attachment, "n"), Keys.utf8("k" + key),
                MemorySegment.ofArray(value(key, salt)), options);
    }

    private static void assertHolds(WritableAttachment attachment, int key, int salt) {
        byte[] read = new byte[20_100];
        long count = attachment.view().reads().read(namespace(attachment, "n"), Keys.utf8("k" + key), 0,
                MemorySegment.ofArray(read));
        assertEquals(value(key, salt).length, count, "k" + key);
        assertArrayEquals(value(key, salt), Arrays.copyOf(read, (int) count), "k" + key);
    }

    private static boolean isThere(WritableAttachment attachment, int key) {
        return attachment.view().reads().find(namespace(attachment, "n"), Keys.utf8("k" + key)).isPresent();
    }

    /** 80 entries, of which some are replaced, removed, or of a namespace that ends. */
    private static void fill(WritableAttachment attachment) {
        for (int key = 0; key < 80; key++) {
            put(attachment, key, 1);
        }
        NamespaceInfo gone = namespace(attachment, "gone");
        attachment.writes().put(gone, Keys.utf8("x"), MemorySegment.ofArray(new byte[9]),
                PutOptions.of(Kind.PARAMETER));
        attachment.writes().end(gone);
        for (int key = 0; key < 10; key++) {
            put(attachment, key, 2);
            assertTrue(attachment.writes().remove(namespace(attachment, "n"), Keys.utf8("k" + (20 + key))));
        }
    }

    private static void check(WritableAttachment attachment) {
        for (int key = 0; key < 80; key++) {
            if (key >= 20 && key < 30) {
                assertFalse(isThere(attachment, key), "k" + key + " was removed");
            } else {
                assertHolds(attachment, key, key < 10 ? 2 : 1);
            }
        }
    }

    private void flip(String file, long offset) throws IOException {
        try (FileChannel channel = FileChannel.open(store().resolve(file), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(1, channel.read(one, offset));
            one.put(0, (byte) (one.get(0) ^ 4)).rewind();
            assertEquals(1, channel.write(one, offset));
        }
    }

    @Test
    void repair_logDamagedInItsMiddle_writesDownWhatTheTableHas() throws IOException {
        try (WritableAttachment attachment = attach(BOOT)) {
            fill(attachment);
        }
        flip("log/0001.log", 4_096 + 1_000);
        try (WritableAttachment attachment = attach(BOOT)) {
            check(attachment);
            RepairReport report = attachment.repairer().run(Progress.NONE);
            assertFalse(report.verified().isSound(), "the damage was seen");
            assertTrue(report.left().isEmpty(), () -> "left: " + report.left());
            assertTrue(report.dropped().isEmpty(), () -> "dropped: " + report.dropped());
            assertTrue(report.rebuilt().stream().anyMatch(text -> text.contains("entries=70")
                    && !text.contains("withDamaged")), () -> "rebuilt: " + report.rebuilt());
            check(attachment);
            put(attachment, 90, 3);
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound(), "verified again");
        }
        // Somebody who dies inside the lock reads the log from the start of its file.
        try (StoreDirectory directory = StoreDirectory.open(store());
                MarkFile mark = MarkFile.open(directory, false)) {
            mark.words().set(MarkWord.IN_LOCK, 1L << 32 | 1);
        }
        try (WritableAttachment attachment = attach(BOOT)) {
            check(attachment);
            assertEquals(1, attachment.stats().counter("redo"));
            put(attachment, 91, 3);
        }
        try (WritableAttachment attachment = attach(BOOT.withBootId(new UUID(2, 2)))) {
            check(attachment);
            assertHolds(attachment, 90, 3);
            assertHolds(attachment, 91, 3);
            assertEquals(72, attachment.stats().entries());
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound(), "after a reboot");
            assertTrue(attachment.view().namespaces().stream()
                    .noneMatch(info -> info.fingerprint().display().startsWith("gone")));
            NamespaceInfo other = namespace(attachment, "other");
            assertTrue(attachment.view().reads().find(other, Keys.utf8("x")).isEmpty());
            put(attachment, 20, 4);
            assertHolds(attachment, 20, 4);
        }
    }

    @Test
    void repair_logAndAnEntryDamaged_dropsTheEntryAndKeepsTheRest() throws IOException {
        EntryInfo damaged;
        try (WritableAttachment attachment = attach(BOOT)) {
            fill(attachment);
            damaged = attachment.view().reads().find(namespace(attachment, "n"), Keys.utf8("k40")).orElseThrow();
        }
        flip("log/0001.log", 4_096 + 1_000);
        flip("data", damaged.location().offsetBytes() + damaged.storedBytes() - 300);
        try (WritableAttachment attachment = attach(BOOT)) {
            RepairReport report = attachment.repairer().run(Progress.NONE);
            assertEquals(1, report.dropped().size(), () -> "dropped: " + report.dropped());
            assertTrue(attachment.view().verifier().run(Progress.NONE).isSound(), "verified again");
        }
        try (WritableAttachment attachment = attach(BOOT.withBootId(new UUID(2, 2)))) {
            assertFalse(isThere(attachment, 40));
            assertHolds(attachment, 41, 1);
            assertEquals(69, attachment.stats().entries());
        }
    }

    @Test
    void repair_commit_whatWasDroppedStaysDroppedWhateverAPowerCutTakes() throws IOException {
        HearthOptions durable = SMALL.durability(Durability.COMMIT);
        EntryInfo damaged;
        try (WritableAttachment attachment = WritableAttachment.open(store(), durable, BOOT,
                System::currentTimeMillis)) {
            put(attachment, 3, 1);
            put(attachment, 40, 1);
            damaged = attachment.view().reads().find(namespace(attachment, "n"), Keys.utf8("k40")).orElseThrow();
        }
        flip("data", damaged.location().offsetBytes() + damaged.storedBytes() - 300);
        FileRecorder recorder = new FileRecorder(store());
        Path left = temporary.resolve("left");
        try (WritableAttachment attachment = WritableAttachment.open(store(), durable,
                new Environment(BOOT, System::currentTimeMillis, recorder))) {
            RepairReport report = attachment.repairer().run(Progress.NONE);
            assertEquals(1, report.dropped().size(), () -> "dropped: " + report.dropped());
            PowerCut.writeOnly(recorder, "data", left);
        }
        try (WritableAttachment attachment = WritableAttachment.open(left, durable,
                BOOT.withBootId(new UUID(2, 2)), System::currentTimeMillis)) {
            assertFalse(isThere(attachment, 40), "dropped");
            assertHolds(attachment, 3, 1);
        } catch (HearthException.Corrupt e) {
            throw new AssertionError(e);
        }
    }
}
