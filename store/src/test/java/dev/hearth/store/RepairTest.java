package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done about damage: by a get that meets it, and by a repair that looks for it. */
class RepairTest {
    private static final int LINE_BYTES = 16;
    private static final long TABLE_BUCKETS_OFFSET = 4_198_400;
    private static final int BUCKET_BYTES = 512;
    private static final long SLOT_BYTES = 64;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(1_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[3_000 + 997 * number % 20_000];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private static void fill(Hearth hearth, Kind kind, int count) {
        Namespace namespace = hearth.namespace(NAMESPACE);
        for (int i = 0; i < count; i++) {
            namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED, kind);
        }
    }

    private static EntryInfo find(Hearth hearth, int number) {
        return hearth.namespace(NAMESPACE).find(Keys.utf8("k" + number)).orElseThrow();
    }

    private static boolean reads(Hearth hearth, int number) {
        byte[] read = new byte[value(number).length];
        long bytes = hearth.namespace(NAMESPACE).read(Keys.utf8("k" + number), 0, MemorySegment.ofArray(read));
        if (bytes >= 0) {
            assertArrayEquals(value(number), read, "k" + number);
        }
        return bytes >= 0;
    }

    private void overwrite(String file, long offset, byte... bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(store().resolve(file), StandardOpenOption.WRITE)) {
            assertEquals(bytes.length, channel.write(ByteBuffer.wrap(bytes), offset));
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

    /** Flips a bit in the last page of the value of an entry. */
    private void damageValue(EntryInfo entry) throws IOException {
        flip("data", entry.location().offsetBytes() + entry.storedBytes() - 100);
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 240_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, "in time");
            Thread.onSpinWait();
        }
    }

    private static List<Change> changes(Hearth hearth, long from) {
        List<Change> changes = new ArrayList<>();
        try (ChangeFeed feed = hearth.changes(from)) {
            for (Change next = feed.next(); next != null; next = feed.next()) {
                changes.add(next);
            }
        }
        return changes;
    }

    private static void assertSound(Hearth hearth) {
        VerifyReport report = hearth.verify(Progress.NONE);
        assertTrue(report.isSound(), () -> "damage: " + report.damage());
    }

    @Test
    void damagedActivation_read_isAMissCountedOnceAndDropped() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.ACTIVATION, 5);
            long version = hearth.stats().version();
            damageValue(find(hearth, 2));
            assertFalse(reads(hearth, 2), "a damaged activation is a miss");
            await(() -> hearth.stats().entries() == 4);
            assertFalse(reads(hearth, 2), "it is gone");
            assertEquals(1, hearth.stats().counter("damage"), "damage found once is counted once");
            List<Change> changes = changes(hearth, version + 1);
            assertEquals(1, changes.size(), () -> "changes: " + changes);
            assertEquals(Change.Type.EVICT, changes.getFirst().type());
            for (int other : new int[]{0, 1, 3, 4}) {
                assertTrue(reads(hearth, other), "the others are there");
            }
            assertSound(hearth);
        }
    }

    @Test
    void damagedParameter_read_isAnErrorThatSaysWhereAndTheEntryStays() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.PARAMETER, 3);
            EntryInfo entry = find(hearth, 1);
            damageValue(entry);
            for (int i = 0; i < 3; i++) {
                HearthException.Corrupt damage =
                        assertThrows(HearthException.Corrupt.class, () -> reads(hearth, 1));
                assertEquals("data", String.valueOf(damage.file().getFileName()));
                assertTrue(damage.offsetBytes() >= entry.location().offsetBytes()
                        && damage.offsetBytes() < entry.location().offsetBytes() + entry.storedBytes(),
                        damage::toString);
                assertFalse(damage.expected().equals(damage.actual()), damage::toString);
            }
            assertEquals(1, hearth.stats().counter("damage"));
            assertEquals(3, hearth.stats().entries());
            RepairReport report = hearth.repair(Progress.NONE);
            assertEquals(1, report.verified().damage().size());
            assertEquals(List.of("k1"), report.dropped().stream().map(VerifyReport.Damage::key).toList());
            assertEquals(List.of(), report.left());
            assertEquals(2, hearth.stats().entries());
            assertSound(hearth);
            assertFalse(reads(hearth, 1));
            fill(hearth, Kind.PARAMETER, 3);
            assertTrue(reads(hearth, 1), "its key can be used again");
        }
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertEquals(3, hearth.stats().entries());
            assertSound(hearth);
        }
    }

    @Test
    void soundStore_repaired_isNotTouched() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.PARAMETER, 3);
            long version = hearth.stats().version();
            RepairReport report = hearth.repair(Progress.NONE);
            assertEquals(List.of(), report.dropped());
            assertEquals(List.of(), report.rebuilt());
            assertEquals(List.of(), report.left());
            assertEquals(version, hearth.stats().version());
        }
    }

    @Test
    void damagedSlotsOfTheTable_repaired_areThereAgain() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.PARAMETER, 40);
            int damaged = 0;
            byte[] table = Files.readAllBytes(store().resolve("table"));
            for (long bucket = TABLE_BUCKETS_OFFSET; bucket + BUCKET_BYTES < table.length
                    && damaged < 5; bucket += BUCKET_BYTES) {
                for (int slot = 0; slot < 7 && damaged < 5; slot++) {
                    if ((table[(int) bucket] >>> slot & 1) != 0) {
                        flip("table", bucket + SLOT_BYTES * (slot + 1) + 33);
                        damaged++;
                    }
                }
            }
            assertEquals(5, damaged);
            VerifyReport report = hearth.verify(Progress.NONE);
            assertEquals(5, report.damage().size(), () -> "damage: " + report.damage());
            RepairReport repair = hearth.repair(Progress.NONE);
            assertEquals(List.of(), repair.dropped());
            assertEquals(List.of(), repair.left());
            assertSound(hearth);
            assertEquals(40, hearth.stats().entries());
            for (int i = 0; i < 40; i++) {
                assertTrue(reads(hearth, i), "k" + i);
            }
        }
    }

    @Test
    void linesAndHeadersOfSegments_lost_areWrittenAgain() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.ACTIVATION, 30);
            EntryInfo entry = find(hearth, 3);
            long segment = entry.location().segment() * SMALL.segmentBytes();
            byte[] before = Files.readAllBytes(store().resolve("data"));
            overwrite("data", segment + SMALL.segmentBytes() - 3L * LINE_BYTES, new byte[LINE_BYTES]);
            overwrite("data", segment, new byte[64]);
            VerifyReport report = hearth.verify(Progress.NONE);
            assertEquals(List.of("segment header"), report.damage().stream().map(VerifyReport.Damage::what).toList());
            RepairReport repair = hearth.repair(Progress.NONE);
            assertEquals(List.of(), repair.dropped());
            assertTrue(repair.rebuilt().size() >= 2, () -> "rebuilt: " + repair.rebuilt());
            assertSound(hearth);
            assertTrue(Arrays.equals(before, Files.readAllBytes(store().resolve("data"))), "byte for byte");
        }
    }

    @Test
    void repairedTable_andIndex_areWholeAgainForTheNextProcess() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.PARAMETER, 10);
            await(() -> hearth.stats().indexGeneration() > 0);
            long generation = hearth.stats().indexGeneration();
            damageValue(find(hearth, 4));
            assertEquals(1, hearth.repair(Progress.NONE).dropped().size());
            await(() -> hearth.stats().indexGeneration() > generation
                    && hearth.stats().indexedVersion() == hearth.stats().version());
        }
        Files.delete(store().resolve("hearth.mark"));
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertEquals(9, hearth.stats().entries());
            assertSound(hearth);
        }
    }

    @Test
    void namespaceThatComesBackByAFlip_isFoundByVerify() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            fill(hearth, Kind.PARAMETER, 2);
            Namespace gone = hearth.namespace(Fingerprint.of("gone"));
            gone.put(Keys.utf8("x"), MemorySegment.ofArray(value(1)), TensorSpec.UNTYPED, Kind.PARAMETER);
            int number = gone.info().number();
            hearth.remove(gone);
            assertSound(hearth);
            overwrite("table", 4_096 + 1_024L * number + 8, new byte[16]);
            VerifyReport report = hearth.verify(Progress.NONE);
            assertEquals(List.of("namespace"), report.damage().stream().map(VerifyReport.Damage::what).toList());
            assertEquals(1, hearth.repair(Progress.NONE).left().size());
        }
        Files.delete(store().resolve("table"));
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            assertSound(hearth);
            assertTrue(hearth.findNamespace("gone", null).isEmpty());
            assertEquals(2, hearth.stats().entries());
        }
    }

    @Test
    void store_verifiedWhileLogFilesComeAndGo_isSound() throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Thread writer = new Thread(() -> {
                Namespace namespace = hearth.namespace(NAMESPACE);
                try {
                    while (!done.get()) {
                        try (Batch batch = namespace.batch()) {
                            for (int i = 0; i < 400; i++) {
                                batch.put(Keys.utf8("k" + i + "x".repeat(1_000)), MemorySegment.ofArray(new byte[8]),
                                        TensorSpec.UNTYPED, Kind.ACTIVATION);
                            }
                            batch.commit();
                        }
                    }
                } catch (RuntimeException e) {
                    failure.set(e);
                }
            });
            writer.start();
            try {
                for (int i = 0; i < 100 && hearth.stats().counter("checkpoints") < 6; i++) {
                    assertSound(hearth);
                }
            } finally {
                done.set(true);
                writer.join();
            }
            assertEquals(null, failure.get());
            assertTrue(hearth.stats().counter("checkpoints") > 1, "log files were replaced");
            assertTrue(hearth.stats().counter("checkpointMicros") > 0);
        }
    }

    @Test
    void readOnlyAttachment_repair_isRefused() {
        Hearth.open(store(), SMALL).close();
        try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            assertThrows(IllegalStateException.class, () -> hearth.repair(Progress.NONE));
        }
    }
}
