package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.Garbage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodedReadTest {
    static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(64 << 20).segmentBytes(1 << 20)
            .pageBytes(16 << 10).maxEntries(10_000);
    private static final int PAGE = 16 << 10;

    @TempDir
    Path temporary;

    private Path store() {
        return temporary.resolve("store");
    }

    /** A value whose pages are encoded, except every fourth, which cannot be. */
    static byte[] mixed(int length, long seed) {
        Random random = new Random(seed);
        byte[] value = new byte[length];
        for (int at = 0; at < length; at += PAGE) {
            int end = Math.min(length, at + PAGE);
            byte[] page = new byte[end - at];
            if (at / PAGE % 4 == 3) {
                random.nextBytes(page);
            } else {
                Arrays.fill(page, (byte) random.nextInt());
            }
            System.arraycopy(page, 0, value, at, page.length);
        }
        return value;
    }

    private static Namespace put(Hearth hearth, String key, byte[] value, Kind kind) {
        Namespace namespace = hearth.namespace(Fingerprint.of("n"));
        namespace.put(Keys.utf8(key), MemorySegment.ofArray(value), PutOptions.of(kind).storage(Storage.COMPACT));
        return namespace;
    }

    private static long decoded(Hearth hearth) {
        return hearth.stats().counter("pagesDecoded");
    }

    @Test
    void read_oneByteTenThousandTimes_decodesItsPageOnce() {
        byte[] value = mixed(400_000, 1);
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = put(hearth, "k", value, Kind.ACTIVATION);
            byte[] one = new byte[1];
            for (int at : new int[]{5, 3 * PAGE + 5, value.length - 1}) {
                long before = decoded(hearth);
                for (int i = 0; i < 10_000; i++) {
                    assertEquals(1, namespace.read(Keys.utf8("k"), at, MemorySegment.ofArray(one)));
                    assertEquals(value[at], one[0]);
                }
                assertEquals(1, decoded(hearth) - before, "pages decoded, at " + at);
            }
        }
    }

    @Test
    void read_wholePagesIntoOwnMemory_fillsFramesToo() {
        byte[] value = mixed(400_000, 7);
        MemorySegment expected = MemorySegment.ofArray(value);
        int encoded = Math.ceilDiv(value.length, PAGE) - value.length / PAGE / 4;
        try (Hearth hearth = Hearth.open(store(), SMALL); Arena arena = Arena.ofConfined()) {
            Namespace namespace = put(hearth, "k", value, Kind.ACTIVATION);
            MemorySegment target = arena.allocate(value.length);
            long before = decoded(hearth);
            // From the middle of a page on, so that pages land at other places than they have in the value.
            assertEquals(value.length - 100, namespace.read(Keys.utf8("k"), 100, target));
            assertEquals(-1, target.asSlice(0, value.length - 100).mismatch(expected.asSlice(100)));
            long first = decoded(hearth) - before;
            target.fill((byte) 0);
            assertEquals(value.length, namespace.read(Keys.utf8("k"), 0, target));
            assertEquals(-1, target.mismatch(expected));
            try (Lease lease = namespace.get(Keys.utf8("k"))) {
                assertNotNull(lease);
                for (int page = 0; page < lease.pageCount(); page++) {
                    long start = (long) page * PAGE;
                    assertEquals(-1, lease.page(page)
                            .mismatch(expected.asSlice(start, Math.min(PAGE, value.length - start))));
                }
            }
            assertTrue(first >= encoded, "decoded=" + first);
            assertEquals(0, decoded(hearth) - before - first, "what was decoded once is in its frame");
        }
    }

    @Test
    void read_moreThanTheFramesHold_leavesThemToWhatWasThereAndLetsInWhatComesBack() {
        try (Hearth hearth = Hearth.open(store(), SMALL.frameBytes(HearthOptions.MIN_FRAME_BYTES));
                Arena arena = Arena.ofConfined()) {
            int values = 400;
            for (int i = 0; i < values; i++) {
                byte[] value = new byte[PAGE];
                Arrays.fill(value, (byte) i);
                put(hearth, "k" + i, value, Kind.PARAMETER);
            }
            Namespace namespace = hearth.namespace(Fingerprint.of("n"));
            MemorySegment target = arena.allocate(PAGE);
            for (int i = 0; i < values; i++) {
                assertEquals(PAGE, namespace.read(Keys.utf8("k" + i), 0, target));
                assertEquals((byte) i, target.get(ValueLayout.JAVA_BYTE, 77));
            }
            long before = decoded(hearth);
            for (int i = 0; i < 20; i++) {
                assertEquals(PAGE, namespace.read(Keys.utf8("k" + i), 0, target));
                assertEquals((byte) i, target.get(ValueLayout.JAVA_BYTE, 77));
            }
            assertEquals(before, decoded(hearth), "what came first has kept its frames");
            for (int time = 0; time < 2; time++) {
                assertEquals(PAGE, namespace.read(Keys.utf8("k399"), 0, target));
            }
            before = decoded(hearth);
            assertEquals(PAGE, namespace.read(Keys.utf8("k399"), 0, target));
            assertEquals(before, decoded(hearth), "what is read again and again has a frame");
        }
    }

    /** Opens the frames, and, told to, reads one byte of each page of {@code k} many times. */
    static final class Reader {
        public static void main(String[] args) throws IOException {
            byte[] value = mixed(400_000, 1);
            try (Hearth hearth = Hearth.open(Path.of(args[0]), SMALL.access(HearthOptions.Access.ATTACH))) {
                Namespace namespace = hearth.findNamespace("n", null).orElseThrow();
                byte[] one = new byte[1];
                long _ = namespace.read(Keys.utf8("k"), 0, MemorySegment.ofArray(one));
                System.out.println("open");
                byte[] _ = System.in.readNBytes("go\n".length());
                for (int i = 0; i < 1_000; i++) {
                    for (int at = 7; at < value.length; at += PAGE) {
                        if (namespace.read(Keys.utf8("k"), at, MemorySegment.ofArray(one)) != 1
                                || one[0] != value[at]) {
                            throw new AssertionError("at=" + at);
                        }
                    }
                }
                System.out.println("done");
                int _ = System.in.read();
            }
        }
    }

    @Test
    void read_byTwoProcesses_decodesEachEncodedPageOnce() {
        byte[] value = mixed(400_000, 1);
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = put(hearth, "k", value, Kind.ACTIVATION);
            byte[] one = new byte[1];
            assertEquals(1, namespace.read(Keys.utf8("k"), 0, MemorySegment.ofArray(one)));
            try (ForkedJvm first = ForkedJvm.of(Reader.class).args(store().toString()).start();
                    ForkedJvm second = ForkedJvm.of(Reader.class).args(store().toString()).start()) {
                // Of processes that open the frames at once one may have to do without them at first.
                first.awaitLine("open");
                second.awaitLine("open");
                first.send("go");
                second.send("go");
                first.awaitLine("done");
                second.awaitLine("done");
                int pages = Math.ceilDiv(value.length, PAGE);
                int raw = pages / 4;
                // Whoever waited in vain, for a process that was not run for so long, has decoded privately.
                long refused = hearth.stats().counter("framesRefused");
                // A raw page is checked once by each process; an encoded one is decoded once by whichever.
                assertEquals(pages - raw + 2L * raw + refused, decoded(hearth), "pages decoded by all");
                assertTrue(refused <= pages / 4, "refused=" + refused);
            }
        }
    }

    @Test
    void page_ofALease_isLoadedWhenItIsAskedFor() {
        byte[] value = mixed(400_000, 2);
        for (boolean track : new boolean[]{false, true}) {
            try (Hearth hearth = Hearth.open(temporary.resolve("store" + track), SMALL.trackLeases(track))) {
                Namespace namespace = put(hearth, "k", value, Kind.PARAMETER);
                long before = decoded(hearth);
                MemorySegment kept;
                try (Lease lease = namespace.get(Keys.utf8("k"))) {
                    assertNotNull(lease);
                    assertEquals(25, lease.pageCount());
                    assertEquals(0, decoded(hearth) - before);
                    kept = lease.page(7);
                    assertArrayEquals(Arrays.copyOfRange(value, 7 * PAGE, 8 * PAGE),
                            kept.toArray(ValueLayout.JAVA_BYTE));
                    assertEquals(1, decoded(hearth) - before);
                    assertArrayEquals(Arrays.copyOfRange(value, 24 * PAGE, value.length),
                            lease.page(24).toArray(ValueLayout.JAVA_BYTE));
                    assertThrows(IndexOutOfBoundsException.class, () -> lease.page(25));
                    assertArrayEquals(value, lease.segment().toArray(ValueLayout.JAVA_BYTE));
                    assertEquals(25, decoded(hearth) - before, "each page once");
                }
                assertThrows(IllegalStateException.class, () -> kept.get(ValueLayout.JAVA_BYTE, 0));
            }
        }
    }

    @Test
    void get_onePageOfAnEncodedValue_makesNoGarbageWhenResident() {
        byte[] value = mixed(400_000, 3);
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = put(hearth, "k", value, Kind.ACTIVATION);
            MemorySegment key = Keys.utf8("k");
            MemorySegment target = MemorySegment.ofArray(new byte[100]);
            Lease lease = hearth.newLease();
            for (int at : new int[]{PAGE + 64, 3 * PAGE + 64}) {
                long[] sum = {0};
                assertEquals(0, Garbage.of(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        sum[0] += first(namespace, key, at, lease);
                    }
                }), "bytes per 100,000 leases at " + at);
                assertEquals(0, Garbage.of(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        sum[0] += namespace.read(key, at, target);
                    }
                }), "bytes per 100,000 reads at " + at);
                assertTrue(sum[0] != 0);
                assertEquals(value[at], target.get(ValueLayout.JAVA_BYTE, 0));
            }
        }
    }

    private static long first(Namespace namespace, MemorySegment key, long at, Lease lease) {
        if (!namespace.get(key, at, 64, lease)) {
            return 0;
        }
        try (lease) {
            // Not the segment: a slice is free only where the compiler inlines all of this into its user.
            return lease.byteSize();
        }
    }

    @Test
    void get_ofAnAbsentRange_isEmpty() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Namespace namespace = put(hearth, "k", mixed(100_000, 4), Kind.ACTIVATION);
            try (Lease lease = namespace.get(Keys.utf8("k"), 200_000, 10)) {
                assertNotNull(lease);
                assertEquals(0, lease.byteSize());
                assertEquals(0, lease.pageCount());
                assertEquals(0, lease.segment().byteSize());
            }
            assertNull(namespace.get(Keys.utf8("other"), 0, 10));
        }
    }
}
