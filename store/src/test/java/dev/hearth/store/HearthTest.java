package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.Compression;
import dev.hearth.codec.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HearthTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(10_000);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private Hearth open() {
        return Hearth.open(store(), SMALL);
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(Namespace namespace, String key) {
        EntryInfo info = namespace.find(Keys.utf8(key)).orElseThrow(() -> new AssertionError("absent: " + key));
        byte[] bytes = new byte[(int) info.logicalBytes()];
        assertEquals(bytes.length, namespace.read(Keys.utf8(key), 0, MemorySegment.ofArray(bytes)), key);
        return bytes;
    }

    private static long put(Namespace namespace, String key, byte[] value, Kind kind) {
        return namespace.put(Keys.utf8(key), MemorySegment.ofArray(value), TensorSpec.UNTYPED, kind);
    }

    @Test
    void put_thenReopen_isThere() {
        byte[] value = bytes(100_000, 1);
        long version;
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("model").revision("1").dtype(DType.F32));
            version = namespace.put(Keys.utf8("a"), MemorySegment.ofArray(value), TensorSpec.of(DType.F32, 250, 100),
                    Kind.PARAMETER);
            assertArrayEquals(value, read(namespace, "a"));
        }
        try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.ATTACH))) {
            Namespace namespace = hearth.findNamespace("model", null).orElseThrow();
            assertEquals("model@1", namespace.info().fingerprint().display());
            EntryInfo info = namespace.find(Keys.utf8("a")).orElseThrow();
            assertEquals(version, info.version());
            assertEquals(TensorSpec.of(DType.F32, 250, 100), info.spec());
            assertEquals(Kind.PARAMETER, info.kind());
            assertEquals(Storage.IN_PLACE, info.storage());
            assertArrayEquals(value, read(namespace, "a"));
        }
    }

    @Test
    void put_allOptions_areKept() {
        PutOptions options = PutOptions.of(Kind.ACTIVATION).storage(Storage.COMPACT).spec(TensorSpec.of(DType.U8, 5000))
                .compression(Compression.LZ4).weight(9, 1234).attributes(Map.of("layer", "7", "ü", "ö"));
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[5000]), options);
            EntryInfo info = namespace.find(Keys.utf8("k")).orElseThrow();
            assertEquals(Map.of("layer", "7", "ü", "ö"), info.attributes());
            assertEquals(Map.of("lz4", 1L), info.codecs());
            assertTrue(info.storedBytes() < 1000, "storedBytes=" + info.storedBytes());
        }
    }

    @Test
    void put_overwrite_showsTheNewestAndGrowsTheVersion() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            long last = 0;
            for (int i = 0; i < 100; i++) {
                long version = put(namespace, "k", bytes(1000 + i, i), Kind.ACTIVATION);
                assertTrue(Long.compareUnsigned(version, last) > 0, "versions grow");
                last = version;
                assertArrayEquals(bytes(1000 + i, i), read(namespace, "k"));
            }
            assertEquals(1, hearth.stats().entries());
        }
    }

    @Test
    void remove_entry_isAbsent() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "k", new byte[10], Kind.ACTIVATION);
            assertTrue(namespace.contains(Keys.utf8("k")));
            assertTrue(namespace.remove(Keys.utf8("k")));
            assertFalse(namespace.remove(Keys.utf8("k")));
            assertFalse(namespace.contains(Keys.utf8("k")));
            assertEquals(Namespace.ABSENT, namespace.read(Keys.utf8("k"), 0, MemorySegment.ofArray(new byte[10])));
            assertEquals(0, hearth.stats().entries());
        }
    }

    @Test
    void entry_whoseTimeHasCome_isAbsent() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            PutOptions options = PutOptions.of(Kind.ACTIVATION);
            namespace.put(Keys.utf8("past"), MemorySegment.ofArray(new byte[10]), options.expiresAtMs(1));
            namespace.put(Keys.utf8("future"), MemorySegment.ofArray(new byte[10]),
                    options.expiresAtMs(Long.MAX_VALUE));
            assertFalse(namespace.contains(Keys.utf8("past")));
            assertTrue(namespace.find(Keys.utf8("past")).isEmpty());
            assertEquals(Namespace.ABSENT, namespace.read(Keys.utf8("past"), 0, MemorySegment.ofArray(new byte[10])));
            assertTrue(namespace.contains(Keys.utf8("future")));
            assertEquals(10, read(namespace, "future").length);
        }
    }

    @Test
    void batch_commit_isOneVersion() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "gone", new byte[10], Kind.PARAMETER);
            long version;
            try (Batch batch = namespace.batch()) {
                for (int i = 0; i < 300; i++) {
                    batch.put(Keys.utf8("k" + i), MemorySegment.ofArray(bytes(100 + i, i)), TensorSpec.UNTYPED,
                            Kind.PARAMETER);
                }
                batch.put(Keys.utf8("k7"), MemorySegment.ofArray(new byte[7]), TensorSpec.UNTYPED, Kind.PARAMETER);
                batch.remove(Keys.utf8("gone"));
                assertFalse(namespace.contains(Keys.utf8("k0")), "before the commit");
                assertTrue(namespace.contains(Keys.utf8("gone")), "before the commit");
                version = batch.commit();
                assertThrows(IllegalStateException.class, batch::commit);
            }
            try (Stream<EntryInfo> entries = namespace.entries()) {
                List<EntryInfo> all = entries.toList();
                assertEquals(300, all.size());
                assertTrue(all.stream().allMatch(info -> info.version() == version), "one version");
            }
            assertEquals(7, read(namespace, "k7").length, "the later operation counts");
            assertFalse(namespace.contains(Keys.utf8("gone")));
        }
    }

    @Test
    void batch_closedWithoutCommit_leavesNothing() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            long before = hearth.stats().version();
            try (Batch batch = namespace.batch()) {
                batch.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[7]), TensorSpec.UNTYPED, Kind.PARAMETER);
            }
            assertEquals(before, hearth.stats().version());
            assertFalse(namespace.contains(Keys.utf8("k")));
        }
    }

    @Test
    void batch_ofANewNamespace_definesItWithItsCommit() {
        Fingerprint fingerprint = Fingerprint.of("model").revision("1");
        try (Hearth hearth = open()) {
            try (Batch batch = hearth.batch(fingerprint)) {
                batch.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[7]), TensorSpec.UNTYPED, Kind.PARAMETER);
            }
            assertTrue(hearth.namespaces().isEmpty(), "given up");
            long version;
            try (Batch batch = hearth.batch(fingerprint); Batch other = hearth.batch(fingerprint)) {
                batch.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[7]), TensorSpec.UNTYPED, Kind.PARAMETER);
                other.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[8]), TensorSpec.UNTYPED, Kind.PARAMETER);
                assertTrue(hearth.namespaces().isEmpty(), "before the commit");
                version = batch.commit();
                assertThrows(IllegalStateException.class, other::commit);
            }
            Namespace namespace = hearth.findNamespace(fingerprint).orElseThrow();
            assertEquals(version, namespace.info().version());
            assertEquals(7, read(namespace, "k").length);
            try (Batch batch = hearth.batch(fingerprint)) {
                batch.put(Keys.utf8("l"), MemorySegment.ofArray(new byte[9]), TensorSpec.UNTYPED, Kind.PARAMETER);
                batch.commit();
            }
            assertEquals(9, read(namespace, "l").length);
        }
        try (Hearth hearth = open()) {
            assertEquals(2, hearth.stats().entries());
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void namespaces_sameNameOtherFingerprint_areApart() {
        try (Hearth hearth = open()) {
            Namespace one = hearth.namespace(Fingerprint.of("n").weights("x"));
            Namespace other = hearth.namespace(Fingerprint.of("n").weights("y"));
            put(one, "k", new byte[10], Kind.PARAMETER);
            assertFalse(other.contains(Keys.utf8("k")));
            assertEquals(one.info(), hearth.namespace(Fingerprint.of("n").weights("x")).info());
            assertEquals(other.info(), hearth.findNamespace("n", null).orElseThrow().info(), "the newest");
        }
    }

    @Test
    void removeNamespace_andItsNumberGivenOutAgain_showsNothingOld() {
        try (Hearth hearth = open()) {
            Namespace old = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 50; i++) {
                put(old, "k" + i, new byte[100], Kind.PARAMETER);
            }
            assertTrue(hearth.remove(old));
            assertFalse(hearth.remove(old));
            assertEquals(0, hearth.stats().entries());
            assertFalse(old.contains(Keys.utf8("k1")));
            assertThrows(IllegalStateException.class, () -> put(old, "k", new byte[1], Kind.PARAMETER));
            Namespace next = hearth.namespace(Fingerprint.of("other"));
            assertEquals(old.info().number(), next.info().number(), "the number is used again");
            assertFalse(next.contains(Keys.utf8("k1")));
            put(next, "k1", new byte[5], Kind.PARAMETER);
            assertFalse(old.contains(Keys.utf8("k1")), "an old handle does not see the new namespace");
            assertFalse(old.remove(Keys.utf8("k1")), "nor does it remove from it");
            try (Stream<EntryInfo> entries = old.entries()) {
                assertEquals(0, entries.count(), "nor list it");
            }
            assertEquals(5, read(next, "k1").length);
        }
    }

    @Test
    void read_sizesAroundPagesAndSegments_roundTrip() throws IOException {
        int page = 16 << 10;
        int segment = 1 << 20;
        int[] lengths = {0, 1, page - 1, page, page + 1, segment / 4, segment - 1, segment, segment + 1,
                5 * segment + 12345};
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int length : lengths) {
                for (Storage storage : Storage.values()) {
                    String key = storage + "-" + length;
                    byte[] value = bytes(length, length);
                    int[] position = {0};
                    namespace.put(Keys.utf8(key), length, target -> {
                        MemorySegment.copy(value, position[0], target, ValueLayout.JAVA_BYTE, 0,
                                (int) target.byteSize());
                        position[0] += (int) target.byteSize();
                    }, PutOptions.of(Kind.ACTIVATION).storage(storage));
                    assertArrayEquals(value, read(namespace, key), key);
                }
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void read_oneByteOfALargeCompactValue_readsOnePage() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            byte[] value = bytes(10 << 20, 3);
            namespace.put(Keys.utf8("k"), MemorySegment.ofArray(value), PutOptions.of(Kind.ACTIVATION));
            long before = hearth.stats().counter("pagesDecoded");
            byte[] one = new byte[1];
            assertEquals(1, namespace.read(Keys.utf8("k"), 5_000_000, MemorySegment.ofArray(one)));
            assertEquals(value[5_000_000], one[0]);
            assertEquals(before + 1, hearth.stats().counter("pagesDecoded"));
        }
    }

    @Test
    void put_fullStore_isTypedAndOldDataStays() {
        HearthOptions tiny = SMALL.capacityBytes(4 << 20).segmentBytes(256 << 10);
        try (Hearth hearth = Hearth.open(store(), tiny)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int count = 0;
            try {
                for (; count < 1000; count++) {
                    put(namespace, "k" + count, bytes(50_000, count), Kind.PARAMETER);
                }
            } catch (HearthException.Full e) {
                assertTrue(String.valueOf(e.getMessage()).contains("capacityBytes=" + (4 << 20)), e.getMessage());
            }
            assertTrue(count >= 60 && count < 84, "count=" + count);
            for (int i = 0; i < count; i++) {
                assertArrayEquals(bytes(50_000, i), read(namespace, "k" + i));
            }
            assertThrows(HearthException.Full.class, () -> put(namespace, "big", new byte[5 << 20], Kind.PARAMETER));
            assertEquals(2, hearth.stats().counter("full"));
            assertEquals(count, hearth.stats().counter("puts"));
            assertEquals(hearth.stats().storedBytes(), hearth.stats().counter("bytesStored"));
        }
    }

    @Test
    void put_moreThanMaxEntries_isFull() {
        try (Hearth hearth = Hearth.open(store(), SMALL.maxEntries(100))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 100; i++) {
                put(namespace, "k" + i, new byte[1], Kind.PARAMETER);
            }
            assertThrows(HearthException.Full.class, () -> put(namespace, "one more", new byte[1], Kind.PARAMETER));
            put(namespace, "k5", new byte[2], Kind.PARAMETER);
            assertEquals(2, read(namespace, "k5").length, "replacing takes no room");
            assertTrue(namespace.remove(Keys.utf8("k6")));
            put(namespace, "one more", new byte[1], Kind.PARAMETER);
        }
    }

    @Test
    void wrongUse_isRefusedByName() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            MemorySegment value = MemorySegment.ofArray(new byte[8]);
            assertThrows(IllegalArgumentException.class, () -> put(namespace, "", new byte[1], Kind.PARAMETER));
            assertThrows(IllegalArgumentException.class,
                    () -> put(namespace, "k".repeat(1025), new byte[1], Kind.PARAMETER));
            put(namespace, "k".repeat(1024), new byte[1], Kind.PARAMETER);
            assertThrows(IllegalArgumentException.class,
                    () -> namespace.put(Keys.utf8("k"), value, TensorSpec.of(DType.F32, 3), Kind.PARAMETER));
            assertThrows(IllegalArgumentException.class, () -> namespace.read(Keys.utf8("k"), -1, value));
            assertThrows(HearthException.Full.class, () -> namespace.put(Keys.utf8("k"), Long.MAX_VALUE, target -> {
            }, PutOptions.of(Kind.PARAMETER)));
        }
    }

    @Test
    void close_thenCall_isClosed() {
        Hearth hearth = open();
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        hearth.close();
        hearth.close();
        assertThrows(HearthException.Closed.class, () -> put(namespace, "k", new byte[1], Kind.PARAMETER));
        assertThrows(HearthException.Closed.class, () -> namespace.contains(Keys.utf8("k")));
        assertThrows(HearthException.Closed.class, hearth::stats);
    }

    @Test
    void open_twiceInOneJvm_sharesOneAttachment() {
        Hearth other = open();
        try (Hearth one = open()) {
            put(one.namespace(Fingerprint.of("n")), "k", new byte[3], Kind.PARAMETER);
            assertEquals(3, read(other.findNamespace("n", null).orElseThrow(), "k").length);
            assertEquals(1, one.processes().size());
            assertThrows(IllegalArgumentException.class, () -> Hearth.open(store(), SMALL.lockTimeoutMs(1)));
            other.close();
            assertEquals(3, read(one.findNamespace("n", null).orElseThrow(), "k").length);
        }
    }

    @Test
    void put_byManyThreads_allArriveUnderVersionsOfTheirOwn() throws Exception {
        int threads = 4;
        int each = 200;
        try (Hearth hearth = open(); ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            List<Future<List<Long>>> futures = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                futures.add(pool.submit(() -> {
                    List<Long> versions = new ArrayList<>();
                    for (int i = 0; i < each; i++) {
                        versions.add(put(namespace, thread + "-" + i, bytes(500 + i, i), Kind.ACTIVATION));
                    }
                    return versions;
                }));
            }
            List<Long> versions = new ArrayList<>();
            for (Future<List<Long>> future : futures) {
                versions.addAll(future.get());
            }
            assertEquals((long) threads * each, versions.stream().distinct().count());
            for (int t = 0; t < threads; t++) {
                for (int i = 0; i < each; i++) {
                    assertArrayEquals(bytes(500 + i, i), read(namespace, t + "-" + i));
                }
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void changes_giveEveryOperationInOrder() {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "a", new byte[3], Kind.PARAMETER);
            namespace.remove(Keys.utf8("a"));
            hearth.remove(namespace);
            List<Change> changes = new ArrayList<>();
            try (ChangeFeed feed = hearth.changes(0)) {
                for (Change change = feed.next(); change != null; change = feed.next()) {
                    changes.add(change);
                }
                put(hearth.namespace(Fingerprint.of("m")), "b", new byte[3], Kind.PARAMETER);
                Change define = feed.next();
                assertEquals(Change.Type.DEFINE_NAMESPACE, define == null ? null : define.type());
            }
            assertEquals(List.of(Change.Type.SYNC, Change.Type.DEFINE_NAMESPACE, Change.Type.PUT, Change.Type.REMOVE,
                    Change.Type.END_NAMESPACE), changes.stream().map(Change::type).toList());
            assertEquals("a", changes.get(2).keyText());
            assertEquals("n", changes.get(2).namespace());
            assertNotEquals(changes.get(2).version(), changes.get(3).version());
        }
    }

    @Test
    void readOnly_seesWhatIsCommittedAndWritesNothing() throws IOException {
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "k", bytes(50_000, 1), Kind.PARAMETER);
            try (Hearth reader = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
                Namespace view = reader.findNamespace("n", null).orElseThrow();
                assertArrayEquals(bytes(50_000, 1), read(view, "k"));
                put(namespace, "later", new byte[9], Kind.ACTIVATION);
                assertEquals(9, read(view, "later").length, "seen at once");
                assertThrows(IllegalStateException.class, () -> put(view, "k", new byte[1], Kind.PARAMETER));
                assertThrows(IllegalStateException.class, () -> reader.namespace(Fingerprint.of("new")));
                assertEquals(1, reader.processes().size());
                assertTrue(reader.verify(Progress.NONE).isSound());
            }
        }
        for (String lost : new String[]{"table", "hearth.mark"}) {
            Files.delete(store().resolve(lost));
            try (Hearth reader = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
                assertArrayEquals(bytes(50_000, 1), read(reader.findNamespace("n", null).orElseThrow(), "k"));
                assertFalse(Files.exists(store().resolve(lost)), "nothing is written");
            }
        }
    }
}
