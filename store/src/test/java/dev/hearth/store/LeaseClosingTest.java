package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseClosingTest {
    private static final HearthOptions SMALL = EncodedReadTest.SMALL;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    private static Namespace put(Hearth hearth, String key, byte[] value, Storage storage) {
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        namespace.put(Keys.utf8(key), MemorySegment.ofArray(value), PutOptions.of(Kind.PARAMETER).storage(storage));
        return namespace;
    }

    private static Lease get(Namespace namespace, String key) {
        Lease lease = namespace.get(Keys.utf8(key));
        assertNotNull(lease, key);
        return lease;
    }

    private static byte[] toBytes(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    private long attached() {
        try (Hearth reader = Hearth.open(store(), SMALL.access(HearthOptions.Access.READ_ONLY))) {
            return reader.processes().stream().filter(ProcessInfo::alive).count();
        }
    }

    @Test
    void close_underOpenLeases_leavesTheirBytesAndRefusesNewCalls() {
        byte[] value = LeaseTest.bytes(50_000, 1);
        byte[] encoded = EncodedReadTest.mixed(100_000, 2);
        Hearth hearth = Hearth.open(store(), SMALL);
        Namespace namespace = put(hearth, "k", value, Storage.IN_PLACE);
        put(hearth, "e", encoded, Storage.COMPACT);
        Lease lease = get(namespace, "k");
        Lease pages = get(namespace, "e");
        Lease reused = hearth.newLease();
        assertTrue(namespace.get(Keys.utf8("k"), reused));
        Lease shared = namespace.getShared(Keys.utf8("k"));
        assertNotNull(shared);
        hearth.close();
        assertThrows(HearthException.Closed.class, () -> namespace.get(Keys.utf8("k")));
        assertThrows(HearthException.Closed.class, () -> namespace.get(Keys.utf8("k"), hearth.newLease()));
        assertArrayEquals(value, toBytes(lease.segment()));
        assertArrayEquals(encoded, toBytes(pages.segment()));
        assertEquals(TensorSpec.UNTYPED, lease.spec());
        lease.close();
        pages.close();
        assertArrayEquals(value, toBytes(shared.segment()));
        shared.close();
        assertEquals(1, attached(), "one lease is open yet");
        MemorySegment kept = reused.segment();
        assertArrayEquals(value, toBytes(kept));
        reused.close();
        assertEquals(0, attached(), "the last lease took the attachment down");
        assertThrows(IllegalStateException.class, () -> kept.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(HearthException.Closed.class, () -> namespace.get(Keys.utf8("k")));
    }

    @Test
    void open_whileLeasesKeepTheAttachment_joinsIt() {
        byte[] value = LeaseTest.bytes(50_000, 1);
        Hearth first = Hearth.open(store(), SMALL);
        Lease lease = get(put(first, "k", value, Storage.IN_PLACE), "k");
        first.close();
        try (Hearth second = Hearth.open(store(), SMALL)) {
            assertEquals(1, attached(), "the same attachment");
            Namespace namespace = second.findNamespace("n", null).orElseThrow();
            lease.close();
            try (Lease again = get(namespace, "k")) {
                assertArrayEquals(value, toBytes(again.segment()));
            }
        }
        assertEquals(0, attached());
    }

    @Test
    void close_whileThreadsGet_isClosedOrRightAndEverythingIsTakenDown() throws Exception {
        byte[] value = LeaseTest.bytes(1_000, 7);
        for (int round = 0; round < 20; round++) {
            Hearth hearth = Hearth.open(store(), SMALL);
            Namespace namespace = put(hearth, "k", value, Storage.IN_PLACE);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        Lease lease = hearth.newLease();
                        while (namespace.get(Keys.utf8("k"), lease)) {
                            assertEquals(value[999], lease.segment().get(ValueLayout.JAVA_BYTE, 999));
                            lease.close();
                        }
                        failure.set(new AssertionError("a miss"));
                    } catch (HearthException.Closed e) {
                        // What is expected.
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            hearth.close();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(null, failure.get());
            assertEquals(0, attached());
        }
    }

    @Test
    void trackedLeases_areListedAndReportedWithWhereTheyWereTaken() {
        HearthOptions tracked = SMALL.trackLeases(true);
        Hearth hearth = Hearth.open(store(), tracked);
        Namespace namespace = put(hearth, "k", new byte[1_000], Storage.IN_PLACE);
        Lease reused = hearth.newLease();
        assertTrue(namespace.get(Keys.utf8("k"), reused));
        List<LeaseInfo> open = hearth.openLeases();
        assertEquals(1, open.size());
        assertEquals("k", open.getFirst().key());
        assertEquals("n", open.getFirst().namespace());
        assertEquals(Thread.currentThread().getName(), open.getFirst().thread());
        assertTrue(open.getFirst().takenAt().stream().anyMatch(frame -> frame.getMethodName()
                .equals("trackedLeases_areListedAndReportedWithWhereTheyWereTaken")));
        MemorySegment kept = reused.segment();
        reused.close();
        assertThrows(IllegalStateException.class, () -> kept.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(List.of(), hearth.openLeases());
        Lease forgotten = get(namespace, "k");
        hearth.close();
        assertTrue(errors(store()).contains("lease was never closed: namespace=n key=k"), "reported at close");
        assertTrue(errors(store()).contains("trackedLeases_areListedAndReportedWithWhereTheyWereTaken"),
                "names the place");
        forgotten.close();
    }

    /** Loses a lease, which holds its segment until the process ends, and waits until that is noticed. */
    static final class Loser {
        public static void main(String[] args) {
            Path store = Path.of(args[0]);
            Hearth hearth = Hearth.open(store, SMALL.trackLeases(true));
            Namespace namespace = put(hearth, "lost", new byte[1_000], Storage.IN_PLACE);
            lose(namespace);
            while (!hearth.openLeases().isEmpty()) {
                System.gc();
                Thread.onSpinWait();
            }
            hearth.close();
            System.out.println("noticed");
        }

        private static void lose(Namespace namespace) {
            assertEquals(1_000, get(namespace, "lost").byteSize());
        }
    }

    @Test
    void trackedLease_thatNobodyHasAnyMore_isReported() {
        try (ForkedJvm loser = ForkedJvm.of(Loser.class).optimized().args(store().toString()).start()) {
            loser.awaitLine("noticed");
            assertEquals(0, loser.awaitExit());
        }
        assertTrue(errors(store()).contains("lease was never closed: namespace=n key=lost"), "in the error log");
    }

    /** The text in the error logs. */
    private static String errors(Path store) {
        try {
            return new String(Files.readAllBytes(store.resolve("counters")),
                    StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void close_underABatch_leavesItsSpaceToItAndEndsWithIt() {
        Hearth hearth = Hearth.open(store(), SMALL);
        Batch batch = hearth.batch(Fingerprint.of("n"));
        batch.put(Keys.utf8("k"), MemorySegment.ofArray(new byte[100]), PutOptions.of(Kind.ACTIVATION));
        hearth.close();
        assertThrows(IllegalArgumentException.class, () -> Hearth.open(store(), SMALL.lockTimeoutMs(77)),
                "still attached");
        assertThrows(HearthException.Closed.class, batch::commit);
        batch.close();
        try (Hearth again = Hearth.open(store(), SMALL.lockTimeoutMs(77))) {
            assertEquals(0, again.stats().entries());
            assertEquals(1, again.processes().size());
        }
    }

    @Test
    @SuppressWarnings("restricted") // foreign calls are the subject
    void segment_inNativeHands_hasTheRightBytes() throws Throwable {
        MethodHandle memcmp = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().find("memcmp").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG));
        byte[] value = LeaseTest.bytes(70_000, 5);
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = put(hearth, "k", value, Storage.IN_PLACE);
            put(hearth, "same", value, Storage.IN_PLACE);
            try (Lease lease = get(namespace, "k");
                    Lease same = get(namespace, "same");
                    Lease shared = namespace.getShared(Keys.utf8("k"))) {
                assertNotNull(shared);
                assertEquals(0, (int) memcmp.invokeExact(lease.segment(), same.segment(), 70_000L));
                assertEquals(0, (int) memcmp.invokeExact(shared.segment(), same.segment(), 70_000L));
                ByteBuffer direct = lease.segment().asByteBuffer();
                assertTrue(direct.isDirect() && direct.isReadOnly());
                byte[] copy = new byte[value.length];
                direct.get(copy);
                assertArrayEquals(value, copy);
            }
        }
    }

    /** Leases a value, has the file cut, and reads on: lives if it gets errors that Java code can catch. */
    static final class Victim {
        public static void main(String[] args) throws IOException {
            Path store = Path.of(args[0]);
            try (Hearth hearth = Hearth.open(store, SMALL.access(HearthOptions.Access.ATTACH))) {
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                try (Lease lease = namespace.get(Keys.utf8("k"))) {
                    if (lease == null) {
                        throw new AssertionError("miss");
                    }
                    try (FileChannel data = FileChannel.open(store.resolve("data"), StandardOpenOption.WRITE)) {
                        data.truncate(0);
                    }
                    expect(InternalError.class, () -> lease.segment().toArray(ValueLayout.JAVA_BYTE));
                    expect(HearthException.Corrupt.class,
                            () -> namespace.read(Keys.utf8("k"), 0, MemorySegment.ofArray(new byte[100])));
                    expect(HearthException.Corrupt.class, () -> namespace.get(Keys.utf8("other")));
                    expect(HearthException.Corrupt.class, lease::spec);
                }
            }
            System.out.println("alive");
        }

        private static void expect(Class<? extends Throwable> expected, Runnable work) {
            try {
                work.run();
            } catch (Throwable e) {
                if (expected.isInstance(e)) {
                    return;
                }
                throw new AssertionError("expected " + expected, e);
            }
            throw new AssertionError("nothing was thrown, expected " + expected);
        }
    }

    @Test
    void lease_whoseFileIsTruncated_isAnErrorAndNoDeath() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            put(hearth, "k", LeaseTest.bytes(300_000, 1), Storage.IN_PLACE);
            put(hearth, "other", LeaseTest.bytes(300_000, 2), Storage.IN_PLACE);
        }
        try (ForkedJvm victim = ForkedJvm.of(Victim.class).optimized().args(store().toString()).start()) {
            victim.awaitLine("alive");
        }
    }

    /** Puts, and now and then removes, values that name their key and carry one number throughout. */
    static final class Writer {
        public static void main(String[] args) throws IOException {
            Random random = new Random(5);
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL.access(HearthOptions.Access.ATTACH))) {
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                System.out.println("ready");
                for (int i = 1; i <= 2_000 && System.in.available() == 0; i++) {
                    int key = random.nextInt(8);
                    if (random.nextInt(5) == 0) {
                        boolean _ = namespace.remove(Keys.utf8("k" + key));
                    } else {
                        namespace.put(Keys.utf8("k" + key), MemorySegment.ofArray(stamped(key, i, 2_000 + key)),
                                PutOptions.of(Kind.PARAMETER).storage(Storage.IN_PLACE));
                    }
                }
                System.out.println("done");
            }
        }
    }

    static byte[] stamped(int key, int number, int length) {
        byte[] value = new byte[length];
        MemorySegment segment = MemorySegment.ofArray(value);
        for (int at = 0; at + 8 <= length; at += 8) {
            segment.set(ValueLayout.JAVA_INT_UNALIGNED, at, key);
            segment.set(ValueLayout.JAVA_INT_UNALIGNED, at + 4, number);
        }
        return value;
    }

    @Test
    void get_whileAnotherProcessPutsAndRemoves_isNeverStaleNorMixed() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Lease lease = hearth.newLease();
            int[] newest = new int[8];
            long[] versions = new long[8];
            long hits = 0;
            try (ForkedJvm writer = ForkedJvm.of(Writer.class).optimized().args(store().toString()).start()) {
                writer.awaitLine("ready");
                Random random = new Random(6);
                while (writer.isAlive()) {
                    int key = random.nextInt(8);
                    if (namespace.get(Keys.utf8("k" + key), lease)) {
                        try (lease) {
                            int number = lease.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4);
                            assertArrayEquals(stamped(key, number, 2_000 + key), toBytes(lease.segment()));
                            assertTrue(number >= newest[key], "older than what was seen: key " + key);
                            assertTrue(Long.compareUnsigned(lease.version(), versions[key]) >= 0, "versions grow");
                            newest[key] = number;
                            versions[key] = lease.version();
                            hits++;
                        }
                    }
                }
                writer.awaitLine("done");
            }
            assertTrue(hits > 100, "hits=" + hits);
        }
    }
}
