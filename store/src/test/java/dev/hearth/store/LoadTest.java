package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadTest {
    @TempDir
    Path temporary;

    private Hearth open() {
        return Hearth.open(temporary.resolve("store"), EncodedReadTest.SMALL);
    }

    @Test
    void load_withSeveralThreads_copiesTheValue() {
        byte[] value = EncodedReadTest.mixed(18_000_001, 1);
        try (Hearth hearth = open(); Arena shared = Arena.ofShared(); Arena confined = Arena.ofConfined()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            for (Storage storage : Storage.values()) {
                MemorySegment key = Keys.utf8(storage.name());
                namespace.put(key, MemorySegment.ofArray(value), PutOptions.of(Kind.PARAMETER).storage(storage));
                for (int threads : new int[]{1, 2, 5}) {
                    MemorySegment target = shared.allocate(value.length);
                    assertEquals(value.length, namespace.load(key, target, threads));
                    assertArrayEquals(value, target.toArray(ValueLayout.JAVA_BYTE), storage + " threads=" + threads);
                }
                byte[] part = new byte[100_000];
                assertEquals(part.length, namespace.load(key, MemorySegment.ofArray(part), 3));
                assertEquals(value[99_999], part[99_999]);
                assertEquals(value.length, namespace.load(key, confined.allocate(20_000_000), 1));
                assertThrows(IllegalArgumentException.class,
                        () -> namespace.load(key, confined.allocate(value.length), 2));
            }
            assertEquals(10, hearth.stats().counter("hits"), "each load is one hit");
            assertEquals(Namespace.ABSENT, namespace.load(Keys.utf8("none"), shared.allocate(10), 2));
            assertThrows(IllegalArgumentException.class, () -> namespace.load(Keys.utf8("k"), shared.allocate(1), 0));
        }
    }

    @Test
    void load_readOnly_copiesTheValue() {
        byte[] value = EncodedReadTest.mixed(9_000_000, 2);
        try (Hearth hearth = open()) {
            hearth.namespace(Fingerprint.of("n")).put(Keys.utf8("k"), MemorySegment.ofArray(value),
                    PutOptions.of(Kind.ACTIVATION));
            try (Hearth reader = Hearth.open(temporary.resolve("store"),
                    EncodedReadTest.SMALL.access(HearthOptions.Access.READ_ONLY))) {
                byte[] target = new byte[value.length];
                Namespace namespace = reader.findNamespace("n", null).orElseThrow();
                assertEquals(value.length, namespace.load(Keys.utf8("k"), MemorySegment.ofArray(target), 2));
                assertArrayEquals(value, target);
                try (Lease lease = namespace.get(Keys.utf8("k"))) {
                    assertNotNull(lease);
                    assertArrayEquals(value, lease.segment().toArray(ValueLayout.JAVA_BYTE));
                    assertEquals(TensorSpec.UNTYPED, lease.spec());
                    assertTrue(lease.segment().isReadOnly());
                }
            }
        }
    }

    @Test
    void prefetch_ofEncodedPages_decodesThemBeforeTheyAreRead() {
        byte[] value = EncodedReadTest.mixed(400_000, 3);
        try (Hearth hearth = open()) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(Keys.utf8("k"), MemorySegment.ofArray(value), PutOptions.of(Kind.ACTIVATION));
            long before = hearth.stats().counter("pagesDecoded");
            assertTrue(namespace.prefetch(Keys.utf8("k"), 16 << 10, 2 << 14));
            assertEquals(2, hearth.stats().counter("pagesDecoded") - before);
            byte[] target = new byte[2 << 14];
            assertEquals(target.length, namespace.read(Keys.utf8("k"), 16 << 10, MemorySegment.ofArray(target)));
            assertEquals(2, hearth.stats().counter("pagesDecoded") - before, "decoded before");
            assertEquals(value[20_000], target[20_000 - (16 << 10)]);
            assertTrue(namespace.prefetch(Keys.utf8("k")));
            assertFalse(namespace.prefetch(Keys.utf8("none")));
            assertTrue(namespace.touch(Keys.utf8("k")));
            assertFalse(namespace.touch(Keys.utf8("none")));
        }
    }
}
