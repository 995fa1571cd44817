package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parameters of two processes that overwrite theirs all the time, move those of both, and read them. */
@Tag("system")
class ParameterProcessTest {
    private static final long SEED = 20_261_122L;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(6 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(5_000);
    private static final int KEYS = 60;
    private static final byte[] NOISE = new byte[1 << 20];

    static {
        new Random(SEED).nextBytes(NOISE);
    }

    @TempDir
    Path temporary;

    private static MemorySegment key(String owner, int key) {
        return Keys.utf8(owner + key);
    }

    private static byte[] value(int key, int round) {
        int length = 8 + Math.floorMod(key * 7919 + round * 104_729, 60_000);
        byte[] bytes = Arrays.copyOfRange(NOISE, key * 100, key * 100 + length);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 4, round);
        return bytes;
    }

    /** Overwrites parameters of its own; returns how often one of anybody was looked at. */
    private static int churn(Hearth hearth, String owner, String other, int rounds) {
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        Random random = new Random(SEED + owner.hashCode());
        int[] newest = new int[KEYS];
        byte[] buffer = new byte[60_008];
        int seen = 0;
        for (int round = 1; round <= rounds; round++) {
            int key = random.nextInt(KEYS);
            namespace.put(key(owner, key), MemorySegment.ofArray(value(key, round)), PutOptions.of(Kind.PARAMETER));
            newest[key] = round;
            int own = random.nextInt(KEYS);
            if (newest[own] > 0) {
                check(namespace, owner, own, newest[own], newest[own], buffer);
            }
            int theirs = random.nextInt(KEYS);
            boolean there = namespace.contains(key(other, theirs));
            if (there) {
                check(namespace, other, theirs, 1, Integer.MAX_VALUE, buffer);
                seen++;
            }
        }
        return seen;
    }

    /** A parameter that is there never seems to be absent, however often it is moved. */
    private static void check(Namespace namespace, String owner, int key, int least, int most, byte[] buffer) {
        long count = namespace.read(key(owner, key), 0, MemorySegment.ofArray(buffer));
        assertTrue(count >= 8, owner + key + " is absent");
        int round = MemorySegment.ofArray(buffer).get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        assertTrue(round >= least && round <= most, owner + key + " round=" + round + " expected=" + least);
        assertArrayEquals(value(key, round), Arrays.copyOf(buffer, (int) count), owner + key);
        try (Lease lease = namespace.get(key(owner, key))) {
            assertTrue(lease != null && lease.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0) == key, owner + key);
        }
    }

    /** The other process. */
    static final class Other {
        private Other() {}

        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                ForkedJvm.say("ready");
                int first = System.in.read();
                ForkedJvm.say("seen " + churn(hearth, "b", "a", Integer.parseInt(args[1])) + " " + first);
            }
        }
    }

    @Test
    void twoProcesses_overwriteAndMove_noneIsEverAbsentAndNobodyIsFull() {
        int rounds = 1_000;
        Path store = temporary.resolve("store");
        try (Hearth hearth = Hearth.open(store, SMALL);
                ForkedJvm other = ForkedJvm.of(Other.class).args(store.toString(), "" + rounds).start()) {
            other.awaitLine("ready");
            other.send("go");
            int seen = churn(hearth, "a", "b", rounds);
            other.awaitLine("seen");
            assertEquals(0, other.awaitExit(), other.output());
            StoreStats stats = hearth.stats();
            assertEquals(0, stats.counter("full"), "counters=" + stats.counters());
            assertEquals(0, stats.counter("damage"), "counters=" + stats.counters());
            assertTrue(stats.counter("parametersMoved") > 0, "counters=" + stats.counters() + " seen=" + seen);
            assertTrue(hearth.verify(Progress.NONE).isSound(), () -> "" + hearth.verify(Progress.NONE).damage());
        }
    }
}
