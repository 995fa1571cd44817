package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four processes that put, replace, remove and commit batches in a store that is too small for their activations, of
 * which one after the other is killed. What each had acknowledged is there, what it was at is there whole or not at
 * all.
 *
 * <p>
 * The campaign: {@code mvn verify -pl store -am -Dtest=KillLoadTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dhearth.kills=100 -Dhearth.kills.seed=1}, seed after seed; after every kill everything is checked, and every hundred
 * the whole store is verified and a line is printed. What was interrupted goes on with the seed it was at. The report
 * of a JVM that died by itself is in its output, which is looked at with every kill.
 */
@Tag("system")
class KillLoadTest {
    private static final String KILLS_PROPERTY = "hearth.kills";
    private static final int KILLS = Integer.getInteger(KILLS_PROPERTY, 5);
    private static final long SEED = Long.getLong("hearth.kills.seed", 20_261_122);
    /** After so many a short run ends when it has taken its time. */
    private static final int LEAST_KILLS = 3;
    private static final Duration SHORT = Duration.ofSeconds(20);
    private static final int PROCESSES = 4;
    private static final int KEYS = 40;
    private static final int GROUP = 3;
    private static final int REPORT = 100;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(4_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");

    @TempDir
    Path temporary;

    private static byte[] value(String key, long number) {
        Random random = new Random(key.hashCode() * 31L + number);
        byte[] bytes = new byte[key.startsWith("a") ? 8_000 : 8 + random.nextInt(3_000)];
        random.nextBytes(bytes);
        MemorySegment.ofArray(bytes).set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 0, number);
        return bytes;
    }

    /** The keys that a process writes in its n-th operation, all in one commit. */
    private static List<String> keys(int process, long number) {
        if (number % 5 != 0) {
            return List.of("p" + process + "-" + number % KEYS);
        }
        List<String> group = new ArrayList<>();
        for (int i = 0; i < GROUP; i++) {
            group.add("g" + process + "-" + number % 3 + "-" + i);
        }
        return group;
    }

    /** Whether the n-th operation removes. */
    private static boolean removes(long number) {
        return number % 11 == 10 && number % 5 != 0;
    }

    /** Goes on from a number until it is killed or told to stop; says what is done. */
    static final class Worker {
        public static void main(String[] args) throws Exception {
            int process = Integer.parseInt(args[1]);
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(NAMESPACE);
                for (long number = Long.parseLong(args[2]); System.in.available() == 0; number++) {
                    List<String> keys = keys(process, number);
                    if (removes(number)) {
                        namespace.remove(Keys.utf8(keys.getFirst()));
                    } else {
                        try (Batch batch = namespace.batch()) {
                            for (String key : keys) {
                                batch.put(Keys.utf8(key), MemorySegment.ofArray(value(key, number)),
                                        TensorSpec.UNTYPED, Kind.PARAMETER);
                            }
                            batch.commit();
                        }
                    }
                    String cached = "a" + process + "-" + number % 400;
                    namespace.put(Keys.utf8(cached), MemorySegment.ofArray(value(cached, number)), TensorSpec.UNTYPED,
                            Kind.ACTIVATION);
                    ForkedJvm.say("done " + number);
                }
            }
        }
    }

    private ForkedJvm start(int process, long from) {
        return ForkedJvm.of(Worker.class).optimized()
                .args(temporary.resolve("store").toString(), Integer.toString(process), Long.toString(from)).start();
    }

    private static long done(ForkedJvm jvm, long before) {
        return jvm.output().lines().filter(line -> line.startsWith("done "))
                .mapToLong(line -> Long.parseLong(line.substring(5))).max().orElse(before);
    }

    @Test
    void processesUnderLoad_killedOneAfterTheOther_loseNothingTheyAcknowledged() {
        System.out.println("kills=" + KILLS + " seed=" + SEED);
        Random random = new Random(SEED);
        long[] done = new long[PROCESSES];
        List<ForkedJvm> jvms = new ArrayList<>();
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL)) {
            for (int process = 0; process < PROCESSES; process++) {
                jvms.add(start(process, 1));
            }
            TimeBox box = TimeBox.unlessAsked(KILLS_PROPERTY, LEAST_KILLS, SHORT);
            for (int kill = 0; kill < KILLS && box.goesOn(); kill++) {
                int victim = random.nextInt(PROCESSES);
                ForkedJvm jvm = jvms.get(victim);
                long goal = done[victim] + 20 + random.nextInt(120);
                while (Long.parseLong(jvm.awaitLine("done ")) < goal) {
                    // It works.
                }
                jvm.kill();
                done[victim] = done(jvm, done[victim]);
                check(hearth, victim, done[victim], "kill=" + kill + " seed=" + SEED);
                jvm.close();
                jvms.set(victim, start(victim, done[victim] + 1));
                if ((kill + 1) % REPORT == 0) {
                    assertSound(hearth, "kill=" + kill + " seed=" + SEED);
                    System.out.println("kills=" + (kill + 1) + " of " + KILLS + " seed=" + SEED);
                }
            }
            for (int process = 0; process < PROCESSES; process++) {
                ForkedJvm jvm = jvms.get(process);
                jvm.awaitLine("done ");
                jvm.send("stop");
                assertEquals(0, jvm.awaitExit(), jvm::output);
                check(hearth, process, done(jvm, done[process]), "end seed=" + SEED);
            }
            assertSound(hearth, "end seed=" + SEED);
        } finally {
            jvms.forEach(ForkedJvm::close);
        }
    }

    private static void assertSound(Hearth hearth, String where) {
        VerifyReport report = hearth.verify(Progress.NONE);
        assertTrue(report.isSound(), () -> where + " damage: " + report.damage());
        assertEquals(0, hearth.stats().counter("damage"), where);
    }

    /** Of each key of a process its last acknowledged operation is there, or, all together, the one behind it. */
    private static void check(Hearth hearth, int process, long done, String where) {
        Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
        List<String> last = keys(process, done + 1);
        List<Boolean> ahead = new ArrayList<>();
        for (long number = done; number > Math.max(0, done - 4 * KEYS); number--) {
            for (String key : keys(process, number)) {
                if (last(process, key, done) != number) {
                    continue;
                }
                long found = found(namespace, key);
                long expected = removes(number) ? -1 : number;
                long next = removes(done + 1) ? -1 : done + 1;
                boolean isNext = last.contains(key) && found == next && next != expected;
                assertTrue(found == expected || isNext, where + " key=" + key + " found=" + found + " expected="
                        + expected + " done=" + done);
                if (last.contains(key)) {
                    ahead.add(isNext);
                }
            }
        }
        assertTrue(ahead.stream().distinct().count() <= 1, where + " a batch is there in part: done=" + done);
    }

    /** The last operation up to {@code done} that wrote a key. */
    private static long last(int process, String key, long done) {
        for (long number = done; number > 0; number--) {
            if (keys(process, number).contains(key)) {
                return number;
            }
        }
        return 0;
    }

    private static long found(Namespace namespace, String key) {
        byte[] read = new byte[10_000];
        long bytes = namespace.read(Keys.utf8(key), 0, MemorySegment.ofArray(read));
        if (bytes < 0) {
            return -1;
        }
        long number = MemorySegment.ofArray(read).get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 0);
        assertArrayEquals(value(key, number), java.util.Arrays.copyOf(read, (int) bytes), key);
        return number;
    }
}
