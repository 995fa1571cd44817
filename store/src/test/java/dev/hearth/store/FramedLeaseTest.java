package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reused leases on encoded values of one page, which from the second get on lie in a frame. */
@SuppressWarnings("try") // A reused lease is closed and opened again.
class FramedLeaseTest {
    private static final int PAGE = 16 << 10;
    private static final int VALUE = PAGE - 100;
    /** More than there are frames for. */
    private static final int KEYS = 600;
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(PAGE).maxEntries(10_000).frameBytes(HearthOptions.MIN_FRAME_BYTES);

    @TempDir
    Path temporary;

    private Hearth open() {
        return Hearth.open(temporary.resolve("store"), SMALL);
    }

    private static byte[] value(int key) {
        byte[] value = new byte[VALUE];
        Arrays.fill(value, (byte) (key * 7 + 1));
        value[0] = (byte) key;
        value[1] = (byte) (key >>> 8);
        return value;
    }

    private static MemorySegment key(int key) {
        return Keys.utf8("key " + key);
    }

    private static Namespace fill(Hearth hearth, int keys) {
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        for (int i = 0; i < keys; i++) {
            namespace.put(key(i), MemorySegment.ofArray(value(i)),
                    PutOptions.of(Kind.ACTIVATION).storage(Storage.COMPACT).spec(TensorSpec.of(DType.U8, VALUE)));
        }
        return namespace;
    }

    private static void assertValue(int key, Lease lease) {
        assertEquals(-1, lease.segment().mismatch(MemorySegment.ofArray(value(key))), () -> "key " + key);
    }

    private static long decoded(Hearth hearth) {
        return hearth.stats().counter("pagesDecoded");
    }

    @Test
    void get_moreValuesThanFrames_letsGoOfEachFrame() {
        try (Hearth hearth = open(); Lease lease = hearth.newLease()) {
            Namespace namespace = fill(hearth, KEYS);
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < KEYS; i++) {
                    for (int time = 0; time < 3; time++) {
                        assertTrue(namespace.get(key(i), lease));
                        assertValue(i, lease);
                        lease.close();
                    }
                }
            }
            // A frame that was not let go of could not be taken, and the page would be decoded each time.
            for (int i = 0; i < KEYS; i++) {
                assertTrue(namespace.get(key(i), lease));
                lease.close();
                long before = decoded(hearth);
                assertTrue(namespace.get(key(i), lease));
                lease.close();
                assertEquals(before, decoded(hearth), "key " + i);
            }
        }
    }

    @Test
    void get_whileOthersTakeFrames_keepsItsOwn() {
        try (Hearth hearth = open(); Lease lease = hearth.newLease(); Lease others = hearth.newLease()) {
            Namespace namespace = fill(hearth, KEYS);
            for (int kept = 0; kept < 5; kept++) {
                for (int time = 0; time < 2; time++) {
                    assertTrue(namespace.get(key(kept), lease));
                    if (time == 0) {
                        lease.close();
                    }
                }
                MemorySegment bytes = lease.segment();
                for (int i = 5; i < KEYS; i++) {
                    assertTrue(namespace.get(key(i), others));
                    others.close();
                }
                assertEquals(-1, bytes.mismatch(MemorySegment.ofArray(value(kept))), "key " + kept);
                lease.close();
            }
        }
    }

    @Test
    void get_rangeOrDescription_isThatOfTheValue() {
        try (Hearth hearth = open(); Lease lease = hearth.newLease()) {
            Namespace namespace = fill(hearth, 3);
            for (int time = 0; time < 3; time++) {
                assertTrue(namespace.get(key(1), 1000, 50, lease));
                assertEquals(-1, lease.segment().mismatch(MemorySegment.ofArray(value(1)).asSlice(1000, 50)));
                assertEquals(50, lease.byteSize());
                assertEquals(1, lease.pageCount());
                assertEquals(TensorSpec.of(DType.U8, VALUE), lease.spec());
                assertThrows(IllegalStateException.class, () -> namespace.get(key(2), lease));
                lease.close();
                assertThrows(IllegalStateException.class, lease::segment);
                assertTrue(namespace.get(key(1), VALUE, 50, lease));
                assertEquals(0, lease.byteSize());
                lease.close();
                lease.close();
            }
        }
    }

    @Test
    void get_afterItWasReplacedOrRemoved_isWhatIsThereNow() {
        try (Hearth hearth = open(); Lease lease = hearth.newLease()) {
            Namespace namespace = fill(hearth, 2);
            for (int i = 0; i < 50; i++) {
                for (int time = 0; time < 3; time++) {
                    assertTrue(namespace.get(key(0), lease));
                    assertValue(i, lease);
                    lease.close();
                }
                namespace.put(key(0), MemorySegment.ofArray(value(i + 1)),
                        PutOptions.of(Kind.ACTIVATION).storage(Storage.COMPACT));
            }
            assertTrue(namespace.remove(key(0)));
            assertFalse(namespace.get(key(0), lease));
        }
    }

    @Test
    void lease_openWhenTheStoreIsClosed_keepsItsFrame() {
        Lease lease;
        try (Hearth hearth = open()) {
            Namespace namespace = fill(hearth, 2);
            lease = hearth.newLease();
            assertTrue(namespace.get(key(1), lease));
            lease.close();
            assertTrue(namespace.get(key(1), lease));
        }
        assertValue(1, lease);
        lease.close();
        assertThrows(IllegalStateException.class, lease::segment);
    }
}
