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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What opening a whole store makes of files that are not what they should be. */
class StoreFaultsTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(4 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(200);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");
    /** What a store cannot do without. */
    private static final List<String> NEEDED = List.of("data", "log/0001.log");
    private static final List<String> REBUILT = List.of("hearth.mark", "table", "counters");
    private static final int FORMAT_OFFSET = 8;
    private static final int KEYS = 12;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] bytes = new byte[500 + number * 1_111];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private void fill() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int i = 0; i < KEYS; i++) {
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED, Kind.PARAMETER);
            }
        }
    }

    private static void assertHolds(Hearth hearth, int count) {
        Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
        assertEquals(count, hearth.stats().entries());
        for (int i = 0; i < count; i++) {
            byte[] read = new byte[value(i).length];
            assertEquals(read.length, namespace.read(Keys.utf8("k" + i), 0, MemorySegment.ofArray(read)), "k" + i);
            assertArrayEquals(value(i), read, "k" + i);
        }
    }

    private Map<Path, byte[]> files() throws IOException {
        Map<Path, byte[]> files = new TreeMap<>();
        try (Stream<Path> below = Files.walk(store())) {
            for (Path each : below.filter(Files::isRegularFile).toList()) {
                files.put(each, Files.readAllBytes(each));
            }
        }
        return files;
    }

    private static void assertUntouched(Map<Path, byte[]> before) throws IOException {
        for (Map.Entry<Path, byte[]> file : before.entrySet()) {
            assertArrayEquals(file.getValue(), Files.readAllBytes(file.getKey()), () -> file.getKey().toString());
        }
    }

    /** Opens the store in both ways; each must be had, or refused with a typed error, in time. */
    private int open(String what) {
        int opened = 0;
        for (HearthOptions.Access access : List.of(HearthOptions.Access.READ_ONLY, HearthOptions.Access.CREATE)) {
            long startNs = System.nanoTime();
            try (Hearth hearth = Hearth.open(store(), SMALL.access(access))) {
                assertHolds(hearth, KEYS);
                opened++;
            } catch (HearthException e) {
                assertTrue(String.valueOf(e.getMessage()).contains(temporary.toString()), () -> what + ": " + e);
            }
            long tookMs = (System.nanoTime() - startNs) / 1_000_000;
            assertTrue(tookMs < 120_000, () -> what + " took " + tookMs + " ms");
        }
        return opened;
    }

    private void put(Path file, byte[] bytes) throws IOException {
        if (Files.isDirectory(file)) {
            Files.delete(file);
        }
        Files.deleteIfExists(file);
        Files.write(file, bytes);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void formatVersion_olderOrNewer_isIncompatibleAndNothingIsTouched() throws IOException {
        fill();
        for (String name : List.of("hearth.mark", "log/0001.log")) {
            Path file = store().resolve(name);
            byte[] whole = Files.readAllBytes(file);
            for (byte format : new byte[]{0, 1, 3, 77}) {
                byte[] other = whole.clone();
                other[FORMAT_OFFSET] = format;
                Files.write(file, other);
                // A whole mark says what is there, so that a log file is looked at only without it.
                byte[] mark = name.equals("hearth.mark") ? null : Files.readAllBytes(store().resolve("hearth.mark"));
                if (mark != null) {
                    Files.write(store().resolve("hearth.mark"), new byte[0]);
                }
                Map<Path, byte[]> before = files();
                HearthException.Incompatible found = assertThrows(HearthException.Incompatible.class,
                        () -> Hearth.open(store(), SMALL), name);
                assertEquals(format, found.found());
                assertThrows(HearthException.Incompatible.class,
                        () -> Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY)), name);
                assertUntouched(before);
                if (mark != null) {
                    Files.write(store().resolve("hearth.mark"), mark);
                }
            }
            Files.write(file, whole);
        }
        assertEquals(2, open("restored"));
    }

    @Test
    void filesThatAreSomethingElse_areRefusedOrMadeAnew() throws IOException, InterruptedException {
        fill();
        for (String name : List.of("data", "log/0001.log", "hearth.mark", "table", "counters", "hearth.lock")) {
            Path file = store().resolve(name);
            byte[] whole = Files.readAllBytes(file);
            put(file, new byte[0]);
            int opened = open("empty " + name);
            assertTrue(!NEEDED.contains(name) || opened == 0 || name.startsWith("log"), () -> "empty " + name);
            put(file, whole);
            Files.delete(file);
            Files.createDirectory(file);
            assertTrue(open("directory for " + name) < 2, name);
            Files.delete(file);
            assertEquals(0, new ProcessBuilder("mkfifo", "-m", "600", file.toString()).start().waitFor());
            assertTrue(open("pipe for " + name) < 2, name);
            put(file, whole);
            assertEquals(2, open("restored " + name));
        }
        Path log = store().resolve("log");
        Path aside = temporary.resolve("aside");
        Files.move(log, aside);
        Files.writeString(log, "no directory");
        assertEquals(0, open("a file for the log"));
        Files.delete(log);
        Files.move(aside, log);
        assertEquals(2, open("restored log"));
    }

    @Test
    void linksAndOpenDoors_areRefusedBeforeAnythingIsRead() throws IOException {
        fill();
        for (String name : List.of("data", "log/0001.log", "hearth.mark", "table", "counters", "hearth.lock")) {
            Path file = store().resolve(name);
            Path aside = temporary.resolve("aside");
            Files.move(file, aside);
            Files.createSymbolicLink(file, aside);
            assertThrows(HearthException.Refused.class, () -> Hearth.open(store(), SMALL), "link for " + name);
            Files.delete(file);
            Files.createLink(file, aside);
            assertThrows(HearthException.Refused.class, () -> Hearth.open(store(), SMALL), "hard link for " + name);
            Files.delete(file);
            Files.move(aside, file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
            assertThrows(HearthException.Refused.class, () -> Hearth.open(store(), SMALL), "everybody's " + name);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThrows(HearthException.Refused.class, () -> Hearth.open(store(), SMALL));
        Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("rwx------"));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), store());
        assertThrows(HearthException.Refused.class, () -> Hearth.open(link, SMALL));
        assertEquals(2, open("restored"));
        try (Stream<Path> below = Files.walk(store())) {
            for (Path each : below.toList()) {
                assertEquals(Files.isDirectory(each) ? "rwx------" : "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(each)), each.toString());
            }
        }
    }

    @Test
    void filesThatMayNotBeWritten_areReadWithoutATrace() throws IOException {
        fill();
        Map<Path, byte[]> before = files();
        protect("r--------", "r-x------");
        try {
            try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
                assertHolds(hearth, KEYS);
                assertTrue(hearth.verify(Progress.NONE).isSound());
            }
            assertUntouched(before);
            assertEquals(before.keySet(), files().keySet());
            // Permissions mean nothing to root.
            if (!"root".equals(System.getProperty("user.name"))) {
                assertThrows(HearthException.class, () -> Hearth.open(store(), SMALL));
                assertThrows(HearthException.class, () -> Hearth.destroy(store()));
                assertUntouched(before);
            }
        } finally {
            protect("rw-------", "rwx------");
        }
        assertEquals(2, open("writable again"));
    }

    private void protect(String files, String directories) throws IOException {
        try (Stream<Path> below = Files.walk(store())) {
            for (Path each : below.toList()) {
                Files.setPosixFilePermissions(each,
                        PosixFilePermissions.fromString(Files.isDirectory(each) ? directories : files));
            }
        }
    }

    @Test
    void filesCutWhileClosed_areRefusedOrMadeAnew() throws IOException {
        fill();
        Map<Path, byte[]> whole = new HashMap<>(files());
        for (String name : List.of("data", "hearth.mark", "table", "counters", "log/0001.log")) {
            Path file = store().resolve(name);
            byte[] bytes = Objects.requireNonNull(whole.get(file));
            for (int length : new int[]{1, 4_096, bytes.length / 2, bytes.length - 1}) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(length);
                }
                int opened = open(name + " cut to " + length);
                if (name.equals("data")) {
                    assertEquals(0, opened, "data has its whole length or is refused");
                }
                if (REBUILT.contains(name)) {
                    assertEquals(2, opened, () -> name + " is made anew");
                }
                if (!name.equals("hearth.mark")) {
                    Files.write(file, bytes);
                }
            }
        }
        assertEquals(2, open("restored"));
    }

    @Test
    @Tag("system")
    void filesCutWhileMapped_areTypedErrorsAndNoDeath() throws IOException {
        for (String name : List.of("data", "table", "hearth.mark", "counters", "log/0001.log")) {
            Path path = temporary.resolve(name.replace('/', '-'));
            try (ForkedJvm jvm = ForkedJvm.of(CutUnderIt.class).args(path.toString()).start()) {
                jvm.awaitLine("open");
                try (FileChannel channel = FileChannel.open(path.resolve(name), StandardOpenOption.WRITE)) {
                    channel.truncate(0);
                }
                jvm.send("go");
                String outcome = jvm.awaitLine("outcomes ");
                assertFalse(outcome.contains("Error"), () -> name + ": " + outcome);
                assertEquals(0, jvm.awaitExit(), () -> name + ": " + jvm.output());
            }
        }
    }

    /** Opens a store, has a file of it cut, and then does all there is to do. */
    static final class CutUnderIt {
        public static void main(String[] args) throws IOException {
            Hearth hearth = Hearth.open(Path.of(args[0]), SMALL);
            Namespace namespace = hearth.namespace(NAMESPACE);
            namespace.put(Keys.utf8("k"), MemorySegment.ofArray(value(3)), TensorSpec.UNTYPED, Kind.ACTIVATION);
            ForkedJvm.say("open");
            int unused = System.in.read();
            StringBuilder outcomes = new StringBuilder();
            List<Runnable> calls = List.of(
                    () -> namespace.read(Keys.utf8("k"), 0, MemorySegment.ofArray(new byte[100])),
                    () -> namespace.contains(Keys.utf8("k")), hearth::stats, hearth::processes,
                    () -> namespace.put(Keys.utf8("l"), MemorySegment.ofArray(value(4)), TensorSpec.UNTYPED,
                            Kind.ACTIVATION),
                    () -> namespace.remove(Keys.utf8("k")), () -> hearth.verify(Progress.NONE), hearth::segments,
                    () -> hearth.evict(1), hearth::close);
            for (Runnable call : calls) {
                try {
                    call.run();
                    outcomes.append(" ok");
                } catch (HearthException | IllegalStateException e) {
                    outcomes.append(' ').append(e.getClass().getSimpleName());
                } catch (Throwable e) {
                    outcomes.append(" Error:").append(calls.indexOf(call)).append(':').append(e);
                    e.printStackTrace();
                }
            }
            ForkedJvm.say("outcomes " + outcomes + " " + (unused >= 0));
            Runtime.getRuntime().halt(0);
        }
    }

    @Test
    @Tag("system")
    void fullDisk_whileCreating_leavesNothingAndTheNextOpenSucceeds() {
        for (int limitKib : new int[]{300, 2_000, 6_000}) {
            Path path = temporary.resolve("limit" + limitKib);
            try (ForkedJvm jvm = ForkedJvm.of(Creator.class).args(path.toString()).fileLimitKib(limitKib).start()) {
                assertEquals("Full", jvm.awaitLine("created "), jvm::output);
                assertEquals(0, jvm.awaitExit(), jvm::output);
            }
            assertFalse(Files.exists(path), "nothing is left behind");
            long startNs = System.nanoTime();
            Hearth.open(path, LARGE).close();
            assertTrue(System.nanoTime() - startNs < 120_000_000_000L, "at once");
        }
    }

    @Test
    @Tag("system")
    void processesKilledInTheMiddleOfLargePuts_leaveTheirSpaceToOthers() {
        fill();
        for (int round = 0; round < 4; round++) {
            try (ForkedJvm jvm = ForkedJvm.of(HalfPut.class).args(store().toString()).start()) {
                jvm.awaitLine("half");
                jvm.kill();
            }
        }
        // The store has room for no more than three of these beside what is in it.
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
            assertHolds(hearth, KEYS);
            for (Kind kind : Kind.values()) {
                namespace.put(Keys.utf8("large " + kind), MemorySegment.ofArray(new byte[LARGE_BYTES]),
                        PutOptions.of(kind).storage(Storage.IN_PLACE));
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    private static final int LARGE_BYTES = 1_100_000;

    /** Writes half of a large value and waits to be killed. */
    static final class HalfPut {
        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                long[] given = {0};
                hearth.namespace(NAMESPACE).put(Keys.utf8("half"), LARGE_BYTES, target -> {
                    given[0] += target.byteSize();
                    if (given[0] > LARGE_BYTES / 2) {
                        ForkedJvm.say("half");
                        int unused = System.in.read();
                        ForkedJvm.say("end " + unused);
                    }
                }, PutOptions.of(Kind.PARAMETER));
            }
        }
    }

    private static final HearthOptions LARGE = HearthOptions.defaults().capacityBytes(64 << 20).maxEntries(1_000);

    /** Creates a store and says what came of that. */
    static final class Creator {
        public static void main(String[] args) {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), LARGE)) {
                ForkedJvm.say("created " + hearth.stats().entries());
            } catch (HearthException e) {
                ForkedJvm.say("created " + e.getClass().getSimpleName());
            }
        }
    }

    @Test
    void valuesBeyondFourGibibytes_comeBack() {
        HearthOptions wide = HearthOptions.defaults().capacityBytes(10L << 30).maxEntries(1_000);
        try (Hearth hearth = Hearth.open(store(), wide)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int i = 0; i < KEYS; i++) {
                namespace.put(Keys.utf8("k" + i), MemorySegment.ofArray(value(i)), TensorSpec.UNTYPED,
                        Kind.ACTIVATION);
            }
            long offset = namespace.find(Keys.utf8("k3")).orElseThrow().location().offsetBytes();
            assertTrue(offset > 4L << 30, "activations lie at the end: offset=" + offset);
            assertHolds(hearth, KEYS);
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
        try (Hearth hearth = Hearth.open(store(), wide)) {
            assertHolds(hearth, KEYS);
        }
    }

    @Test
    void threadsInterruptedAllTheTime_endTheirCallsAndHarmNobody() throws InterruptedException {
        fill();
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
            List<Throwable> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
            Thread interrupted = new Thread(() -> {
                try {
                    for (int i = 0; i < 150; i++) {
                        namespace.put(Keys.utf8("i" + i % 5), MemorySegment.ofArray(value(i % 10)), TensorSpec.UNTYPED,
                                Kind.ACTIVATION);
                        byte[] read = new byte[value(i % 10).length];
                        namespace.read(Keys.utf8("i" + i % 5), 0, MemorySegment.ofArray(read));
                        namespace.remove(Keys.utf8("i" + (i + 1) % 5));
                        hearth.stats();
                    }
                } catch (RuntimeException | Error e) {
                    failures.add(e);
                }
            });
            interrupted.start();
            while (interrupted.isAlive()) {
                interrupted.interrupt();
                byte[] read = new byte[value(3).length];
                assertEquals(read.length, namespace.read(Keys.utf8("k3"), 0, MemorySegment.ofArray(read)));
                assertArrayEquals(value(3), read, "who is not interrupted reads on");
            }
            interrupted.join();
            assertEquals(List.of(), failures);
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void logCutAnywhere_openedWithoutItsMark_isTheLongestPrefix() throws IOException {
        fill();
        byte[] log = Files.readAllBytes(store().resolve("log/0001.log"));
        int end = log.length;
        while (end > 0 && log[end - 1] == 0) {
            end--;
        }
        Random random = new Random(5);
        int entries = KEYS;
        TimeBox box = TimeBox.of(10, Duration.ofSeconds(8));
        // In time all places; behind that fewer, in longer steps, but for the first records.
        for (int cut = end; cut > 4_096; cut -= 1 + random.nextInt(cut < 6_000 || box.goesOn() ? 120 : 1_500)) {
            Files.deleteIfExists(store().resolve("hearth.mark"));
            byte[] shorter = java.util.Arrays.copyOf(log, log.length);
            java.util.Arrays.fill(shorter, cut, log.length, (byte) 0);
            Files.write(store().resolve("log/0001.log"), shorter);
            try (Hearth hearth = Hearth.open(store(), SMALL)) {
                int now = (int) hearth.stats().entries();
                assertTrue(now <= entries, "a shorter log has no more");
                entries = now;
                if (now > 0) {
                    assertHolds(hearth, now);
                }
            } catch (HearthException.Corrupt e) {
                // A log without its first record is none, and there is data.
                assertTrue(cut < 4_200, "cut=" + cut + " " + e);
                entries = 0;
            }
        }
        assertEquals(0, entries);
    }

    @Test
    void sparseData_holesWherePagesWere_areDamageOfThatEntryOnly() throws IOException {
        fill();
        EntryInfo entry;
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            entry = hearth.findNamespace("n", null).orElseThrow().find(Keys.utf8("k9")).orElseThrow();
        }
        try (FileChannel channel = FileChannel.open(store().resolve("data"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4_096), entry.location().offsetBytes() + entry.storedBytes() - 4_096);
        }
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
            byte[] read = new byte[value(9).length];
            assertThrows(HearthException.Corrupt.class,
                    () -> namespace.read(Keys.utf8("k9"), 0, MemorySegment.ofArray(read)));
            assertEquals(value(8).length,
                    namespace.read(Keys.utf8("k8"), 0, MemorySegment.ofArray(new byte[value(8).length])));
        }
    }
}
