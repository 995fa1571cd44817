package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.io.FaultCount;
import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that dies in front of one of its system calls: in creating, putting, replacing, removing, a batch,
 * evicting, a checkpoint, the index, closing, and in recovering what another one left. What it had acknowledged is
 * there, what it was at is there whole or not at all.
 *
 * <p>
 * A few steps by default; all of them, or from one on (it says every 25 steps where it is), with
 * {@code mvn verify -pl store -am -Dit.test=none -Dtest=CrashPointTest -Dhearth.crash.points=100000
 * -Dhearth.crash.from=1 -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@Tag("system")
class CrashPointTest {
    private static final String POINTS_PROPERTY = "hearth.crash.points";
    private static final int POINTS = Integer.getInteger(POINTS_PROPERTY, 9);
    private static final long FROM = Long.getLong("hearth.crash.from", 1);
    private static final int TELL = 25;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(4_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");
    private static final Fingerprint OTHER = Fingerprint.of("other");
    private static final int MANY = 600;

    @TempDir
    Path temporary;

    private static byte[] value(String key, int salt) {
        Random random = new Random(key.hashCode() * 31L + salt);
        byte[] bytes = new byte[key.startsWith("m") ? 8 : 200 + random.nextInt(30_000)];
        random.nextBytes(bytes);
        bytes[0] = (byte) salt;
        return bytes;
    }

    /** One thing that is done, unless there is no store to do it to, and what it leaves. */
    private interface Step {
        void run(@Nullable Hearth hearth, Map<String, Integer> model) throws IOException;
    }

    private static Step put(String key, int salt) {
        return (hearth, model) -> {
            model.put(key, salt);
            if (hearth != null) {
                hearth.namespace(NAMESPACE).put(Keys.utf8(key), MemorySegment.ofArray(value(key, salt)),
                        TensorSpec.UNTYPED, kind(key));
            }
        };
    }

    private static Step batch(Map<String, Integer> puts, List<String> removes) {
        return (hearth, model) -> {
            model.putAll(puts);
            removes.forEach(model::remove);
            if (hearth != null) {
                try (Batch batch = hearth.namespace(NAMESPACE).batch()) {
                    for (Map.Entry<String, Integer> put : puts.entrySet()) {
                        batch.put(Keys.utf8(put.getKey()), MemorySegment.ofArray(value(put.getKey(), put.getValue())),
                                TensorSpec.UNTYPED, kind(put.getKey()));
                    }
                    removes.forEach(key -> batch.remove(Keys.utf8(key)));
                    batch.commit();
                }
            }
        };
    }

    private static Step remove(String key) {
        return (hearth, model) -> {
            model.remove(key);
            if (hearth != null) {
                hearth.namespace(NAMESPACE).remove(Keys.utf8(key));
            }
        };
    }

    private static Kind kind(String key) {
        return key.startsWith("a") ? Kind.ACTIVATION : Kind.PARAMETER;
    }

    private static Map<String, Integer> many(int salt) {
        Map<String, Integer> many = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            many.put("m" + i + "x".repeat(900), salt);
        }
        return many;
    }

    private static List<Step> script() {
        List<Step> steps = new ArrayList<>(List.of(put("p0", 1), put("a0", 1), batch(Map.of("p1", 1, "p2", 1, "a1", 1),
                List.of()), put("p0", 2), remove("p1"), batch(Map.of("p3", 1, "p0", 3), List.of("p2")),
                (hearth, model) -> {
                    if (hearth != null) {
                        Namespace other = hearth.namespace(OTHER);
                        other.put(Keys.utf8("gone"), MemorySegment.ofArray(new byte[10]), TensorSpec.UNTYPED,
                                Kind.PARAMETER);
                        hearth.remove(other);
                    }
                }, batch(many(1), List.of()), batch(many(2), List.of()), put("p4", 1)));
        for (int i = 2; i < 30; i++) {
            steps.add(put("a" + i, 1));
        }
        steps.add((hearth, model) -> {
            if (hearth != null) {
                hearth.evict(512 << 10);
            }
        });
        steps.add(put("p5", 1));
        return steps;
    }

    /** Does one step after the other and says so; ends when background work is done, too. */
    static final class Script {
        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Map<String, Integer> model = new HashMap<>();
                List<Step> steps = script();
                for (int i = 0; i < steps.size(); i++) {
                    steps.get(i).run(hearth, model);
                    ForkedJvm.say("done " + (i + 1));
                }
                long deadlineNs = System.nanoTime() + 20_000_000_000L;
                while ((hearth.stats().checkpointVersion() == 0
                        || hearth.stats().indexedVersion() != hearth.stats().version())
                        && System.nanoTime() < deadlineNs) {
                    Thread.onSpinWait();
                }
            }
            ForkedJvm.say("changes " + FaultCount.changes());
        }
    }

    /** Opens a store, looks that it is whole, and closes it. */
    static final class Opening {
        public static void main(String[] args) {
            Hearth.open(Path.of(args[0]), SMALL).close();
            ForkedJvm.say("changes " + FaultCount.changes());
        }
    }

    private static ForkedJvm fork(Class<?> program, Path store, long haltAt) {
        return ForkedJvm.of(program).args(store.toString())
                .jvmArgs("-Dhearth.faults.haltAtChange=" + haltAt).start();
    }

    /** How many steps there are if nobody is killed. */
    private static long changes(Class<?> program, Path store) {
        try (ForkedJvm jvm = fork(program, store, Long.MAX_VALUE)) {
            long changes = Long.parseLong(jvm.awaitLine("changes "));
            assertEquals(0, jvm.awaitExit(), jvm::output);
            return changes;
        }
    }

    /** Points from the first to the last step: a third of them in the first 60, where the store is created. */
    private static List<Long> points(long changes) {
        List<Long> points = new ArrayList<>();
        if (POINTS >= changes) {
            for (long point = FROM; point <= changes; point++) {
                points.add(point);
            }
            return points;
        }
        Random random = new Random(FROM);
        for (int i = 0; i < POINTS; i++) {
            long width = i % 3 == 0 ? Math.min(60, changes) : changes;
            points.add(1 + Math.min(changes - 1, width * i / POINTS + random.nextInt(7)));
        }
        return TimeBox.shuffled(points, FROM);
    }

    @Test
    void processKilledAtItsSteps_whatItAcknowledgedIsThereAndTheRestWholeOrAbsent() throws IOException {
        long changes = changes(Script.class, temporary.resolve("whole"));
        assertTrue(changes > 300, "changes=" + changes);
        List<Long> points = points(changes);
        TimeBox box = TimeBox.unlessAsked(POINTS_PROPERTY, 4, Duration.ofSeconds(25));
        for (int i = 0; i < points.size() && box.goesOn(); i++) {
            long point = points.get(i);
            if (i % TELL == 0) {
                System.out.println("point=" + point + " of=" + changes);
            }
            Path path = temporary.resolve("killed" + point);
            try (ForkedJvm jvm = fork(Script.class, path, point)) {
                int _ = jvm.awaitExit();
                int done = jvm.output().lines().filter(line -> line.startsWith("done "))
                        .mapToInt(line -> Integer.parseInt(line.substring(5))).max().orElse(0);
                assertIsAsAfter(path, done, "point=" + point + " of " + changes);
            }
            delete(path);
        }
    }

    @Test
    void attachedProcess_anotherKilledAtItsSteps_goesOnAtOnce() throws IOException {
        long changes = 400;
        int rounds = (int) Math.min(changes, Math.max(4, POINTS / 4));
        TimeBox box = TimeBox.unlessAsked(POINTS_PROPERTY, 2, Duration.ofSeconds(10));
        for (int i = 0; i < rounds && box.goesOn(); i++) {
            long point = 20 + changes * i / rounds + FROM;
            Path path = temporary.resolve("shared" + point);
            try (Hearth hearth = Hearth.open(path, SMALL); ForkedJvm jvm = fork(Script.class, path, point)) {
                int _ = jvm.awaitExit();
                long startNs = System.nanoTime();
                hearth.namespace(NAMESPACE).put(Keys.utf8("own"), MemorySegment.ofArray(new byte[9]),
                        TensorSpec.UNTYPED, Kind.PARAMETER);
                long tookMs = (System.nanoTime() - startNs) / 1_000_000;
                assertTrue(tookMs < 60_000, "a put behind a kill took " + tookMs + " ms at point=" + point);
                VerifyReport report = hearth.verify(Progress.NONE);
                assertTrue(report.isSound(), () -> "point=" + point + " damage: " + report.damage());
            }
        }
    }

    @Test
    void recovery_killedAtItsSteps_isDoneAgain() throws IOException {
        Path path = temporary.resolve("recovered");
        changes(Script.class, path);
        int steps = script().size();
        Files.delete(path.resolve("hearth.mark"));
        long changes = changes(Opening.class, path);
        int rounds = Math.min(POINTS, (int) changes);
        TimeBox box = TimeBox.unlessAsked(POINTS_PROPERTY, 3, Duration.ofSeconds(15));
        for (int i : TimeBox.shuffled(IntStream.range(0, rounds).boxed().toList(), FROM)) {
            if (!box.goesOn()) {
                break;
            }
            Files.delete(path.resolve("hearth.mark"));
            try (ForkedJvm jvm = fork(Opening.class, path, 1 + changes * i / rounds)) {
                int _ = jvm.awaitExit();
            }
            assertIsAsAfter(path, steps, "recovery killed at " + (1 + changes * i / rounds) + " of " + changes);
        }
    }

    /** The store is as after this many steps, or one more; what may be evicted is right or absent. */
    private static void assertIsAsAfter(Path path, int done, String where) throws IOException {
        List<Step> steps = script();
        Map<String, Integer> before = new HashMap<>();
        for (int i = 0; i < done; i++) {
            steps.get(i).run(null, before);
        }
        Map<String, Integer> after = new HashMap<>(before);
        if (done < steps.size()) {
            steps.get(done).run(null, after);
        }
        try (Hearth hearth = Hearth.open(path, SMALL)) {
            Map<String, Integer> found = new HashMap<>();
            Namespace namespace = hearth.findNamespace("n", null).orElse(null);
            if (namespace != null) {
                try (var entries = namespace.entries()) {
                    for (EntryInfo entry : entries.toList()) {
                        found.put(entry.keyText(), salt(namespace, entry, where));
                    }
                }
            }
            assertTrue(agrees(found, before) || agrees(found, after),
                    () -> where + " done=" + done + " found=" + shorten(found) + " before=" + shorten(before));
            VerifyReport report = hearth.verify(Progress.NONE);
            assertTrue(report.isSound(), () -> where + " damage: " + report.damage());
            Namespace any = hearth.namespace(NAMESPACE);
            any.put(Keys.utf8("p9"), MemorySegment.ofArray(value("p9", 1)), TensorSpec.UNTYPED, Kind.PARAMETER);
            assertTrue(any.remove(Keys.utf8("p9")), where);
        }
    }

    private static int salt(Namespace namespace, EntryInfo entry, String where) {
        byte[] read = new byte[(int) entry.logicalBytes()];
        assertEquals(read.length, namespace.read(MemorySegment.ofArray(entry.key()), 0, MemorySegment.ofArray(read)),
                where);
        assertArrayEquals(value(entry.keyText(), read[0]), read, () -> where + " key=" + entry.keyText());
        return read[0];
    }

    private static boolean agrees(Map<String, Integer> found, Map<String, Integer> model) {
        return model.entrySet().stream().allMatch(entry -> entry.getValue().equals(found.get(entry.getKey()))
                || (kind(entry.getKey()) == Kind.ACTIVATION && !found.containsKey(entry.getKey())))
                && model.keySet().containsAll(found.keySet());
    }

    private static List<String> shorten(Map<String, Integer> state) {
        String[] keys = state.entrySet().stream().filter(entry -> !entry.getKey().startsWith("m")).map(Object::toString)
                .sorted().toArray(String[]::new);
        return Arrays.asList(keys);
    }

    private static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            try (var below = Files.walk(path)) {
                for (Path each : below.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
