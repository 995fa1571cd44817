package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.Garbage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of 16 bytes that are passed as two words. */
class WordKeysTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(10_000);
    private static final long FIRST = 0x8877_6655_4433_2211L;
    private static final long SECOND = 0xF0E0_D0C0_B0A0_9080L;

    @TempDir
    Path temporary;

    private Hearth open(HearthOptions options) {
        return Hearth.open(temporary.resolve("store"), options);
    }

    private static MemorySegment key(long first, long second) {
        return MemorySegment.ofBuffer(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(first)
                .putLong(second).flip());
    }

    private static byte[] value(int number) {
        byte[] value = new byte[5_000];
        Arrays.fill(value, (byte) number);
        return value;
    }

    private static byte[] bytes(Lease lease) {
        byte[] bytes = lease.segment().toArray(ValueLayout.JAVA_BYTE);
        lease.close();
        return bytes;
    }

    @Test
    void get_ofWhatWasPutUnderThoseBytes_findsItInEveryStorage() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Lease lease = hearth.newLease();
            for (Storage storage : Storage.values()) {
                for (int i = 0; i < 200; i++) {
                    namespace.put(key(FIRST * i, SECOND + i), MemorySegment.ofArray(value(i)),
                            PutOptions.of(Kind.ACTIVATION).storage(storage));
                }
                for (int round = 0; round < 3; round++) {
                    for (int i = 0; i < 200; i++) {
                        assertTrue(namespace.get(FIRST * i, SECOND + i, lease), storage + " " + i);
                        assertArrayEquals(value(i), bytes(lease));
                        assertFalse(namespace.get(SECOND + i, FIRST * i, lease), "the words the other way round");
                    }
                }
            }
            assertEquals(1_200, hearth.stats().counter("misses"));
        }
    }

    @Test
    void get_ofWhatWasReplacedAndRemoved_isNotStale() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            Lease lease = hearth.newLease();
            PutOptions options = PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE);
            for (int i = 0; i < 1_000; i++) {
                long version = namespace.put(key(FIRST, SECOND), MemorySegment.ofArray(value(i)), options);
                for (int round = 0; round < 3; round++) {
                    assertTrue(namespace.get(FIRST, SECOND, lease));
                    assertEquals(version, lease.version());
                    assertArrayEquals(value(i), bytes(lease));
                }
            }
            assertTrue(namespace.remove(key(FIRST, SECOND)));
            assertFalse(namespace.get(FIRST, SECOND, lease));
        }
    }

    @Test
    void get_ofAnAttachmentThatOnlyReadsOrTracks_findsIt() {
        PutOptions options = PutOptions.of(Kind.PARAMETER);
        try (Hearth hearth = open(SMALL.trackLeases(true))) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(key(FIRST, SECOND), MemorySegment.ofArray(value(1)), options);
            Lease lease = hearth.newLease();
            assertTrue(namespace.get(FIRST, SECOND, lease));
            assertEquals(1, hearth.openLeases().size());
            assertArrayEquals(value(1), bytes(lease));
        }
        try (Hearth hearth = open(SMALL.access(HearthOptions.Access.READ_ONLY))) {
            Lease lease = hearth.newLease();
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            assertTrue(namespace.get(FIRST, SECOND, lease));
            assertArrayEquals(value(1), bytes(lease));
            assertFalse(namespace.get(FIRST, SECOND + 1, lease));
        }
    }

    @Test
    void get_intoAnOpenLeaseOrAClosedStore_throws() {
        Hearth hearth = open(SMALL);
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        namespace.put(key(FIRST, SECOND), MemorySegment.ofArray(value(1)), PutOptions.of(Kind.PARAMETER));
        Lease lease = hearth.newLease();
        assertTrue(namespace.get(FIRST, SECOND, lease));
        assertThrows(IllegalStateException.class, () -> namespace.get(FIRST, SECOND, lease));
        lease.close();
        hearth.close();
        assertThrows(HearthException.Closed.class, () -> namespace.get(FIRST, SECOND, lease));
    }

    @Test
    void get_makesNoGarbage() {
        try (Hearth hearth = open(SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            namespace.put(key(FIRST, SECOND), MemorySegment.ofArray(value(1)), PutOptions.of(Kind.PARAMETER));
            Lease lease = hearth.newLease();
            long[] found = new long[2];
            assertEquals(0, Garbage.of(() -> {
                for (int i = 0; i < 100_000; i++) {
                    found[0] += namespace.get(FIRST, SECOND, lease) ? 1 : 0;
                    lease.close();
                    found[1] += namespace.get(SECOND, FIRST, lease) ? 1 : 0;
                }
            }), "bytes per 100,000 hits and misses");
            assertTrue(found[0] != 0);
            assertEquals(0, found[1]);
        }
    }
}
