package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that lies on a file system which one process sees mounted read-only. */
@Tag("system")
class ReadOnlyMountTest {
    private static final HearthOptions SMALL =
            HearthOptions.defaults().capacityBytes(6 * (256 << 10)).segmentBytes(256 << 10)
                    .pageBytes(4 << 10).maxEntries(2_000);
    private static final Fingerprint NAMESPACE = Fingerprint.of("n");
    private static final int KEYS = 40;
    private static final int ACTIVATION_BYTES = 200_000;
    private static final int READS = 3_000;

    @TempDir
    Path temporary;

    @BeforeEach
    void mayMount() throws IOException, InterruptedException {
        assumeTrue(new ProcessBuilder("unshare", "--mount", "true").start().waitFor() == 0,
                "a mount of its own needs the rights of root");
    }

    /** Large activations, so that some are written over while they are copied: every word says which it is. */
    private static byte[] value(int key, long number, Kind kind) {
        byte[] bytes = new byte[kind == Kind.ACTIVATION ? ACTIVATION_BYTES : 8 + (key % 4 + 1) * 3_000];
        LongBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asLongBuffer();
        while (words.hasRemaining()) {
            words.put(number);
        }
        return bytes;
    }

    private static void put(Namespace namespace, int key, long number, Kind kind) {
        namespace.put(Keys.utf8(kind + "-" + key), MemorySegment.ofArray(value(key, number, kind)), TensorSpec.UNTYPED,
                kind);
    }

    /** Reads a value, which is that of some number, whole; returns that number, or -1. */
    private static long read(Namespace namespace, int key, Kind kind) {
        byte[] read = new byte[ACTIVATION_BYTES + 8];
        long bytes = namespace.read(Keys.utf8(kind + "-" + key), 0, MemorySegment.ofArray(read));
        if (bytes < 0) {
            return -1;
        }
        long number = MemorySegment.ofArray(read).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        assertEquals(-1, MemorySegment.ofArray(value(key, number, kind))
                .mismatch(MemorySegment.ofArray(read).asSlice(0, bytes)), kind + "-" + key + " number=" + number);
        return number;
    }

    /** Reads what is there, and is refused whatever would write. */
    static final class Reader {
        public static void main(String[] args) throws IOException {
            Path store = Path.of(args[0]);
            HearthException refused = assertThrows(HearthException.class, () -> Hearth.open(store, SMALL));
            ForkedJvm.say("open " + refused.getClass().getSimpleName() + " " + refused.getMessage());
            refused = assertThrows(HearthException.class, () -> Hearth.destroy(store));
            ForkedJvm.say("destroy " + refused.getClass().getSimpleName() + " " + refused.getMessage());
            try (Hearth hearth = Hearth.open(store, SMALL.access(HearthOptions.Access.READ_ONLY))) {
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                for (int key = 0; key < KEYS; key++) {
                    assertEquals(0, read(namespace, key, Kind.PARAMETER));
                    try (Lease lease = namespace.get(Keys.utf8(Kind.PARAMETER + "-" + key))) {
                        assertArrayEquals(value(key, 0, Kind.PARAMETER),
                                java.util.Objects.requireNonNull(lease).segment()
                                        .toArray(ValueLayout.JAVA_BYTE));
                    }
                }
                assertTrue(hearth.verify(Progress.NONE).isSound());
                ForkedJvm.say("whole");
                Random random = new Random(1);
                long newest = -1;
                int found = 0;
                for (int i = 0; i < READS || newest < 5 * KEYS; i++) {
                    long number = read(namespace, random.nextInt(KEYS), Kind.ACTIVATION);
                    newest = Math.max(newest, number);
                    found += number >= 0 ? 1 : 0;
                }
                assertEquals(0, hearth.stats().counter("damage"), "what is written over is not damage");
                ForkedJvm.say("found " + found);
            }
        }
    }

    @Test
    void storeOnAReadOnlyMount_isReadAndSeenToChange_andNothingElse() throws IOException {
        Path store = temporary.resolve("store");
        try (Hearth hearth = Hearth.open(store, SMALL)) {
            Namespace namespace = hearth.namespace(NAMESPACE);
            for (int key = 0; key < KEYS; key++) {
                put(namespace, key, 0, Kind.PARAMETER);
            }
            try (ForkedJvm jvm = ForkedJvm.of(Reader.class).mounts("mount --bind " + temporary + " " + temporary
                    + " && mount -o remount,bind,ro " + temporary).args(store.toString()).start()) {
                String refused = jvm.awaitLine("open ");
                assertTrue(refused.startsWith("Io ") && refused.contains(store.toString()), refused);
                refused = jvm.awaitLine("destroy ");
                assertTrue(refused.startsWith("Io ") && refused.contains(store.toString()), refused);
                jvm.awaitLine("whole");
                long number = 0;
                while (jvm.isAlive()) {
                    // More than fits: what the reader copies is evicted and written over all the time.
                    put(namespace, (int) (number % KEYS), number++, Kind.ACTIVATION);
                }
                assertEquals(0, jvm.awaitExit(), jvm::output);
                assertTrue(Integer.parseInt(jvm.awaitLine("found ")) > READS / 10, jvm::output);
            }
        }
    }
}
