package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code processes} says of who is attached. */
class ProcessesTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(8 << 20)
            .segmentBytes(256 << 10).pageBytes(16 << 10).maxEntries(5_000);
    private static final int VALUE_BYTES = 200_000;

    @TempDir
    Path temporary;

    private static void put(Namespace namespace, String key) {
        namespace.put(Keys.utf8(key), MemorySegment.ofArray(new byte[VALUE_BYTES]), PutOptions.of(Kind.PARAMETER));
    }

    /** Leases a value and is in the middle of writing another one when it is killed. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws IOException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL)) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                put(namespace, "leased");
                try (Lease lease = Objects.requireNonNull(namespace.get(Keys.utf8("leased")))) {
                    namespace.put(Keys.utf8("written"), VALUE_BYTES, target -> {
                        ForkedJvm.say("writing beside " + lease.byteSize());
                        int ignored = System.in.read();
                        throw new IOException("end " + ignored);
                    }, PutOptions.of(Kind.PARAMETER));
                }
            }
        }
    }

    private static ProcessInfo only(Hearth hearth) {
        List<ProcessInfo> processes = hearth.processes();
        assertEquals(1, processes.size(), processes::toString);
        return processes.getFirst();
    }

    @Test
    void processes_inTheMiddleOfAPut_showsItAndItsBytes() throws IOException {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            assertEquals(0, only(hearth).putsInFlight());
            List<ProcessInfo> seen = new ArrayList<>();
            namespace.put(Keys.utf8("k"), VALUE_BYTES, target -> seen.add(only(hearth)), PutOptions.of(Kind.PARAMETER));
            assertFalse(seen.isEmpty());
            for (ProcessInfo during : seen) {
                assertEquals(1, during.putsInFlight());
                assertEquals(VALUE_BYTES, during.bytesInFlight());
                assertTrue(during.alive());
            }
            assertThrows(IOException.class, () -> namespace.put(Keys.utf8("k"), VALUE_BYTES, target -> {
                throw new IOException("of the source");
            }, PutOptions.of(Kind.PARAMETER)));
            try (Batch batch = namespace.batch()) {
                batch.put(Keys.utf8("b"), MemorySegment.ofArray(new byte[100]), PutOptions.of(Kind.PARAMETER));
                assertEquals(100, only(hearth).bytesInFlight(), "until its commit");
            }
            assertEquals(0, only(hearth).putsInFlight());
            assertEquals(0, only(hearth).bytesInFlight());
        }
    }

    @Test
    void processes_withLeases_countsThem() {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), SMALL)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            put(namespace, "k");
            try (Lease one = namespace.get(Keys.utf8("k")); Lease two = namespace.get(Keys.utf8("k"))) {
                assertNotNull(one);
                assertNotNull(two);
                assertEquals(2, only(hearth).holds());
            }
            assertEquals(0, only(hearth).holds());
        }
    }

    @Test
    @Tag("system")
    void processes_ofOneThatWasKilledWhileItWrote_showsWhatItLeftUntilItsSlotIsTakenAgain() {
        Path store = temporary.resolve("store");
        try (ForkedJvm writer = ForkedJvm.of(Writer.class).args(store.toString()).start()) {
            writer.awaitLine("writing beside");
            try (Hearth reader = Hearth.open(store, SMALL.access(HearthOptions.Access.READ_ONLY))) {
                ProcessInfo alive = only(reader);
                assertTrue(alive.alive());
                assertEquals(writer.pid(), alive.pid());
                assertEquals(1, alive.putsInFlight());
                assertEquals(2, alive.holds(), "the lease, and the segment that is written to");
                writer.kill();
                ProcessInfo dead = only(reader);
                assertFalse(dead.alive());
                assertEquals(alive.tenancy(), dead.tenancy());
                assertEquals(1, dead.putsInFlight());
                assertEquals(VALUE_BYTES, dead.bytesInFlight());
            }
            try (Hearth next = Hearth.open(store, SMALL)) {
                ProcessInfo own = only(next);
                assertTrue(own.alive());
                assertEquals(0, own.putsInFlight());
                assertEquals(0, own.holds());
            }
        }
    }
}
