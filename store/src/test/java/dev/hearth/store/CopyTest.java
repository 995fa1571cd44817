package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of stores, also of such that others change all the time. */
class CopyTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20).segmentBytes(256 << 10)
            .pageBytes(4 << 10).maxEntries(2_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");
    private static final int COPIES = 3;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private Path copy() {
        return temporary.resolve("copy");
    }

    private static byte[] value(String key, long salt) {
        Random random = new Random(key.hashCode() * 31L + salt);
        byte[] bytes = new byte[8 + random.nextInt(20_000)];
        random.nextBytes(bytes);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, salt);
        return bytes;
    }

    private static long put(Namespace namespace, String key, long salt, Kind kind) {
        return namespace.put(Keys.utf8(key), MemorySegment.ofArray(value(key, salt)), TensorSpec.UNTYPED, kind);
    }

    /** What a key has, checked byte by byte; -1 if it is absent. */
    private static long salt(Namespace namespace, String key) {
        byte[] read = new byte[30_000];
        long bytes = namespace.read(Keys.utf8(key), 0, MemorySegment.ofArray(read));
        if (bytes < 0) {
            return -1;
        }
        long salt = MemorySegment.ofArray(read).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        assertArrayEquals(value(key, salt), java.util.Arrays.copyOf(read, (int) bytes), key);
        return salt;
    }

    private static void assertSound(Hearth hearth) {
        VerifyReport report = hearth.verify(Progress.NONE);
        assertTrue(report.isSound(), () -> "damage: " + report.damage());
    }

    @Test
    void quietStore_copied_isTheSameStore() throws IOException {
        CopyReport report;
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int i = 0; i < 100; i++) {
                put(namespace, "k" + i, i, i % 2 == 0 ? Kind.PARAMETER : Kind.ACTIVATION);
            }
            namespace.remove(Keys.utf8("k7"));
            hearth.remove(hearth.namespace(Fingerprint.of("gone")));
            report = hearth.copyTo(copy(), Progress.NONE);
            assertEquals(hearth.stats().version(), report.version());
            put(namespace, "later", 1, Kind.PARAMETER);
        }
        assertEquals(99, report.entries());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(copy())));
        try (Hearth hearth = Hearth.open(copy(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            assertEquals(99, hearth.stats().entries(), "it can be read before anybody has opened it");
            assertSound(hearth);
        }
        try (Hearth hearth = Hearth.open(copy(), SMALL)) {
            Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
            assertEquals(99, hearth.stats().entries());
            for (int i = 0; i < 100; i++) {
                assertEquals(i == 7 ? -1 : i, salt(namespace, "k" + i));
            }
            assertEquals(-1, salt(namespace, "later"));
            assertTrue(hearth.findNamespace("gone", null).isEmpty());
            assertSound(hearth);
            assertTrue(Long.compareUnsigned(put(namespace, "k7", 1, Kind.PARAMETER), report.version()) > 0);
        }
    }

    @Test
    void targetsThatAreNoPlaceForACopy_areRefusedAndLeftAlone() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            put(hearth.namespace(NAMESPACE), "k", 1, Kind.PARAMETER);
            assertThrows(HearthException.Refused.class, () -> hearth.copyTo(store(), Progress.NONE));
            assertThrows(HearthException.Refused.class,
                    () -> hearth.copyTo(store().resolve("below"), Progress.NONE));
            assertFalse(Files.exists(store().resolve("below")));
            Files.createDirectory(copy(), PosixFilePermissions
                    .asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.writeString(copy().resolve("thesis.txt"), "precious");
            assertThrows(HearthException.Refused.class, () -> hearth.copyTo(copy(), Progress.NONE));
            assertEquals("precious", Files.readString(copy().resolve("thesis.txt")));
            Files.delete(copy().resolve("thesis.txt"));
            hearth.copyTo(copy(), Progress.NONE);
            assertThrows(HearthException.Refused.class, () -> hearth.copyTo(copy(), Progress.NONE));
        }
        try (Hearth hearth = Hearth.open(copy(), SMALL)) {
            assertEquals(1, hearth.stats().entries());
        }
        try (Hearth hearth = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            assertThrows(IllegalStateException.class,
                    () -> hearth.copyTo(temporary.resolve("other"), Progress.NONE));
        }
    }

    @Test
    void copyThatWasKilled_isTakenOver() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            put(hearth.namespace(NAMESPACE), "k", 1, Kind.PARAMETER);
            hearth.copyTo(copy(), Progress.NONE);
            Files.move(copy().resolve("log"), copy().resolve("log.new"));
            assertThrows(HearthException.class, () -> Hearth.open(copy(), SMALL), "it is no store without its log");
            CopyReport report = hearth.copyTo(copy(), Progress.NONE);
            assertEquals(1, report.entries());
        }
        try (Hearth hearth = Hearth.open(copy(), SMALL)) {
            assertSound(hearth);
        }
    }

    @Test
    @Tag("system")
    void fullDisk_whileCopying_isFullAndNothingIsLeft() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int i = 0; i < 200; i++) {
                put(namespace, "k" + i, i, Kind.PARAMETER);
            }
        }
        try (ForkedJvm jvm = ForkedJvm.of(Copier.class).args(store().toString(), copy().toString())
                .fileLimitKib(1_024).start()) {
            assertEquals("Full", jvm.awaitLine("copied "), jvm::output);
            assertEquals(0, jvm.awaitExit(), jvm::output);
        }
        assertFalse(Files.exists(copy()), "nothing is left behind");
    }

    /** Copies a store, and says what came of that. */
    static final class Copier {
        public static void main(String[] args) {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                hearth.copyTo(Path.of(args[1]), Progress.NONE);
                ForkedJvm.say("copied whole");
            } catch (HearthException e) {
                ForkedJvm.say("copied " + e.getClass().getSimpleName());
            }
        }
    }

    @Test
    @Tag("system")
    void storeThatIsWrittenAllTheTime_copied_isWholeAsOfItsVersion() throws IOException {
        List<ForkedJvm> writers = new ArrayList<>();
        List<CopyReport> reports = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        try (Hearth hearth = Hearth.open(store(), SMALL); ChangeFeed feed = hearth.changes(1)) {
            for (int i = 0; i < 2; i++) {
                writers.add(ForkedJvm.of(Writer.class).args(store().toString(), Integer.toString(i)).start());
            }
            for (ForkedJvm writer : writers) {
                writer.awaitLine("evicting");
            }
            for (int i = 0; i < COPIES; i++) {
                drain(feed, changes);
                reports.add(hearth.copyTo(temporary.resolve("copy" + i), Progress.NONE));
            }
            drain(feed, changes);
            for (ForkedJvm writer : writers) {
                assertTrue(writer.isAlive(), writer::output);
                writer.send("stop");
                assertEquals(0, writer.awaitExit(), writer::output);
            }
        } finally {
            writers.forEach(ForkedJvm::close);
        }
        for (int i = 0; i < COPIES; i++) {
            Map<String, Long> expected = model(changes, reports.get(i).version());
            assertTrue(expected.size() > 100, () -> "entries: " + expected.size());
            try (Hearth hearth = Hearth.open(temporary.resolve("copy" + i), SMALL)) {
                Map<String, Long> found = new HashMap<>();
                try (var entries = hearth.entries()) {
                    entries.forEach(entry -> found.put(entry.keyText(), entry.version()));
                }
                assertEquals(expected, found, "entries and their versions as of " + reports.get(i).version());
                // Some of those counted had ended with their segment already.
                assertTrue(reports.get(i).entries() >= found.size(), reports.get(i)::toString);
                assertSound(hearth);
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                found.keySet().forEach(key -> assertTrue(salt(namespace, key) >= 0, key));
            }
        }
    }

    private static void drain(ChangeFeed feed, List<Change> changes) {
        for (Change next = feed.next(); next != null; next = feed.next()) {
            changes.add(next);
        }
    }

    /** What the log of the original says was there at a version; nothing is ever moved, for nothing is read. */
    private static Map<String, Long> model(List<Change> changes, long version) {
        Map<String, Change> there = new HashMap<>();
        assertTrue(Long.compareUnsigned(changes.getLast().version(), version) >= 0, "the feed went so far");
        for (Change change : changes) {
            if (Long.compareUnsigned(change.version(), version) > 0) {
                break;
            }
            switch (change.type()) {
                case PUT -> there.put(change.keyText(), change);
                case REMOVE -> there.remove(change.keyText());
                case RELEASE_SEGMENT -> there.values().removeIf(put -> put.segment() == change.segment()
                        && Long.compareUnsigned(put.generation(), change.generation()) <= 0);
                case RELOCATE -> throw new AssertionError("moved: " + change);
                default -> {
                }
            }
        }
        Map<String, Long> versions = new HashMap<>();
        there.forEach((key, put) -> versions.put(key, put.version()));
        return versions;
    }

    /** Puts, replaces and removes, so that segments are evicted and written again, until it is told to stop. */
    static final class Writer {
        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(NAMESPACE);
                Random random = new Random(Long.parseLong(args[1]));
                boolean said = false;
                for (long i = 0; System.in.available() == 0; i++) {
                    String key = "w" + args[1] + "-" + random.nextInt(900);
                    if (random.nextInt(10) == 0) {
                        namespace.remove(Keys.utf8(key));
                    } else {
                        put(namespace, key, i, Kind.ACTIVATION);
                    }
                    if (!said && i % 100 == 0 && hearth.stats().counter("segmentsReleased") > 20) {
                        said = true;
                        ForkedJvm.say("evicting");
                    }
                }
            }
        }
    }
}
