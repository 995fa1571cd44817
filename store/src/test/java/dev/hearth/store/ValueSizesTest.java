package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values from nothing to more than a gibibyte, put by one process and read by another. */
@Tag("system")
class ValueSizesTest {
    private static final int PIECE_BYTES = 1 << 20;
    private static final long LARGEST = (1L << 30) + 1;
    private static final long[] SIZES = {0, 1, (4 << 10) - 1, 4 << 10, (4 << 10) + 1, (64 << 10) - 1, 64 << 10,
            (64 << 10) + 1, 10 << 20, 150 << 20, LARGEST};

    @TempDir
    Path temporary;

    @Test
    void values_putByOneProcess_areReadByAnotherBitForBit() throws NoSuchAlgorithmException {
        Path path = temporary.resolve("store");
        try (ForkedJvm jvm = ForkedJvm.of(Putter.class).optimized().args(path.toString()).start();
                Hearth hearth = openWhenThere(jvm, path)) {
            Namespace namespace = hearth.findNamespace("sizes", null).orElseThrow();
            for (long size : SIZES) {
                for (Storage storage : storages(size)) {
                    String expected = jvm.awaitLine("put " + key(size, storage) + " ");
                    assertEquals(expected, digest(namespace, size, storage), key(size, storage));
                }
            }
            assertEquals(0, jvm.awaitExit(), jvm::output);
            readOnePage(hearth, namespace);
        }
    }

    private static Hearth openWhenThere(ForkedJvm jvm, Path path) {
        jvm.awaitLine("created");
        return Hearth.open(path, HearthOptions.defaults().access(HearthOptions.Access.ATTACH));
    }

    private static void readOnePage(Hearth hearth, Namespace namespace) {
        long before = hearth.stats().counter("pagesDecoded");
        byte[] one = new byte[1];
        assertEquals(1, namespace.read(Keys.utf8(key(LARGEST, Storage.COMPACT)), 150 << 20,
                MemorySegment.ofArray(one)));
        long decoded = hearth.stats().counter("pagesDecoded") - before;
        assertTrue(decoded <= 1, "one byte is in one page, decoded now or still there: decoded=" + decoded);
    }

    /** In place, a value of more than a segment is as good as the largest. */
    private static List<Storage> storages(long size) {
        return size == LARGEST ? List.of(Storage.COMPACT) : List.of(Storage.values());
    }

    private static String key(long size, Storage storage) {
        return storage + "-" + size;
    }

    private static String digest(Namespace namespace, long size, Storage storage) throws NoSuchAlgorithmException {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[PIECE_BYTES];
        MemorySegment target = MemorySegment.ofArray(piece);
        long at = 0;
        while (true) {
            long count = namespace.read(Keys.utf8(key(size, storage)), at, target);
            assertTrue(count >= 0, "present");
            if (count == 0) {
                assertEquals(size, at, "length");
                return HexFormat.of().formatHex(sha256.digest());
            }
            sha256.update(piece, 0, (int) count);
            at += count;
        }
    }

    /** Puts values of all sizes and says what their bytes sum up to. */
    static final class Putter {
        public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), HearthOptions.defaults())) {
                Namespace namespace = hearth.namespace(Fingerprint.of("sizes"));
                ForkedJvm.say("created");
                for (long size : SIZES) {
                    for (Storage storage : storages(size)) {
                        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                        SplittableRandom random = new SplittableRandom(size);
                        namespace.put(Keys.utf8(key(size, storage)), size, target -> {
                            byte[] bytes = new byte[(int) target.byteSize()];
                            random.nextBytes(bytes);
                            sha256.update(bytes);
                            MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
                        }, PutOptions.of(Kind.PARAMETER).storage(storage));
                        ForkedJvm.say("put " + key(size, storage) + " " + HexFormat.of().formatHex(sha256.digest()));
                    }
                }
            }
        }
    }
}
