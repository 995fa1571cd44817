package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several processes that want the same values, of which some stop, fail or die while they compute. */
@Tag("system")
@Timeout(300)
class GetOrComputeProcessTest {
    private static final HearthOptions OPTIONS = HearthOptions.defaults().capacityBytes(64 << 20)
            .segmentBytes(1 << 20).pageBytes(16 << 10).maxEntries(5_000).lockTimeoutMs(120_000);
    private static final PutOptions ACTIVATION = PutOptions.of(Kind.ACTIVATION);
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final int PROCESSES = 8;
    private static final int KEYS = 200;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    /** Different for each process that computes it, so that it shows whether all have the same one. */
    private static byte[] value(String key, long pid) {
        byte[] bytes = LeaseTest.bytes(3_000 + key.hashCode() % 1_000, key.hashCode() * 31L + pid);
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, pid);
        return bytes;
    }

    /** Who computed a value; it must be whole. */
    private static long computedBy(String key, Lease lease) {
        byte[] bytes = lease.segment().toArray(ValueLayout.JAVA_BYTE);
        long pid = MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        assertArrayEquals(value(key, pid), bytes, "key=" + key + " pid=" + pid);
        return pid;
    }

    /** Asks for all keys with two threads, and notes in a file what it computed itself. */
    static final class Asker {
        private Asker() {}

        public static void main(String[] args) throws Exception {
            Path notes = Path.of(args[1]);
            long pid = ProcessHandle.current().pid();
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS);
                    ExecutorService threads = Executors.newFixedThreadPool(2)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                ForkedJvm.say("ready");
                int ignored = System.in.read();
                List<Future<?>> both = new ArrayList<>();
                for (boolean backwards : new boolean[]{false, true}) {
                    both.add(threads.submit(() -> {
                        for (int i = 0; i < KEYS; i++) {
                            ask(namespace, "key " + (backwards ? KEYS - 1 - i : i), notes, pid);
                        }
                        return ignored;
                    }));
                }
                for (Future<?> one : both) {
                    one.get();
                }
            }
            ForkedJvm.say("done");
        }

        private static void ask(Namespace namespace, String key, Path notes, long pid) throws IOException {
            try (Lease lease = namespace.getOrCompute(Keys.utf8(key), ACTIVATION, LONG, () -> {
                Files.writeString(notes, key + "=" + pid + "\n", StandardOpenOption.APPEND);
                return MemorySegment.ofArray(value(key, pid));
            })) {
                Files.writeString(notes.resolveSibling("got-" + pid), key + "=" + computedBy(key, lease) + "\n",
                        StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        }
    }

    /** Asks for one key, and computes for as long as it is not told what to do. */
    static final class Computer {
        private Computer() {}

        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                long pid = ProcessHandle.current().pid();
                try (Lease lease = namespace.getOrCompute(Keys.utf8("key"), ACTIVATION, LONG, () -> {
                    ForkedJvm.say("computing");
                    if (System.in.read() == 't') {
                        throw new IOException("told to");
                    }
                    return MemorySegment.ofArray(value("key", pid));
                })) {
                    ForkedJvm.say("got " + computedBy("key", lease));
                } catch (IOException e) {
                    ForkedJvm.say("threw " + e.getMessage());
                }
            }
        }
    }

    @Test
    void getOrCompute_manyProcessesAndThreads_computeEachKeyOnce() throws IOException {
        Path notes = Files.createFile(temporary.resolve("notes"));
        Hearth.open(store(), OPTIONS).close();
        List<ForkedJvm> askers = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                askers.add(ForkedJvm.of(Asker.class).args(store().toString(), notes.toString())
                        .jvmArgs("-Xmx64m").start());
            }
            askers.forEach(asker -> asker.awaitLine("ready"));
            askers.forEach(asker -> asker.send("go"));
            askers.forEach(asker -> asker.awaitLine("done"));
        } finally {
            askers.forEach(ForkedJvm::close);
        }
        Map<String, String> computed = new HashMap<>();
        for (String line : Files.readAllLines(notes)) {
            String[] note = line.split("=", -1);
            assertEquals(null, computed.put(note[0], note[1]), "computed twice: " + note[0]);
        }
        assertEquals(KEYS, computed.size());
        assertTrue(computed.values().stream().distinct().count() > 1, "only one process computed: no test of it");
        for (ForkedJvm asker : askers) {
            List<String> got = Files.readAllLines(temporary.resolve("got-" + asker.pid()));
            assertEquals(2 * KEYS, got.size());
            for (String line : got) {
                String[] note = line.split("=", -1);
                assertEquals(computed.get(note[0]), note[1], "the same value everywhere: " + note[0]);
            }
        }
    }

    private static Future<Long> ask(ExecutorService threads, Namespace namespace, Duration limit) {
        long pid = ProcessHandle.current().pid();
        return threads.submit(() -> {
            try (Lease lease = namespace.getOrCompute(Keys.utf8("key"), ACTIVATION, limit,
                    () -> MemorySegment.ofArray(value("key", pid)))) {
                return computedBy("key", lease);
            }
        });
    }

    @Test
    void getOrCompute_computerKilled_anotherTakesOverWithinASecond() throws Exception {
        try (Hearth hearth = Hearth.open(store(), OPTIONS);
                ExecutorService threads = Executors.newCachedThreadPool();
                ForkedJvm computer = ForkedJvm.of(Computer.class).args(store().toString()).start();
                CpuClock clock = new CpuClock()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            computer.awaitLine("computing");
            List<Future<Long>> waiters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                waiters.add(ask(threads, namespace, LONG));
            }
            assertThrows(HearthException.Busy.class,
                    () -> namespace.getOrCompute(Keys.utf8("key"), ACTIVATION, Duration.ofMillis(50), () -> {
                        throw new AssertionError("stolen");
                    }));
            computer.kill();
            long startNs = clock.nowNs();
            for (Future<Long> waiter : waiters) {
                assertEquals(ProcessHandle.current().pid(), waiter.get());
            }
            long tookNs = clock.nowNs() - startNs;
            assertTrue(tookNs < 1_000_000_000, "tookNs=" + tookNs);
        }
    }

    @Test
    void getOrCompute_supplierOfAnotherProcessThrows_nextTakesOver() throws Exception {
        try (Hearth hearth = Hearth.open(store(), OPTIONS);
                ExecutorService threads = Executors.newCachedThreadPool();
                ForkedJvm computer = ForkedJvm.of(Computer.class).args(store().toString()).start()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            computer.awaitLine("computing");
            Future<Long> waiter = ask(threads, namespace, LONG);
            computer.send("throw");
            computer.awaitLine("threw told to");
            assertEquals(ProcessHandle.current().pid(), waiter.get());
        }
    }

    @Test
    void getOrCompute_computerStopped_busyAndNothingStolenThenRight() throws Exception {
        try (Hearth hearth = Hearth.open(store(), OPTIONS);
                ExecutorService threads = Executors.newCachedThreadPool();
                ForkedJvm computer = ForkedJvm.of(Computer.class).args(store().toString()).start()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            computer.awaitLine("computing");
            computer.stop();
            ExecutionException e = assertThrows(ExecutionException.class,
                    () -> ask(threads, namespace, Duration.ofMillis(300)).get());
            HearthException.Busy busy = assertInstanceOf(HearthException.Busy.class, e.getCause());
            assertTrue(String.valueOf(busy.getMessage()).contains("pid " + computer.pid()),
                    "names the process: " + busy.getMessage());
            try (Lease other = namespace.getOrCompute(Keys.utf8("other"), ACTIVATION, Duration.ofMillis(300),
                    () -> MemorySegment.ofArray(value("other", 1)))) {
                assertEquals(1, computedBy("other", other), "other keys are not affected");
            }
            Future<Long> patient = ask(threads, namespace, LONG);
            computer.resume();
            computer.send("compute");
            computer.awaitLine("got " + computer.pid());
            assertEquals(computer.pid(), patient.get());
        }
    }

    @Test
    void close_whileAnotherProcessComputes_endsTheWaiting() throws Exception {
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Hearth hearth = Hearth.open(store(), OPTIONS);
            try (ForkedJvm computer = ForkedJvm.of(Computer.class).args(store().toString()).start()) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                computer.awaitLine("computing");
                List<Future<Long>> waiters = List.of(ask(threads, namespace, LONG), ask(threads, namespace, LONG));
                while (hearth.stats().counter("misses") < 3) {
                    Thread.onSpinWait();
                }
                hearth.close();
                for (Future<Long> waiter : waiters) {
                    ExecutionException e = assertThrows(ExecutionException.class, waiter::get);
                    assertInstanceOf(HearthException.Closed.class, e.getCause());
                }
                computer.send("compute");
                computer.awaitLine("got " + computer.pid());
            } finally {
                hearth.close();
            }
        }
    }
}
