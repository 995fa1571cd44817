package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eviction by several processes, of which some hold, stop or die. */
@Tag("system")
class EvictionProcessTest {
    private static final long SEED = 5;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(5_000);
    private static final int KEYS = 1_000;
    private static final byte[] NOISE = new byte[1 << 20];

    static {
        new Random(SEED).nextBytes(NOISE);
    }

    @TempDir
    Path temporary;

    private static int length(int key) {
        return 100 + key * 7919 % 30_000;
    }

    /** Bytes that say whose they are: key and round in front, and both decide about the rest. */
    private static byte[] value(int key, int round, int length) {
        int from = Math.floorMod(31 * key + 7 * round, NOISE.length - length);
        byte[] bytes = Arrays.copyOfRange(NOISE, from, from + length);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 4, round);
        return bytes;
    }

    private static void put(Namespace namespace, int key, int round, Kind kind) {
        namespace.put(Keys.utf8(kind + " " + key), MemorySegment.ofArray(value(key, round, length(key))),
                PutOptions.of(kind));
    }

    /** Whether the entry is there; what is there must be right. */
    private static boolean check(Namespace namespace, int key, Kind kind) {
        byte[] bytes = new byte[length(key)];
        if (namespace.read(Keys.utf8(kind + " " + key), 0, MemorySegment.ofArray(bytes)) == Namespace.ABSENT) {
            return false;
        }
        int round = MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        assertArrayEquals(value(key, round, bytes.length), bytes, kind + " key=" + key + " round=" + round);
        return true;
    }

    /** Puts activations and reads others until it is told to end, or killed. */
    static final class Churner {
        private Churner() {}

        public static void main(String[] args) throws IOException {
            Random random = new Random(Long.parseLong(args[1]));
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                for (int round = 1; System.in.available() == 0; round++) {
                    try {
                        put(namespace, random.nextInt(KEYS), round, Kind.ACTIVATION);
                    } catch (HearthException.Busy e) {
                        // It was stopped for longer than it waits for the lock.
                    }
                    boolean _ = check(namespace, random.nextInt(KEYS), Kind.ACTIVATION);
                    boolean _ = check(namespace, random.nextInt(KEYS) / 2, Kind.ACTIVATION);
                    if (round % 200 == 0) {
                        ForkedJvm.say("round " + round);
                    }
                }
                ForkedJvm.say("well done");
            }
        }
    }

    /** Leases everything there is and keeps it. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                java.util.List<Lease> leases = new java.util.ArrayList<>();
                for (int key = 0; key < KEYS; key++) {
                    Lease lease = namespace.get(Keys.utf8(Kind.ACTIVATION + " " + key));
                    if (lease != null) {
                        leases.add(lease);
                    }
                }
                ForkedJvm.say("leased " + leases.size());
                int ignored = System.in.read();
                ForkedJvm.say("end " + ignored);
            }
        }
    }

    private Path store() {
        return temporary.resolve("store");
    }

    @Test
    void twoProcesses_oneKilledAgainAndAgain_everythingIsRightOrAbsent() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int key = 0; key < 50; key++) {
                put(namespace, key, 0, Kind.PARAMETER);
            }
            Random random = new Random(SEED);
            TimeBox box = TimeBox.of(2, Duration.ofSeconds(15));
            for (int kill = 0; kill < 5 && box.goesOn(); kill++) {
                try (ForkedJvm churner =
                        ForkedJvm.of(Churner.class).optimized().args(store().toString(), "" + kill).start()) {
                    churner.awaitLine("round");
                    int more = 300 + random.nextInt(400);
                    for (int i = 0; i < more; i++) {
                        put(namespace, random.nextInt(KEYS), 10_000 + i, Kind.ACTIVATION);
                    }
                    churner.kill();
                }
                int present = 0;
                for (int key = 0; key < KEYS; key++) {
                    present += check(namespace, key, Kind.ACTIVATION) ? 1 : 0;
                }
                assertTrue(present > 100, "seed=" + SEED + " kill=" + kill + " present=" + present);
                for (int key = 0; key < 50; key++) {
                    assertTrue(check(namespace, key, Kind.PARAMETER), "parameter " + key + " kill=" + kill);
                }
            }
            assertTrue(hearth.verify(Progress.NONE).isSound(), () -> "" + hearth.verify(Progress.NONE).damage());
            assertEquals(0, hearth.stats().counter("full"));
        }
    }

    @Test
    void segments_heldByAnotherProcess_stayUntilItDies() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            PutOptions inPlace = PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE);
            int keys = 0;
            for (; hearth.stats().freeSegments() > 3; keys++) {
                namespace.put(Keys.utf8(Kind.ACTIVATION + " " + keys),
                        MemorySegment.ofArray(value(keys, 0, length(keys))), inPlace);
            }
            try (ForkedJvm holder = ForkedJvm.of(Holder.class).optimized().args(store().toString()).start()) {
                holder.awaitLine("leased " + keys);
                HearthException.Full full = assertThrows(HearthException.Full.class, () -> {
                    for (int i = 0; i < 1_000; i++) {
                        namespace.put(Keys.utf8("p" + i), MemorySegment.ofArray(value(i, 0, 20_000)),
                                PutOptions.of(Kind.PARAMETER));
                    }
                });
                assertTrue(String.valueOf(full.getMessage()).contains("pid " + holder.pid()), full.getMessage());
                for (int key = 0; key < keys; key++) {
                    assertTrue(check(namespace, key, Kind.ACTIVATION), "leased key=" + key);
                }
                holder.kill();
            }
            for (int i = 0; i < 100; i++) {
                namespace.put(Keys.utf8("q" + i), MemorySegment.ofArray(value(i, 0, 20_000)),
                        PutOptions.of(Kind.PARAMETER));
            }
            assertTrue(hearth.verify(Progress.NONE).isSound(), "sound");
        }
    }

    @Test
    void sweeper_stoppedInTheMiddle_holdsNobodyUp() {
        try (Hearth hearth = Hearth.open(store(), SMALL.lockTimeoutMs(500));
                ForkedJvm churner = ForkedJvm.of(Churner.class).optimized().args(store().toString(), "1").start()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            churner.awaitLine("round");
            int puts = 0;
            TimeBox box = TimeBox.of(2, Duration.ofSeconds(10));
            for (int stop = 0; stop < 5 && box.goesOn(); stop++) {
                churner.stop();
                try {
                    for (int i = 0; i < 100; i++) {
                        put(namespace, i, stop, Kind.ACTIVATION);
                        puts++;
                    }
                } catch (HearthException.Busy e) {
                    // It was stopped inside the writer lock, which stays its own.
                    assertTrue(String.valueOf(e.getMessage()).contains("lock"), e.getMessage());
                }
                churner.resume();
                churner.awaitLine("round");
            }
            assertTrue(puts >= 100, "puts=" + puts);
            churner.send("end");
            churner.awaitLine("well done");
        }
    }
}
