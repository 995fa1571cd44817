package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Durability;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.FileEvents;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is stopped somewhere, and goes on when the world has changed. */
@Tag("system")
class StoppedProcessTest {
    private static final long LIMIT_MS = 400;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(5_000);
    private static final int KEYS = 40;
    private static final int LENGTH = 60_000;
    private static final PutOptions PUT = PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE);

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static MemorySegment key(int key) {
        return Keys.utf8("key " + key);
    }

    private static MemorySegment value(int key, int round) {
        byte[] bytes = new byte[LENGTH];
        new Random(31L * key + round).nextBytes(bytes);
        MemorySegment value = MemorySegment.ofArray(bytes);
        value.set(ValueLayout.JAVA_INT_UNALIGNED, 0, round);
        return value;
    }

    /** Of which round a value is; it must be right as a whole. */
    private static int round(int key, MemorySegment value) {
        int round = value.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        assertEquals(-1, value.mismatch(value(key, round)), "key=" + key + " round=" + round);
        return round;
    }

    private static int look(Namespace namespace, int key) {
        try (Lease lease = namespace.get(key(key))) {
            return lease == null ? 0 : round(key, lease.segment());
        }
    }

    /**
     * Is attached, does what it is told, and waits at one place, once: before something is done to a file, or behind
     * a step of making room. Arguments: the store, the durability, the place.
     */
    static final class Stopper implements FileEvents, SweepStep.Listener {
        private final String place;
        private final CountDownLatch onward = new CountDownLatch(1);
        private final LinkedBlockingQueue<String> commands = new LinkedBlockingQueue<>();
        private volatile boolean armed;

        private Stopper(String place) {
            this.place = place;
        }

        private void at(String reached) {
            if (armed && reached.endsWith(place)) {
                armed = false;
                ForkedJvm.say("there");
                try {
                    onward.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public void before(Event event) {
            at(event.type() + " " + event.path());
        }

        @Override
        public void after(Event event) {
            at("after " + event.type() + " " + event.path());
        }

        @Override
        public void at(SweepStep step) {
            at(step.name());
        }

        private void read() {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    switch (line) {
                        case "go" -> onward.countDown();
                        case "arm" -> armed = true;
                        default -> commands.add(line);
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            commands.add("end");
        }

        @SuppressWarnings("try") // The lease can be opened again.
        private void run(Path store, Durability durability) throws InterruptedException {
            Environment environment = new Environment(Host.current(), System::currentTimeMillis, this);
            HearthOptions options = SMALL.durability(durability).syncIntervalMs(50);
            try (WritableAttachment attachment = WritableAttachment.open(store, options, environment, new Journal(),
                    false, this);
                    EngineLease lease = EngineLease.reused()) {
                NamespaceInfo namespace = attachment.view().namespace(Fingerprint.of("n")).orElseThrow();
                Thread.ofPlatform().daemon().start(this::read);
                ForkedJvm.say("ready");
                for (String command = commands.take(); !command.equals("end"); command = commands.take()) {
                    int key = Integer.parseInt(command.substring(command.indexOf(' ') + 1));
                    switch (command.substring(0, command.indexOf(' '))) {
                        case "put" -> ForkedJvm.say("put " + attachment.writes().put(namespace, key(key),
                                value(key, 1), PUT));
                        // So many of these as there may be do not fill the store: making room syncs, too.
                        case "small" -> ForkedJvm.say("put " + attachment.writes().put(namespace, key(key),
                                MemorySegment.ofArray(new byte[100]), PUT));
                        case "evict" -> ForkedJvm.say("evicted " + attachment.writes().evict(key));
                        case "lease" -> {
                            boolean found = attachment.view().leases().open(namespace, key(key), 0, Long.MAX_VALUE,
                                    lease);
                            ForkedJvm.say("leased " + (found ? round(key, lease.segment()) : 0));
                        }
                        case "look" -> ForkedJvm.say("leased " + round(key, lease.segment()));
                        case "close" -> {
                            lease.close();
                            ForkedJvm.say("closed");
                        }
                        default -> throw new IllegalArgumentException("command=" + command);
                    }
                }
                ForkedJvm.say("well done");
            }
        }

        public static void main(String[] args) throws InterruptedException {
            new Stopper(args[2]).run(Path.of(args[0]), Durability.valueOf(args[1]));
        }
    }

    private ForkedJvm start(Durability durability, String place) {
        ForkedJvm jvm = ForkedJvm.of(Stopper.class).args(store().toString(), durability.name(), place).start();
        jvm.awaitLine("ready");
        return jvm;
    }

    private static void end(ForkedJvm jvm) {
        jvm.send("end");
        jvm.awaitLine("well done");
        assertEquals(0, jvm.awaitExit(), jvm::output);
    }

    /** Whether that is so within 10 ms: a thousand times are many intervals of syncs. */
    private static boolean isSoon(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 10_000_000;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + 240_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, "waited too long for " + what);
            Thread.onSpinWait();
        }
    }

    /** How many of a thousand reads of all kinds took long, without the time in which the machine did other things. */
    private static int slowReads(Namespace namespace) {
        MemorySegment target = MemorySegment.ofArray(new byte[LENGTH]);
        int slow = 0;
        try (CpuClock clock = new CpuClock()) {
            for (int i = 0; i < 1_000; i++) {
                long startNs = clock.nowNs();
                if (i % 3 == 0) {
                    assertEquals(LENGTH, namespace.read(key(1), 0, target));
                } else if (i % 3 == 1) {
                    assertEquals(1, look(namespace, 1));
                } else {
                    assertFalse(namespace.contains(key(2)), "committed, and not yet visible");
                }
                long tookNs = clock.nowNs() - startNs;
                slow += tookNs > LIMIT_MS * 1_000_000 / 2 ? 1 : 0;
            }
        }
        return slow;
    }

    private void insideTheWriterLock(Durability durability) throws InterruptedException {
        try (Hearth hearth = Hearth.open(store(), SMALL.durability(durability).lockTimeoutMs(LIMIT_MS))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(key(1), value(1, 1), PUT);
            try (ForkedJvm stopped = start(durability, "after WRITE " + store().resolve("log/0001.log"))) {
                stopped.send("arm");
                stopped.send("put 2");
                stopped.awaitLine("there");
                stopped.stop();
                long startNs = System.nanoTime();
                HearthException.Busy busy = assertThrows(HearthException.Busy.class,
                        () -> namespace.put(key(3), value(3, 1), PUT));
                assertTrue(System.nanoTime() - startNs >= LIMIT_MS * 1_000_000, "it waited up to its limit");
                assertTrue(String.valueOf(busy.getMessage()).contains("pid " + stopped.pid()), busy.getMessage());
                // Whichever of the two stands in front, the other one does not wait for it but for what it waits for.
                List<String> said = Collections.synchronizedList(new ArrayList<>());
                Runnable remove = () -> said
                        .add(String.valueOf(assertThrows(HearthException.Busy.class, () -> namespace.remove(key(1)))));
                Thread beside = Thread.ofPlatform().start(remove);
                remove.run();
                beside.join();
                assertEquals(2, said.stream().filter(it -> it.contains("pid " + stopped.pid())).count(),
                        said::toString);
                // A machine that stands still may stop some; who waited for the lock would wait each time.
                int slow = slowReads(namespace);
                assertTrue(slow < 20, "slow=" + slow);
                assertFalse(namespace.contains(key(3)), "what was Busy did not happen");
                stopped.resume();
                stopped.send("go");
                long version = Long.parseLong(stopped.awaitLine("put"));
                assertEquals(1, look(namespace, 2), "it finished what it had begun");
                assertTrue(namespace.put(key(1), value(1, 2), PUT) > version, "it took its turn");
                stopped.send("lease 1");
                assertEquals("2", stopped.awaitLine("leased"), "it sees the present");
                end(stopped);
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
            assertEquals(0, hearth.stats().counter("redo"), "nobody did its work in its place");
        }
    }

    @Test
    void stoppedInsideTheWriterLock_writersAreBusyAndReadersGoOn() throws InterruptedException {
        insideTheWriterLock(Durability.PROCESS);
    }

    @Test
    void stoppedInsideTheWriterLock_ofAStoreThatIsSyncedAtIntervals_theSame() throws InterruptedException {
        insideTheWriterLock(Durability.INTERVAL);
    }

    @Test
    void stoppedInTheSyncOfAnInterval_othersPutAndSyncInItsPlace() {
        try (Hearth hearth = Hearth.open(store(),
                SMALL.durability(Durability.INTERVAL).syncIntervalMs(50).lockTimeoutMs(LIMIT_MS))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(key(1), value(1, 1), PUT);
            await("the first sync", () -> word(MarkWord.LAST_SYNCED) != 0);
            try (ForkedJvm stopped = start(Durability.INTERVAL, "SYNC " + store().resolve("data"))) {
                stopped.send("arm");
                // Either of the two finds that a sync is due.
                BooleanSupplier there = () -> stopped.output().contains("there");
                for (int round = 1; !isSoon(there); round++) {
                    assertTrue(round < 1_000, stopped::output);
                    stopped.send("small " + (2 + round % 5));
                    stopped.awaitLine("put");
                }
                stopped.stop();
                for (int round = 2; round < 5; round++) {
                    long version = namespace.put(key(1), value(1, round), PUT);
                    await("a sync of version " + version, () -> word(MarkWord.LAST_SYNCED) >= version);
                }
                long synced = word(MarkWord.LAST_SYNCED);
                stopped.resume();
                stopped.send("go");
                stopped.send("lease 1");
                assertEquals("4", stopped.awaitLine("leased"), "it sees the present");
                assertTrue(word(MarkWord.LAST_SYNCED) >= synced, "nothing is taken back");
                end(stopped);
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    private long word(MarkWord word) {
        try (StoreDirectory directory = StoreDirectory.open(store());
                MarkFile mark = MarkFile.open(directory, true)) {
            return mark.words().get(word);
        }
    }

    private static Set<String> uses(Hearth hearth) {
        return hearth.segments().stream().filter(one -> one.kind() == Kind.ACTIVATION && one.entries() > 0)
                .map(one -> one.segment() + " " + one.generation()).collect(Collectors.toSet());
    }

    private static void fill(Namespace namespace, int round) {
        for (int i = 0; i < 5 * KEYS; i++) {
            namespace.put(Keys.utf8(round + " more " + i), value(i, round), PUT);
        }
    }

    @Test
    void stoppedWithALease_holdsBackTheSegmentOfTheLeaseOnly() {
        try (Hearth hearth = Hearth.open(store(), SMALL.lockTimeoutMs(LIMIT_MS))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int key = 1; key <= KEYS; key++) {
                namespace.put(key(key), value(key, 1), PUT);
            }
            int leased = KEYS / 2;
            try (ForkedJvm stopped = start(Durability.PROCESS, "nowhere")) {
                stopped.send("lease " + leased);
                assertEquals("1", stopped.awaitLine("leased"));
                Set<String> before = uses(hearth);
                stopped.stop();
                fill(namespace, 1);
                Set<String> left = uses(hearth);
                left.retainAll(before);
                assertEquals(1, left.size(), () -> before + " became " + hearth.segments());
                assertEquals(1, hearth.processes().stream().filter(one -> one.pid() == stopped.pid())
                        .mapToLong(one -> one.holds()).sum());
                stopped.resume();
                stopped.send("look " + leased);
                assertEquals("1", stopped.awaitLine("leased"), "what it has leased did not change");
                stopped.send("close 0");
                stopped.awaitLine("closed");
                fill(namespace, 2);
                Set<String> after = uses(hearth);
                after.retainAll(before);
                assertEquals(Set.of(), after, "nothing is held any more");
                end(stopped);
            }
        }
    }

    /** Takes the lock of those who open the shared frames, and keeps it. */
    static final class FramesHolder {
        private FramesHolder() {}

        public static void main(String[] args) throws IOException {
            try (StoreDirectory directory = StoreDirectory.open(Path.of(args[0]));
                    OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
                ForkedJvm.say("has it " + locks.tryLock(LockBytes.FRAMES));
                ForkedJvm.say("end " + System.in.read());
            }
        }
    }

    @Test
    void stoppedWhileItOpensTheFrames_readersDecodeForThemselvesAndHaveFramesLater() {
        try (Hearth hearth = Hearth.open(store(), SMALL.lockTimeoutMs(60_000))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            MemorySegment value = MemorySegment.ofArray(new byte[LENGTH]);
            MemorySegment target = MemorySegment.ofArray(new byte[LENGTH]);
            namespace.put(key(1), value.fill((byte) 7), PutOptions.of(Kind.ACTIVATION).storage(Storage.COMPACT));
            try (ForkedJvm stopped = ForkedJvm.of(FramesHolder.class).args(store().toString()).start();
                    CpuClock clock = new CpuClock()) {
                assertEquals("true", stopped.awaitLine("has it"));
                stopped.stop();
                int slow = 0;
                for (int i = 0; i < 20; i++) {
                    long startNs = clock.nowNs();
                    assertEquals(LENGTH, namespace.read(key(1), 0, target.fill((byte) 0)));
                    long tookNs = clock.nowNs() - startNs;
                    slow += tookNs > 300_000_000 ? 1 : 0;
                    assertEquals(-1, value.mismatch(target));
                }
                // The first may wait, and the machine may stand still; who waited each time would be slow each time.
                assertTrue(slow < 8, "slow=" + slow);
                assertEquals(0, hearth.stats().counter("framesResident"));
            }
            await("frames", () -> namespace.read(key(1), 0, target) == LENGTH
                    && hearth.stats().counter("framesResident") > 0);
        }
    }

    @Test
    void stoppedWithCopiesOfEntriesThatAreOverwrittenMeanwhile_putsNothingBack() {
        try (Hearth hearth = Hearth.open(store(), SMALL.lockTimeoutMs(LIMIT_MS))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (int key = 1; key <= KEYS; key++) {
                namespace.put(key(key), value(key, 1), PUT);
                assertTrue(namespace.touch(key(key)), "so that it is copied when the hand comes by");
            }
            try (ForkedJvm stopped = start(Durability.PROCESS, "EVICT_COPIED")) {
                stopped.send("arm");
                stopped.send("evict 1000000");
                stopped.awaitLine("there");
                stopped.stop();
                for (int key = 1; key <= KEYS; key++) {
                    if (key % 3 == 0) {
                        boolean _ = namespace.remove(key(key));
                    } else {
                        namespace.put(key(key), value(key, 2), PUT);
                    }
                }
                stopped.resume();
                stopped.send("go");
                stopped.awaitLine("evicted");
                int there = 0;
                for (int key = 1; key <= KEYS; key++) {
                    int round = look(namespace, key);
                    assertTrue(round == 0 || (round == 2 && key % 3 != 0), "key=" + key + " round=" + round);
                    there += round == 2 ? 1 : 0;
                }
                assertTrue(there > 0, "all are gone");
                end(stopped);
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }
}
