package dev.hearth.store.index;

import static dev.hearth.store.index.IndexFixture.publish;
import static dev.hearth.store.index.IndexFixture.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.index.IndexUnusable.Reason;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a JVM of its own can show: silence, the modules it needs, and what a kill or a cut leaves. */
@Tag("system")
final class IndexProcessTest {
    private static final int ENTRIES = 5000;
    /** Classes without which no connection can be made and no name looked up. */
    private static final Pattern NETWORK = Pattern.compile(
            "java\\.net\\.(Inet4Address|InetAddress|Socket|ServerSocket|DatagramSocket|http\\..*) "
                    + "|sun\\.nio\\.ch\\.(SocketChannelImpl|DatagramChannelImpl|Net) "
                    + "|sun\\.net\\.www\\.protocol\\.https?\\..*");
    private static final Pattern COMPILER = Pattern.compile("com\\.sun\\.tools\\.javac\\..*|javax\\.tools\\..*");
    @TempDir
    Path temporary;
    private String directory;

    private final CpuClock clock = new CpuClock();

    @AfterEach
    void closeClock() {
        clock.close();
    }

    @BeforeEach
    void name() {
        directory = temporary.resolve("index").toString();
    }

    @Test
    void lifecycle_withoutJUnit_isSilentAndLeavesNothing() throws IOException {
        Path classes = temporary.resolve("classes");
        Path trap = Files.writeString(temporary.resolve("system.properties"), "trapped=yes\n");
        try (ForkedJvm jvm = jvm("lifecycle", directory).withoutHearthFlags()
                .jvmArgs(ForkedJvm.hearthFlags().stream().filter(flag -> !flag.startsWith("-D"))
                        .toArray(String[]::new))
                .jvmArgs("-Xlog:class+load:file=" + classes, "-Xint", "-Duser.dir=" + trap.getParent())
                .start()) {
            assertEquals(0, jvm.awaitExit(), jvm::output);
            // The JDK sets the time zone when the log of loaded classes needs it.
            List<String> lines = jvm.output().lines().filter(line -> !line.contains("user.timezone")).sorted().toList();
            assertEquals(List.of("done", "property chronicle.analytics.disable=true",
                    "property chronicle.announcer.disable=true", "scan Scan[entries=4999, damaged=0, complete=true]"),
                    lines, "output, threads and properties that are left");
        }
        List<String> loaded = Files.readAllLines(classes);
        assertTrue(loaded.stream().anyMatch(line -> line.contains("net.openhft.chronicle.map.VanillaChronicleMap ")));
        assertFalse(loaded.stream().anyMatch(line -> line.contains("org.junit")), "JUnit mutes the telemetry");
        assertEquals(List.of(), matching(loaded, NETWORK), "no connection is possible without these classes");
        assertEquals(List.of(), matching(loaded, COMPILER), "nothing is compiled");
    }

    @Test
    void lifecycle_withoutCompilerModule_works() {
        try (ForkedJvm jvm = jvm("lifecycle", directory)
                .jvmArgs("--limit-modules",
                        "java.base,java.logging,java.management,jdk.management,jdk.unsupported,java.naming")
                .start()) {
            assertEquals(0, jvm.awaitExit(), jvm::output);
            assertTrue(jvm.output().contains("entries=4999, damaged=0, complete=true"), jvm::output);
        }
    }

    /** Each flag of the index is needed; when one goes, so should its line in the list. */
    @ParameterizedTest
    @ValueSource(strings = {"java.base/java.lang.reflect", "java.base/sun.nio.ch"})
    void lifecycle_withoutFlag_fails(String flag) {
        List<String> flags = ForkedJvm.hearthFlags();
        int at = indexOf(flags, flag);
        try (ForkedJvm jvm = jvm("lifecycle", directory).withoutHearthFlags()
                .jvmArgs(Stream.concat(flags.subList(0, at - 1).stream(), flags.subList(at + 1, flags.size()).stream())
                        .toArray(String[]::new))
                .start()) {
            assertTrue(jvm.awaitExit() != 0, () -> "works without " + flag);
        }
    }

    @Test
    void kill_anywhere_leavesExactOrAbandonedIndex() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int orphaned = 0;
        TimeBox box = TimeBox.of(3, Duration.ofSeconds(10));
        for (int round = 0; round < 8 && box.goesOn(); round++) {
            directory = temporary.resolve("index" + round).toString();
            String what = "seed=" + seed + " round=" + round;
            try (StoreDirectory files = StoreDirectory.create(Path.of(directory))) {
                publish(files, 1, ENTRIES, 0);
                try (ForkedJvm jvm = jvm("changeForever", directory).start()) {
                    jvm.awaitLine("indexed");
                    pauseMs(random.nextInt(400));
                    jvm.kill();
                }
                long startNs = clock.nowNs();
                try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
                    long version = index.indexedVersion();
                    assertTrue(index.scan(entry -> {}).complete(), what);
                    IndexProgram.applyChunk(index, version + 1);
                    index.indexed(version + 100);
                    assertTrue(index.scan(entry -> {}).complete(), what + ", after the chunk was repeated");
                    assertEquals(expected(files, version + 100), IndexFixture.contents(index), what);
                } catch (IndexUnusable e) {
                    assertEquals(Reason.ORPHANED_LOCK, e.reason(), () -> what + " " + e);
                    long tookMs = (clock.nowNs() - startNs) / 1_000_000;
                    assertTrue(tookMs < 1_000, "found after ms=" + tookMs);
                    orphaned++;
                }
            }
        }
        System.out.println("killed while a segment was locked: " + orphaned + " of " + box.begun() + ", seed=" + seed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"read", "update", "write"})
    void kill_insideLock_isNoticedAtOnceByAll(String kind) {
        try (StoreDirectory files = StoreDirectory.create(Path.of(directory))) {
            publish(files, 1, ENTRIES, 0);
            try (PersistentIndex attached = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
                assertNull(attached.get(0, 0));
                try (ForkedJvm jvm = jvm("lock", directory, kind).start()) {
                    jvm.awaitLine("locked");
                    jvm.kill();
                }
                assertOrphanNoticed(attached);
            }
            try (PersistentIndex opened = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
                assertOrphanNoticed(opened);
            }
            publish(files, 2, ENTRIES, 10);
            PersistentIndexes.deleteBelow(files, 2);
            assertEquals(List.of(2L), PersistentIndexes.generations(files), "the next generation takes its place");
        }
    }

    private void assertOrphanNoticed(PersistentIndex index) {
        index.prepare();
        long startNs = clock.nowNs();
        IndexUnusable thrown = assertThrows(IndexUnusable.class, () -> index.get(0, 0));
        long tookMs = (clock.nowNs() - startNs) / 1_000_000;
        assertEquals(Reason.ORPHANED_LOCK, thrown.reason());
        assertTrue(tookMs < 1_000, "found after ms=" + tookMs);
    }

    /** What an index holds that followed the log undisturbed. */
    private static Object expected(StoreDirectory files, long version) {
        try (PersistentIndex index = PersistentIndexes.create(files, 9, settings(ENTRIES))) {
            for (long from = 2; from <= version; from += 100) {
                IndexProgram.applyChunk(index, from);
            }
            return IndexFixture.contents(index);
        }
    }

    /** Whole pages: the rest of a page that is cut reads as zeros, and is found out by the sum. */
    @ParameterizedTest
    @ValueSource(longs = {0, 4096, 20480, 49 * 4096})
    void put_fileCutWhileMapped_isTypedErrorAndNoCrash(long sizeBytes) {
        try (ForkedJvm jvm = jvm("truncated", directory, Long.toString(sizeBytes)).start()) {
            // Cut just before a state is written, the file gets its length back and reads as zeros: all are absent.
            String reason = jvm.awaitLine("published");
            assertTrue(reason.equals("FAULT") || reason.equals("FULL"), reason);
            assertEquals("FAULT", jvm.awaitLine("building"));
            jvm.awaitLine("closed");
            assertEquals(0, jvm.awaitExit(), jvm::output);
        }
        try (StoreDirectory files = StoreDirectory.open(Path.of(directory))) {
            assertThrows(IndexUnusable.class, () -> {
                try (PersistentIndex index = PersistentIndexes.open(files, 1, settings(ENTRIES))) {
                    index.scan(entry -> {});
                }
            }, "what is left of it is not believed");
        }
    }

    @Test
    void anyCall_interruptedAllTheTime_completes() {
        try (ForkedJvm jvm = jvm("interrupted", directory).start()) {
            assertEquals("true", jvm.awaitLine("interrupted"));
            for (int generation = 1; generation <= 5; generation++) {
                assertEquals("Scan[entries=100, damaged=0, complete=true] true", jvm.awaitLine("scan"));
            }
            assertEquals(0, jvm.awaitExit(), jvm::output);
        }
    }

    /** A JVM as an application has it: without JUnit on its class path. */
    private static ForkedJvm.Builder jvm(String... args) {
        return ForkedJvm.of(IndexProgram.class).args(args)
                .classPath(entry -> !entry.matches(".*(junit|opentest4j|apiguardian|archunit).*"));
    }

    private static List<String> matching(List<String> lines, Pattern pattern) {
        return lines.stream().filter(line -> pattern.matcher(line).find()).toList();
    }

    private static int indexOf(List<String> flags, String part) {
        for (int i = 0; i < flags.size(); i++) {
            if (flags.get(i).contains(part)) {
                return i;
            }
        }
        throw new AssertionError("not needed any more: " + part);
    }

    /** Lets the other process run; what it does in that time is not waited for, so nothing else can say when. */
    private static void pauseMs(int ms) {
        long endNs = System.nanoTime() + ms * 1_000_000L;
        while (System.nanoTime() < endNs) {
            Thread.onSpinWait();
        }
    }
}
