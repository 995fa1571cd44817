package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What applications see of eviction: puts go on for ever, parameters stay, and what is read is right. */
class EvictionTest {
    private static final long SEED = 20_261_122L;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(16 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(20_000);

    @TempDir
    Path temporary;

    private Hearth open(HearthOptions options) {
        return Hearth.open(temporary.resolve("store"), options);
    }

    /** A value that tells which key and which round it is of. */
    private static byte[] value(int key, int round, int length) {
        byte[] bytes = new byte[length];
        new Random(31L * key + round).nextBytes(bytes);
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
    void put_tenTimesTheCapacityInRandomOrder_keepsEveryParameter() {
        Random random = new Random(SEED);
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            int parameters = 40;
            for (int i = 0; i < parameters; i++) {
                put(namespace, "p", i, value(i, 0, 100_000), Kind.PARAMETER);
            }
            long bytes = 0;
            int present = 0;
            for (int i = 0; bytes < 160L << 20; i++) {
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
}
