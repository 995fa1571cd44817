package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The space of removed and overwritten parameters comes back, and none of those that stay is lost for it. */
class ParameterSpaceTest {
    private static final long SEED = 20_261_122L;
    private static final int CAPACITY = 6 << 20;
    private static final int SEGMENT_BYTES = 256 << 10;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(CAPACITY)
            .segmentBytes(SEGMENT_BYTES).pageBytes(16 << 10).maxEntries(20_000);
    /** What an entry takes beside its value at the most, but for the padding of values of a page and more. */
    private static final int HEADER_BYTES = 320;
    private static final byte[] NOISE = new byte[4 << 20];

    static {
        new Random(SEED).nextBytes(NOISE);
    }

    @TempDir
    Path temporary;

    private Hearth open(HearthOptions options) {
        return Hearth.open(temporary.resolve("store"), options);
    }

    private static MemorySegment key(int number) {
        return Keys.utf8("p" + number);
    }

    /** A value that tells which key and which round it is of. */
    private static byte[] value(int key, int round, int length) {
        int from = Math.floorMod(31 * key + 7 * round, NOISE.length - length);
        byte[] bytes = Arrays.copyOfRange(NOISE, from, from + length);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 4, round);
        return bytes;
    }

    /** What is there: round and length of each key; changes a store and itself alike. */
    private static final class Model {
        private final Map<Integer, int[]> there = new TreeMap<>();
        private final Namespace namespace;
        private long liveBytes;

        Model(Namespace namespace) {
            this.namespace = namespace;
        }

        void put(int key, int round, int length) {
            namespace.put(key(key), MemorySegment.ofArray(value(key, round, length)),
                    PutOptions.of(Kind.PARAMETER));
            forget(key);
            there.put(key, new int[]{round, length});
            liveBytes += length + HEADER_BYTES;
        }

        private boolean forget(int key) {
            int[] before = there.remove(key);
            liveBytes -= before == null ? 0 : before[1] + HEADER_BYTES;
            return before != null;
        }

        void remove(int key) {
            boolean wasThere = forget(key);
            assertEquals(wasThere, namespace.remove(key(key)), "key=" + key);
        }

        void check(Namespace shown) {
            there.forEach((key, put) -> {
                byte[] bytes = new byte[put[1]];
                assertEquals(put[1], shown.read(key(key), 0, MemorySegment.ofArray(bytes)), "key=" + key);
                assertArrayEquals(value(key, put[0], put[1]), bytes, "key=" + key + " round=" + put[0]);
            });
        }
    }

    /**
     * Overwrites and removes in random order until so many bytes were put, or a third of them where that takes long;
     * what is live stays below a limit.
     */
    private static void churn(Model model, Random random, long putBytes, long mostLiveBytes, int longest,
            Runnable each) {
        int keys = Math.toIntExact(2 * mostLiveBytes / (longest / 2));
        long bytes = 0;
        TimeBox box = TimeBox.of(0, Duration.ofSeconds(4));
        for (int round = 1; bytes < putBytes / 3 || (bytes < putBytes && box.goesOn()); round++) {
            int key = random.nextInt(keys);
            int length = 8 + random.nextInt(longest);
            // While a value is overwritten, both are there.
            if (model.liveBytes + length + HEADER_BYTES > mostLiveBytes) {
                List<Integer> there = new ArrayList<>(model.there.keySet());
                for (int i = random.nextInt(2); i < there.size(); i += 2) {
                    model.remove(there.get(i));
                }
            }
            model.put(key, round, length);
            bytes += length;
            each.run();
        }
    }

    private void churnAlone(long seed, int longest, int mostLivePercent) {
        Random random = new Random(seed);
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            churn(model, random, 10L * CAPACITY, CAPACITY / 100L * mostLivePercent, longest, () -> {
            });
            model.check(namespace);
            StoreStats stats = hearth.stats();
            assertEquals(0, stats.counter("full"), "seed=" + seed);
            assertTrue(stats.counter("parametersMoved") > 0, "counters=" + stats.counters());
            assertEquals(model.there.size(), stats.entries());
            assertTrue(hearth.verify(Progress.NONE).isSound(), () -> "" + hearth.verify(Progress.NONE).damage());
        }
    }

    @Test
    void overwriteAndRemove_smallValues_neverFullWhileFourFifthsAreLive() {
        churnAlone(SEED, 4_000, 80);
    }

    @Test
    void overwriteAndRemove_valuesOfPages_neverFullWhileThreeQuartersAreLive() {
        churnAlone(SEED, 40_000, 75);
    }

    /** Whether that comes to a standstill depends on the order; with one free segment five of these did. */
    @ParameterizedTest
    @ValueSource(longs = {SEED, SEED + 1, SEED + 2, SEED + 3, SEED + 4, SEED + 5})
    void overwriteAndRemove_valuesLargerThanASegment_neverFullWhileHalfIsLive(long seed) {
        churnAlone(seed, 300_000, 50);
    }

    @Test
    void overwriteAndRemove_besideActivations_theseGiveWayAndNothingElse() {
        Random random = new Random(SEED);
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            int[] activations = {0};
            churn(model, random, 8L * CAPACITY, CAPACITY / 100 * 70, 30_000, () -> {
                int number = activations[0]++;
                namespace.put(Keys.utf8("a" + number % 300), MemorySegment.ofArray(value(number, 0, 12_000)),
                        PutOptions.of(Kind.ACTIVATION));
            });
            model.check(namespace);
            StoreStats stats = hearth.stats();
            assertEquals(0, stats.counter("full"), "seed=" + SEED);
            assertTrue(stats.counter("evictions") > 0 && stats.counter("parametersMoved") > 0,
                    "counters=" + stats.counters());
            assertTrue(hearth.verify(Progress.NONE).isSound(), () -> "" + hearth.verify(Progress.NONE).damage());
        }
    }

    @Test
    void overwriteAndRemove_withLeasesOnSome_whatIsLeasedNeitherMovesNorChanges() {
        Random random = new Random(SEED);
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            IdentityHashMap<Lease, byte[]> leases = new IdentityHashMap<>();
            int[] rounds = {0};
            try {
                churn(model, random, 6L * CAPACITY, CAPACITY / 100 * 50, 30_000, () -> {
                    if (rounds[0]++ % 20 == 0) {
                        int key = List.copyOf(model.there.keySet()).get(random.nextInt(model.there.size()));
                        Lease lease = namespace.get(key(key));
                        assertNotNull(lease, "key=" + key);
                        int[] put = Objects.requireNonNull(model.there.get(key));
                        leases.put(lease, value(key, put[0], put[1]));
                    }
                    if (leases.size() > 4) {
                        leases.forEach(ParameterSpaceTest::checkAndClose);
                        leases.clear();
                    }
                });
                model.check(namespace);
            } finally {
                leases.forEach(ParameterSpaceTest::checkAndClose);
            }
            StoreStats stats = hearth.stats();
            assertEquals(0, stats.counter("full"), "seed=" + SEED);
            assertTrue(stats.counter("parametersMoved") > 0, "counters=" + stats.counters());
            assertTrue(hearth.verify(Progress.NONE).isSound(), () -> "" + hearth.verify(Progress.NONE).damage());
        }
    }

    private static void checkAndClose(Lease lease, byte[] expected) {
        assertArrayEquals(expected, lease.segment().toArray(ValueLayout.JAVA_BYTE));
        lease.close();
    }

    @Test
    void compact_sparseSegments_areEmptiedAndTheirBlocksGoBack() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            for (int key = 0; key < 90; key++) {
                model.put(key, 0, 50_000);
            }
            for (int key = 0; key < 90; key++) {
                if (key % 4 != 0) {
                    model.remove(key);
                }
            }
            long allocated = hearth.stats().allocatedBytes();
            assertTrue(hearth.stats().deadBytes() > 60 * 50_000, "dead=" + hearth.stats().deadBytes());
            CompactReport none = hearth.compact(0, Progress.NONE);
            assertEquals(0, none.movedEntries(), "nothing may be moved");
            long[] progress = {0, 0};
            CompactReport report = hearth.compact(Long.MAX_VALUE, (done, total) -> {
                assertTrue(done >= progress[0] && done <= total, done + " of " + total);
                progress[0] = done;
            });
            assertTrue(report.movedEntries() > 0 && progress[0] == report.movedBytes(), "" + report);
            assertTrue(report.releasedSegments() >= 10, "" + report);
            assertTrue(report.deadBytes() < 3 * SEGMENT_BYTES, "" + report);
            assertEquals(hearth.stats().freeSegments() * (long) SEGMENT_BYTES, report.freeBytes());
            // What was moved went to segments that had no blocks any more.
            long givenBack = report.givenBackBytes() + none.givenBackBytes();
            assertTrue(report.givenBackBytes() > 0 && givenBack >= allocated - hearth.stats().allocatedBytes(),
                    none + " " + report);
            assertTrue(hearth.stats().allocatedBytes() <= CAPACITY - report.freeBytes() + (64 << 10),
                    "allocated=" + hearth.stats().allocatedBytes());
            model.check(namespace);
            CompactReport again = hearth.compact();
            assertEquals(new CompactReport(0, 0, 0, 0, report.freeBytes(), report.deadBytes()), again);
            for (int key = 100; key < 150; key++) {
                model.put(key, 0, 50_000);
            }
            model.check(namespace);
            assertTrue(hearth.verify(Progress.NONE).isSound(), "sound");
        }
    }

    @Test
    void compact_runOfWhichSomeAreGone_survivorsMoveAndTheRunIsFree() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            for (int key = 0; key < 12; key++) {
                model.put(key, 0, 300_000);
            }
            model.put(20, 0, 1_000_000);
            int full = hearth.stats().freeSegments();
            for (int key = 0; key < 12; key++) {
                if (key % 4 != 1) {
                    model.remove(key);
                }
            }
            CompactReport report = hearth.compact();
            assertTrue(report.movedEntries() >= 2, "" + report);
            assertTrue(hearth.stats().freeSegments() >= full + 8, full + " " + report);
            model.check(namespace);
            assertTrue(hearth.verify(Progress.NONE).isSound(), "sound");
        }
    }

    @Test
    void put_valuesALittleLargerThanASegment_leaveAFifthEmptyAtTheMost() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            assertThrows(HearthException.Full.class, () -> {
                for (int key = 0; key < 30; key++) {
                    model.put(key, 0, 300_000);
                }
            });
            long usable = CAPACITY - SEGMENT_BYTES;
            assertTrue(model.there.size() * 300_000L >= usable / 5 * 4, "values=" + model.there.size());
            model.check(namespace);
        }
    }

    @Test
    void put_runWantedAndRoomScattered_parametersAreMovedOutOfTheWay() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            for (int key = 0; key < 22; key++) {
                model.put(key, 0, 240_000); // one in each segment
            }
            for (int key = 0; key < 22; key += 2) {
                model.remove(key);
            }
            model.put(100, 0, 2_000_000); // eight segments
            model.check(namespace);
            assertEquals(0, hearth.stats().counter("full"));
            assertTrue(hearth.stats().counter("parametersMoved") > 0);
        }
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void put_longRunWanted_valueOfThousandsOfPagesIsMovedOutOfTheWay(Storage storage) {
        HearthOptions large = SMALL.capacityBytes(64 << 20).pageBytes(4 << 10);
        try (Hearth hearth = open(large)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            byte[] bytes = new byte[26 << 20];
            new Random(SEED).nextBytes(bytes);
            PutOptions options = PutOptions.of(Kind.PARAMETER).storage(storage);
            int[] segments = {40, 69, 72};
            for (int key = 0; key < segments.length; key++) {
                namespace.put(key(key), value(bytes, key, segments[key]), options);
            }
            EntryInfo.Location before = namespace.find(key(1)).orElseThrow().location();
            namespace.remove(key(0));
            namespace.put(key(3), value(bytes, 3, 100), options);
            assertTrue(namespace.find(key(1)).orElseThrow().location().segment() != before.segment(), "it was moved");
            segments = new int[]{0, 69, 72, 100};
            for (int key = 1; key < segments.length; key++) {
                MemorySegment expected = value(bytes, key, segments[key]);
                MemorySegment read = MemorySegment.ofArray(new byte[(int) expected.byteSize()]);
                assertEquals(read.byteSize(), namespace.read(key(key), 0, read), "key=" + key);
                assertEquals(-1, read.mismatch(expected), "key=" + key);
            }
            assertTrue(hearth.verify(Progress.NONE).isSound(), "sound");
        }
    }

    /** What takes so many segments, but for half of one. */
    private static MemorySegment value(byte[] noise, int key, int segments) {
        return MemorySegment.ofArray(noise).asSlice(key * 8L, segments * (long) SEGMENT_BYTES * 98 / 100);
    }

    @Test
    void compact_damagedParameter_staysWhereItIsAndIsReportedOnce() throws IOException {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            for (int key = 0; key < 40; key++) {
                model.put(key, 0, 40_000);
            }
            EntryInfo.Location damaged = namespace.find(key(8)).orElseThrow().location();
            flip(damaged.offsetBytes() + 20_000);
            for (int key = 0; key < 40; key++) {
                if (key % 4 != 0) {
                    model.remove(key);
                }
            }
            for (int i = 0; i < 3; i++) {
                hearth.compact();
                assertEquals(1, hearth.stats().counter("damage"));
                assertEquals(damaged, namespace.find(key(8)).orElseThrow().location());
            }
            assertThrows(HearthException.Corrupt.class,
                    () -> namespace.read(key(8), 0, MemorySegment.ofArray(new byte[40_000])));
            assertTrue(hearth.stats().counter("parametersMoved") > 0, "others are moved");
            model.remove(8);
            int free = hearth.stats().freeSegments();
            assertTrue(hearth.compact().releasedSegments() > 0 && hearth.stats().freeSegments() > free);
            model.check(namespace);
        }
    }

    private void flip(long offset) throws IOException {
        try (FileChannel data = FileChannel.open(temporary.resolve("store").resolve("data"), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(1, data.read(one, offset));
            one.put(0, (byte) (one.get(0) ^ 4)).rewind();
            assertEquals(1, data.write(one, offset));
        }
    }

    @Test
    void compact_expiredParameter_isNotMovedAndItsSpaceComesBack() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            for (int key = 0; key < 20; key++) {
                namespace.put(Keys.utf8("short" + key), MemorySegment.ofArray(value(key, 0, 40_000)),
                        PutOptions.of(Kind.PARAMETER).expiresAtMs(1));
                model.put(key, 0, 10_000);
            }
            CompactReport report = hearth.compact();
            assertTrue(report.releasedSegments() >= 2, "" + report);
            model.check(namespace);
            assertTrue(hearth.stats().entries() < 40, "entries=" + hearth.stats().entries());
            assertTrue(hearth.verify(Progress.NONE).isSound(), "sound");
        }
    }

    @Test
    void compact_lineLeftFromAnEarlierUse_isNotTakenForAnEntry() throws IOException {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Model model = new Model(namespace);
            model.put(0, 0, 100_000);
            EntryInfo.Location first = namespace.find(key(0)).orElseThrow().location();
            try (Batch batch = namespace.batch()) {
                batch.put(Keys.utf8("given up"), MemorySegment.ofArray(new byte[10_000]),
                        PutOptions.of(Kind.PARAMETER));
            }
            // The line of what was given up is never written; this is what may stand there.
            try (FileChannel data = FileChannel.open(temporary.resolve("store").resolve("data"),
                    StandardOpenOption.WRITE)) {
                long end = (first.segment() + 1L) * SEGMENT_BYTES;
                assertEquals(16, data.write(ByteBuffer.allocate(16).putLong(0, 77).putLong(8, 99), end - 32));
            }
            model.put(1, 0, 150_000);
            model.put(2, 0, 150_000);
            model.remove(0);
            assertFalse(namespace.find(key(1)).orElseThrow().location().segment() == first.segment());
            int free = hearth.stats().freeSegments();
            hearth.compact();
            assertEquals(free + 1, hearth.stats().freeSegments(), "the segment of what was removed");
            model.check(namespace);
        }
    }
}
