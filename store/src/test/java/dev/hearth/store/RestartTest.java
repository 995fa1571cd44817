package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is there after a process ended, was killed, or files that can be rebuilt were lost. */
class RestartTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(10_000);

    @TempDir
    Path temporary;

    private static Path store(Path temporary) {
        return temporary.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[number % 7 == 0 ? 300_000 : 100 + number * 13 % 5000];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private static void fill(Path path, int from, int to) {
        try (Hearth hearth = Hearth.open(path, SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n").revision("r"));
            for (int i = from; i < to; i++) {
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED,
                        i % 2 == 0 ? Kind.PARAMETER : Kind.ACTIVATION);
            }
        }
    }

    private static void assertHolds(Path path, int count) {
        try (Hearth hearth = Hearth.open(path, SMALL.access(HearthOptions.Access.ATTACH))) {
            assertHolds(hearth, count);
        }
    }

    private static void assertHolds(Hearth hearth, int count) {
        Namespace namespace = hearth.findNamespace("n", "r").orElseThrow();
        for (int i = 0; i < count; i++) {
            byte[] expected = value(i);
            byte[] read = new byte[expected.length];
            assertEquals(read.length, namespace.read(Keys.utf8("k" + i), 0, MemorySegment.ofArray(read)), "k" + i);
            assertArrayEquals(expected, read, "k" + i);
        }
        assertEquals(count, hearth.stats().entries());
        VerifyReport report = hearth.verify(Progress.NONE);
        assertTrue(report.isSound(), () -> "damage: " + report.damage());
        assertEquals(count, report.entries());
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> below = Files.walk(path)) {
            for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void rebuildableFiles_lostEachAloneAndAllTogether_loseNothing() throws IOException {
        Path path = store(temporary);
        fill(path, 0, 60);
        try (Hearth hearth = Hearth.open(path, SMALL)) {
            Namespace other = hearth.namespace(Fingerprint.of("gone"));
            other.put(Keys.utf8("x"), MemorySegment.ofArray(new byte[9]), TensorSpec.UNTYPED, Kind.PARAMETER);
            hearth.remove(other);
        }
        List<List<String>> losses = List.of(List.of("table"), List.of("index"), List.of("counters"),
                List.of("hearth.mark"), List.of("hearth.lock"),
                List.of("table", "index", "counters", "hearth.mark", "hearth.lock"));
        int count = 60;
        for (List<String> lost : losses) {
            for (String name : lost) {
                delete(path.resolve(name));
            }
            assertHolds(path, count);
            fill(path, count, count + 5);
            count += 5;
            assertHolds(path, count);
            try (Hearth hearth = Hearth.open(path, SMALL)) {
                assertTrue(hearth.findNamespace("gone", null).isEmpty(), "a removed namespace stays removed");
            }
        }
    }

    @Test
    void markAndTable_overwrittenWithZeros_areRebuilt() throws IOException {
        Path path = store(temporary);
        fill(path, 0, 20);
        for (String name : new String[]{"table", "hearth.mark", "counters"}) {
            Files.write(path.resolve(name), new byte[100]);
            assertHolds(path, 20);
        }
    }

    @Test
    void logLost_isCorruptAndNothingIsTouched() throws IOException {
        Path path = store(temporary);
        fill(path, 0, 5);
        Path log = path.resolve("log").resolve("0001.log");
        Path kept = temporary.resolve("kept.log");
        Files.move(log, kept);
        byte[] mark = Files.readAllBytes(path.resolve("hearth.mark"));
        assertThrows(HearthException.Corrupt.class, () -> Hearth.open(path, SMALL));
        assertArrayEquals(mark, Files.readAllBytes(path.resolve("hearth.mark")));
        Files.move(kept, log);
        assertHolds(path, 5);
    }

    @Test
    void copyOfTheDirectory_isAStoreOfItsOwn() throws IOException {
        Path path = store(temporary);
        fill(path, 0, 20);
        Path copy = temporary.resolve("copy");
        try (Stream<Path> below = Files.walk(path)) {
            for (Path each : below.toList()) {
                Files.copy(each, copy.resolve(path.relativize(each).toString()),
                        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        try (Hearth original = Hearth.open(path, SMALL)) {
            assertHolds(copy, 20);
            fill(copy, 20, 25);
            assertHolds(copy, 25);
            assertHolds(original, 20);
        }
    }

    @Test
    void dataWithoutALog_isNotWiped() throws IOException {
        Path path = store(temporary);
        fill(path, 0, 20);
        byte[] log = Files.readAllBytes(path.resolve("log").resolve("0001.log"));
        delete(path.resolve("hearth.mark"));
        delete(path.resolve("log"));
        assertThrows(HearthException.Corrupt.class, () -> Hearth.open(path, SMALL));
        Files.createDirectory(path.resolve("log"), java.nio.file.attribute.PosixFilePermissions
                .asFileAttribute(java.nio.file.attribute.PosixFilePermissions.fromString("rwx------")));
        Files.write(path.resolve("log").resolve("0001.log"), log);
        Files.setPosixFilePermissions(path.resolve("log").resolve("0001.log"),
                java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        assertHolds(path, 20);
    }

    @Test
    void storeFullAfterAColdStart_usesAllTheSpaceThereIs() throws IOException {
        HearthOptions tiny = SMALL.capacityBytes(4 << 20).segmentBytes(256 << 10);
        Path path = store(temporary);
        Hearth.open(path, tiny).close();
        for (int round = 0; round < 3; round++) {
            try (Hearth hearth = Hearth.open(path, tiny)) {
                hearth.namespace(Fingerprint.of("n")).put(Keys.utf8("first" + round),
                        MemorySegment.ofArray(new byte[100_000]), TensorSpec.UNTYPED, Kind.PARAMETER);
            }
            delete(path.resolve("hearth.mark"));
        }
        try (Hearth hearth = Hearth.open(path, tiny)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int i = 0; i < 20; i++) {
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(new byte[100_000]), TensorSpec.UNTYPED,
                        Kind.PARAMETER);
            }
            assertEquals(23, hearth.stats().entries());
        }
    }

    @Test
    void halfCreatedStore_isTakenOver() throws IOException {
        Path path = store(temporary);
        fill(path, 0, 1);
        byte[] table = Files.readAllBytes(path.resolve("table"));
        delete(path);
        Files.createDirectory(path, java.nio.file.attribute.PosixFilePermissions
                .asFileAttribute(java.nio.file.attribute.PosixFilePermissions.fromString("rwx------")));
        Files.write(path.resolve("table"), table);
        Files.write(path.resolve("data"), new byte[0]);
        for (String name : new String[]{"table", "data"}) {
            Files.setPosixFilePermissions(path.resolve(name),
                    java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        }
        fill(path, 0, 3);
        assertHolds(path, 3);
    }

    @Test
    void directoryThatIsNoStore_isRefusedAndLeftAlone() throws IOException {
        Path path = temporary.resolve("home");
        Files.createDirectory(path, java.nio.file.attribute.PosixFilePermissions
                .asFileAttribute(java.nio.file.attribute.PosixFilePermissions.fromString("rwx------")));
        Files.writeString(path.resolve("thesis.txt"), "precious");
        assertThrows(HearthException.Refused.class, () -> Hearth.open(path, SMALL));
        assertThrows(HearthException.Refused.class,
                () -> Hearth.open(path, SMALL.access(HearthOptions.Access.READ_ONLY)));
        try (Stream<Path> left = Files.list(path)) {
            assertEquals(List.of(path.resolve("thesis.txt")), left.toList());
        }
        assertThrows(HearthException.class,
                () -> Hearth.open(temporary.resolve("none"), SMALL.access(HearthOptions.Access.ATTACH)));
        assertFalse(Files.exists(temporary.resolve("none")));
    }

    @Test
    @Tag("system")
    void processKilledWhileItPuts_whatWasAcknowledgedIsThere() {
        Path path = store(temporary);
        fill(path, 0, 1);
        Random random = new Random(11);
        int count = 1;
        TimeBox box = TimeBox.of(2, Duration.ofSeconds(8));
        for (int round = 0; round < 4 && box.goesOn(); round++) {
            try (ForkedJvm jvm = ForkedJvm.of(Putter.class).args(path.toString(), Integer.toString(count)).start()) {
                int acknowledged = count;
                int target = count + 20 + random.nextInt(40);
                while (acknowledged < target) {
                    acknowledged = Integer.parseInt(jvm.awaitLine("put ")) + 1;
                }
                jvm.kill();
                int said = jvm.output().lines().filter(line -> line.startsWith("put "))
                        .mapToInt(line -> Integer.parseInt(line.substring(4))).max().orElseThrow();
                count = recovered(path, Math.max(acknowledged, said + 1));
            }
        }
    }

    /** Entries up to {@code acknowledged} are there, at most one more is, and all that are there are whole. */
    private static int recovered(Path path, int acknowledged) {
        try (Hearth hearth = Hearth.open(path, SMALL)) {
            int entries = (int) hearth.stats().entries();
            assertTrue(entries == acknowledged || entries == acknowledged + 1,
                    "entries=" + entries + " acknowledged=" + acknowledged);
            assertHolds(hearth, entries);
            return entries;
        }
    }

    /** Puts entries one after the other and says so, until it is killed. */
    static final class Putter {
        public static void main(String[] args) {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.findNamespace("n", "r").orElseThrow();
                for (int i = Integer.parseInt(args[1]); i < 5_000; i++) {
                    namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED,
                            i % 2 == 0 ? Kind.PARAMETER : Kind.ACTIVATION);
                    ForkedJvm.say("put " + i);
                }
            }
        }
    }

    @Test
    @Tag("system")
    void processKilledInTheMiddleOfABatch_leavesNothingOfIt() {
        Path path = store(temporary);
        fill(path, 0, 10);
        try (ForkedJvm jvm = ForkedJvm.of(HalfBatch.class).args(path.toString()).start()) {
            jvm.awaitLine("written");
            try (Hearth hearth = Hearth.open(path, SMALL)) {
                assertHolds(hearth, 10);
                assertEquals(2, hearth.processes().size());
                jvm.kill();
                assertHolds(hearth, 10);
                fillMore(hearth);
            }
        }
        assertHolds(path, 15);
    }

    private static void fillMore(Hearth hearth) {
        Namespace namespace = hearth.findNamespace("n", "r").orElseThrow();
        for (int i = 10; i < 15; i++) {
            namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED, Kind.PARAMETER);
        }
    }

    /** Writes half a batch and waits to be killed. */
    static final class HalfBatch {
        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                try (Batch batch = hearth.findNamespace("n", "r").orElseThrow().batch()) {
                    for (int i = 10; i < 30; i++) {
                        batch.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED,
                                Kind.PARAMETER);
                    }
                    ForkedJvm.say("written");
                    int unused = System.in.read();
                    ForkedJvm.say("end " + unused);
                }
            }
        }
    }

    @Test
    @Tag("system")
    void applicationWithoutJUnit_opensNoConnectionAndPrintsNothing() throws IOException {
        Path classes = temporary.resolve("classes.txt");
        try (ForkedJvm jvm = ForkedJvm.of(Quiet.class).args(store(temporary).toString())
                .classPath(entry -> !entry.matches(".*(junit|opentest4j|apiguardian|archunit).*"))
                .jvmArgs("-Xlog:class+load:file=" + classes).start()) {
            assertEquals(0, jvm.awaitExit(), jvm::output);
            assertEquals("indexed", jvm.output().lines().filter(line -> !line.contains("SLF4J"))
                    .reduce("", (all, line) -> all + line));
        }
        List<String> loaded = Files.readAllLines(classes);
        assertTrue(loaded.stream().anyMatch(line -> line.contains("net.openhft.chronicle.map.VanillaChronicleMap ")),
                "the index was at work");
        assertEquals(List.of(),
                loaded.stream().filter(
                        line -> line.matches(".*(java\\.net\\.(InetAddress|InetSocketAddress|Socket|ServerSocket) "
                                + "|sun\\.nio\\.ch\\.(Net|DatagramChannelImpl) ).*"))
                        .toList(),
                "classes without which there is no connection");
    }

    /** Opens a store, puts, and stays until the persistent index has it. */
    static final class Quiet {
        public static void main(String[] args) {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                hearth.namespace(Fingerprint.of("n")).put(Keys.utf8("k"), MemorySegment.ofArray(value(1)),
                        TensorSpec.UNTYPED, Kind.PARAMETER);
                long deadlineNs = System.nanoTime() + 30_000_000_000L;
                while (hearth.stats().indexedVersion() != hearth.stats().version()
                        && System.nanoTime() < deadlineNs) {
                    Thread.onSpinWait();
                }
                ForkedJvm.say(hearth.stats().indexGeneration() > 0 ? "indexed" : "not indexed");
            }
        }
    }

    @Test
    @Tag("system")
    void twoProcesses_createAndPutAtOnce_seeEachOther() {
        Path path = store(temporary);
        List<ForkedJvm> jvms = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                jvms.add(ForkedJvm.of(Sharer.class).args(path.toString(), "p" + i, "p" + (1 - i)).start());
            }
            for (ForkedJvm jvm : jvms) {
                jvm.awaitLine("saw all");
                assertEquals(0, jvm.awaitExit(), jvm::output);
            }
        } finally {
            jvms.forEach(ForkedJvm::close);
        }
        try (Hearth hearth = Hearth.open(path, SMALL)) {
            assertEquals(400, hearth.stats().entries());
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    /** Puts 200 entries under a prefix of its own and waits until those of the other are there. */
    static final class Sharer {
        public static void main(String[] args) {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("shared"));
                for (int i = 0; i < 200; i++) {
                    namespace.put(Keys.utf8(args[1] + i), MemorySegment.ofArray(new byte[i]), TensorSpec.UNTYPED,
                            Kind.ACTIVATION);
                }
                long deadlineNs = System.nanoTime() + 30_000_000_000L;
                int seen = 0;
                while (seen < 200 && System.nanoTime() < deadlineNs) {
                    if (namespace.contains(Keys.utf8(args[2] + seen))) {
                        seen++;
                    } else {
                        Thread.onSpinWait();
                    }
                }
                ForkedJvm.say(seen == 200 ? "saw all" : "saw " + seen);
            }
        }
    }
}
