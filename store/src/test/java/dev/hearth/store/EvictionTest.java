package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.TimeBox;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What applications see of eviction: puts go on for ever, parameters stay, and what is read is right. */
class EvictionTest {
    private static final long SEED = 20_261_122L;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(20_000);

    private static final byte[] NOISE = new byte[2 << 20];

    static {
        new Random(SEED).nextBytes(NOISE);
    }

    @TempDir
    Path temporary;

    private Hearth open(HearthOptions options) {
        return Hearth.open(temporary.resolve("store"), options);
    }

    /** A value that tells which key and which round it is of. */
    private static byte[] value(int key, int round, int length) {
        int from = Math.floorMod(31 * key + 7 * round, NOISE.length - length);
        byte[] bytes = Arrays.copyOfRange(NOISE, from, from + length);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 4, round);
        return bytes;
    }

    private static MemorySegment key(String kind, int number) {
        return Keys.utf8(kind + number);
    }

    private static void put(Namespace namespace, String kind, int key, byte[] value, Kind what) {
        namespace.put(key(kind, key), MemorySegment.ofArray(value), TensorSpec.UNTYPED, what);
    }

    private static byte[] read(Namespace namespace, String kind, int key, int length) {
        byte[] bytes = new byte[length];
        long read = namespace.read(key(kind, key), 0, MemorySegment.ofArray(bytes));
        return read == Namespace.ABSENT ? new byte[0] : bytes;
    }

    @Test
    void put_manyTimesTheCapacityInRandomOrder_keepsEveryParameter() {
        Random random = new Random(SEED);
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int parameters = 40;
            for (int i = 0; i < parameters; i++) {
                put(namespace, "p", i, value(i, 0, 100_000), Kind.PARAMETER);
            }
            long bytes = 0;
            int present = 0;
            TimeBox box = TimeBox.of(0, Duration.ofSeconds(8));
            for (int i = 0; bytes < 40L << 20 || (bytes < 160L << 20 && box.goesOn()); i++) {
                int length = 1 + random.nextInt(8) * random.nextInt(20_000) + 8;
                int key = random.nextInt(5_000);
                put(namespace, "a", key, value(key, i, length), Kind.ACTIVATION);
                bytes += length;
                assertArrayEquals(value(key, i, length), read(namespace, "a", key, length), "seed=" + SEED + " i=" + i);
                int other = random.nextInt(5_000);
                byte[] found = read(namespace, "a", other, 8);
                if (found.length > 0) {
                    assertEquals(other, MemorySegment.ofArray(found).get(ValueLayout.JAVA_INT_UNALIGNED, 0));
                    present++;
                }
            }
            assertTrue(present > 0, "present=" + present);
            for (int i = 0; i < parameters; i++) {
                assertArrayEquals(value(i, 0, 100_000), read(namespace, "p", i, 100_000), "parameter " + i);
            }
            assertTrue(hearth.verify(Progress.NONE).isSound(), () -> "damage=" + hearth.verify(Progress.NONE).damage());
            assertTrue(hearth.stats().capacityBytes() >= hearth.stats().storedBytes(), "within its size");
        }
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 40; i++) {
                assertArrayEquals(value(i, 0, 100_000), read(namespace, "p", i, 100_000), "parameter " + i);
            }
        }
    }

    @Test
    void put_whileThereIsRoom_evictsNothing() {
        // So many segments that puts make room ahead of need.
        HearthOptions large = SMALL.capacityBytes(96 << 20);
        try (Hearth hearth = open(large)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 5_000; i++) {
                put(namespace, "a", i, value(i, 0, 16_000), Kind.ACTIVATION);
            }
            for (int i = 0; i < 5_000; i++) {
                assertArrayEquals(value(i, 0, 16_000), read(namespace, "a", i, 16_000), "key " + i);
            }
            assertEquals(0, hearth.stats().counter("evictions"));
        }
    }

    @Test
    void overwriteAndRemove_manyTimesTheCapacity_spaceComesBack() {
        HearthOptions tiny = SMALL.capacityBytes(4 << 20);
        Random random = new Random(SEED);
        try (Hearth hearth = open(tiny)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 1_000; i++) {
                int key = random.nextInt(8);
                if (random.nextInt(4) == 0) {
                    namespace.remove(key("p", key));
                    assertFalse(namespace.contains(key("p", key)));
                } else {
                    byte[] value = value(key, i, 8 + random.nextInt(120_000));
                    put(namespace, "p", key, value, Kind.PARAMETER);
                    assertArrayEquals(value, read(namespace, "p", key, value.length), "seed=" + SEED + " i=" + i);
                }
            }
            assertEquals(0, hearth.stats().counter("full"));
            assertTrue(hearth.stats().counter("segmentsReleased") > 100,
                    "segmentsReleased=" + hearth.stats().counter("segmentsReleased"));
        }
    }

    @Test
    void parameter_largerThanASegment_getsAWindowAmongActivations() {
        Random random = new Random(SEED);
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            byte[][] large = new byte[4][];
            for (int round = 0; round < 60; round++) {
                for (int i = 0; i < 30; i++) {
                    int key = random.nextInt(2_000);
                    put(namespace, "a", key, value(key, round, 30_000), Kind.ACTIVATION);
                    read(namespace, "a", random.nextInt(2_000), 30_000);
                }
                int key = random.nextInt(large.length);
                large[key] = value(key, round, 300_000 + random.nextInt(1_500_000));
                put(namespace, "p", key, large[key], Kind.PARAMETER);
                for (int i = 0; i < large.length; i++) {
                    if (large[i] != null) {
                        assertArrayEquals(large[i], read(namespace, "p", i, large[i].length),
                                "seed=" + SEED + " round=" + round + " parameter=" + i);
                    }
                }
            }
            assertTrue(hearth.verify(Progress.NONE).isSound(), "sound");
        }
    }

    @Test
    void activation_largerThanASegment_comesAndGoes() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 60; i++) {
                byte[] value = value(i, i, 1_000_000);
                put(namespace, "a", i, value, Kind.ACTIVATION);
                assertArrayEquals(value, read(namespace, "a", i, value.length), "i=" + i);
            }
            assertEquals(0, hearth.stats().counter("full"));
        }
    }

    @Test
    void put_beyondMaxEntries_activationsGiveWayAndParametersStay() {
        HearthOptions few = SMALL.maxEntries(500);
        try (Hearth hearth = open(few)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 100; i++) {
                put(namespace, "p", i, value(i, 0, 100), Kind.PARAMETER);
            }
            int least = 500;
            for (int i = 0; i < 3_000; i++) {
                put(namespace, "a", i, value(i, 0, 100), Kind.ACTIVATION);
                assertTrue(namespace.contains(key("a", i)), "i=" + i);
                if (i % 37 == 0) {
                    long entries = hearth.stats().entries();
                    assertTrue(entries <= 500, "entries=" + entries);
                    least = i > 500 ? (int) Math.min(least, entries) : least;
                }
            }
            assertTrue(least > 400, "few are dropped at a time: least=" + least);
            for (int i = 0; i < 100; i++) {
                assertArrayEquals(value(i, 0, 100), read(namespace, "p", i, 100), "parameter " + i);
            }
            HearthException.Full full = assertThrows(HearthException.Full.class, () -> {
                for (int i = 0; i < 500; i++) {
                    put(namespace, "q", i, value(i, 0, 100), Kind.PARAMETER);
                }
            });
            assertTrue(String.valueOf(full.getMessage()).contains("maxEntries=500"), full.getMessage());
            assertEquals(500, hearth.entries().filter(entry -> entry.kind() == Kind.PARAMETER).count());
        }
    }

    @Test
    void put_whenAllIsParameters_isFullAndSaysSo() {
        HearthOptions tiny = SMALL.capacityBytes(2 << 20);
        try (Hearth hearth = open(tiny)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            HearthException.Full full = assertThrows(HearthException.Full.class, () -> {
                for (int i = 0; i < 100; i++) {
                    put(namespace, "p", i, value(i, 0, 60_000), Kind.PARAMETER);
                }
            });
            String message = String.valueOf(full.getMessage());
            assertTrue(message.contains("segments=8") && message.contains("parameters="), message);
            assertThrows(HearthException.Full.class, () -> put(namespace, "a", 1, new byte[60_000], Kind.ACTIVATION));
            namespace.remove(key("p", 0));
            for (int i = 1; i < 8; i++) {
                namespace.remove(key("p", i));
            }
            put(namespace, "a", 1, value(1, 0, 60_000), Kind.ACTIVATION);
            assertArrayEquals(value(1, 0, 60_000), read(namespace, "a", 1, 60_000));
        }
    }

    /** What is free caches nothing: of little room all but what moving needs is used. */
    @Test
    void put_whatFillsASmallStoreOverAndOver_leavesTheLastSegmentFree() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int last = 0;
            for (int i = 0; i < 2_000; i++) {
                put(namespace, "a", i, value(i, 0, 20_000), Kind.ACTIVATION);
                last += hearth.stats().freeSegments() < 2 ? 1 : 0;
            }
            // A segment takes twelve of them; the first 800 fill the store.
            assertTrue(last > 1_000, "puts that left one segment or none: " + last);
        }
    }

    @Test
    void put_whatFillsTheStoreOverAndOver_leavesMoreThanTheLastSegmentFree() {
        try (Hearth hearth = open(SMALL.capacityBytes(192 << 20))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int last = 0;
            for (int i = 0; i < 2_200; i++) {
                put(namespace, "a", i, value(i, 0, 120_000), Kind.ACTIVATION);
                last += hearth.stats().freeSegments() < 2 ? 1 : 0;
            }
            // The background thread may be at it for a few puts.
            assertTrue(last < 100, "puts that left one segment or none: " + last);
        }
    }

    @Test
    void evict_onRequest_freesSegmentsAndKeepsParameters() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "p", 1, value(1, 0, 60_000), Kind.PARAMETER);
            for (int i = 0; i < 100; i++) {
                put(namespace, "a", i, value(i, 0, 60_000), Kind.ACTIVATION);
            }
            int free = hearth.stats().freeSegments();
            long freed = hearth.evict(2 << 20);
            assertTrue(freed >= 2 << 20, "freed=" + freed);
            assertTrue(hearth.stats().freeSegments() >= free + 8, "free=" + hearth.stats().freeSegments());
            hearth.evict(Long.MAX_VALUE);
            assertEquals(1, hearth.stats().entries());
            assertArrayEquals(value(1, 0, 60_000), read(namespace, "p", 1, 60_000));
        }
    }

    @Test
    void expiredEntries_giveWayThoughTheyAreInUse() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            byte[] value = value(1, 0, 60_000);
            namespace.put(key("x", 1), MemorySegment.ofArray(value),
                    PutOptions.of(Kind.ACTIVATION).expiresAtMs(System.currentTimeMillis() + 100_000));
            namespace.put(key("x", 2), MemorySegment.ofArray(value),
                    PutOptions.of(Kind.ACTIVATION).expiresAtMs(1));
            read(namespace, "x", 1, 8);
            hearth.evict(1 << 20);
            assertTrue(namespace.contains(key("x", 1)), "in use");
            assertEquals(1, hearth.stats().entries());
        }
    }

    @Test
    void entries_oneThatIsMovedMeanwhile_isListed() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "hot", 0, value(0, 0, 5_000), Kind.ACTIVATION);
            EntryInfo.Location before = namespace.find(key("hot", 0)).orElseThrow().location();
            try (Stream<EntryInfo> entries = namespace.entries()) {
                Iterator<EntryInfo> list = entries.iterator();
                for (int i = 0; namespace.find(key("hot", 0)).orElseThrow().location().equals(before); i++) {
                    assertTrue(i < 20_000, "it was never moved");
                    assertTrue(namespace.touch(key("hot", 0)), "it is used all the time");
                    put(namespace, "cold", i, value(i, 0, 5_000), Kind.ACTIVATION);
                }
                assertTrue(list.hasNext(), "an entry that was there throughout");
                assertArrayEquals(key("hot", 0).toArray(ValueLayout.JAVA_BYTE), list.next().key());
            }
        }
    }
}
