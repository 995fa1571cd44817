package dev.hearth.store.counters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CountersTest {
    private static final int SLOTS = 4;

    @TempDir
    Path temporary;
    private final AtomicLong nowMs = new AtomicLong(1000);
    private StoreDirectory directory;

    @BeforeEach
    void create() {
        directory = StoreDirectory.create(temporary.resolve("store"));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void descriptor_offsets_arePinned() {
        assertArrayEquals(new int[]{0, 8, 12, 16, 20, 24, 32, 40, 48, 56, 60, 4092, 4096},
                new int[]{CountersDescriptor.MAGIC, CountersDescriptor.FORMAT, CountersDescriptor.SLOT_COUNT,
                        CountersDescriptor.COUNTERS_PER_SLOT, CountersDescriptor.ERROR_BYTES,
                        CountersDescriptor.METADATA_OFFSET, CountersDescriptor.VALUES_OFFSET,
                        CountersDescriptor.ERRORS_OFFSET, CountersDescriptor.FILE_BYTES, CountersDescriptor.LABELS_CRC,
                        CountersDescriptor.ZERO, CountersDescriptor.CRC, CountersDescriptor.BYTES});
        byte[] magic = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(CountersDescriptor.MAGIC_VALUE)
                .array();
        assertEquals("HRTHCNTR", new String(magic, StandardCharsets.US_ASCII));
    }

    @Test
    void add_slots_sumIsTheTotal() {
        try (Counters zero = open(0, 1); Counters three = open(3, 1); CountersView view = view()) {
            zero.increment(Counter.HITS);
            zero.add(Counter.HITS, 9);
            three.add(Counter.HITS, 5);
            three.add(Counter.FRAMES_RESIDENT, 7);
            zero.add(Counter.FRAMES_RESIDENT, -2);
            zero.set(StoreGauge.ENTRIES, 77);
            assertEquals(15, view.total(Counter.HITS));
            assertEquals(10, view.of(0, Counter.HITS));
            assertEquals(0, view.of(1, Counter.HITS));
            assertEquals(5, three.own(Counter.HITS));
            assertEquals(5, view.total(Counter.FRAMES_RESIDENT));
            assertEquals(0, view.total(Counter.MISSES));
            assertEquals(77, view.gauge(StoreGauge.ENTRIES));
            assertEquals(0, view.gauge(StoreGauge.STORED_BYTES));
        }
    }

    @Test
    void add_eachCounterOfEachSlot_hasAPlaceOfItsOwn() {
        for (int slot = 0; slot < SLOTS; slot++) {
            try (Counters counters = open(slot, 1)) {
                for (Counter counter : Counter.values()) {
                    counters.add(counter, expected(slot, counter));
                }
            }
        }
        try (CountersView view = view()) {
            for (int slot = 0; slot < SLOTS; slot++) {
                for (Counter counter : Counter.values()) {
                    assertEquals(expected(slot, counter), view.of(slot, counter), slot + " " + counter);
                }
            }
        }
    }

    private static long expected(int slot, Counter counter) {
        return 1 + slot * 1000L + Arrays.asList(Counter.values()).indexOf(counter);
    }

    @Test
    void add_manyThreads_losesNothing() throws InterruptedException {
        try (Counters counters = open(1, 1)) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 6; t++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        counters.increment(Counter.HITS);
                        counters.increment(Counter.PUTS);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(120_000, counters.own(Counter.HITS));
            assertEquals(120_000, counters.own(Counter.PUTS));
        }
    }

    @Test
    void open_nextTenant_goesOnCounting() {
        try (Counters first = open(2, 1)) {
            first.add(Counter.PUTS, 4);
        }
        try (Counters second = open(2, 2)) {
            second.increment(Counter.PUTS);
            assertEquals(5, second.own(Counter.PUTS));
        }
    }

    @Test
    void record_errors_readBackWithCountAndTimes() {
        try (Counters one = open(1, 1); Counters two = open(2, 1); CountersView view = view()) {
            for (int i = 0; i < 3; i++) {
                nowMs.set(1000 + i);
                assertTrue(one.record(error("lost a page")));
            }
            assertTrue(two.record(new IllegalStateException("other")));
            List<CountersView.ObservedError> errors = view.errors();
            assertEquals(2, errors.size(), errors.toString());
            CountersView.ObservedError lost = errors.get(0);
            assertEquals(1, lost.slot());
            assertEquals(3, lost.observations());
            assertEquals(1000, lost.firstMs());
            assertEquals(1002, lost.lastMs());
            assertTrue(lost.text().contains("lost a page") && lost.text().contains("CountersTest"), lost.text());
            assertTrue(errors.get(1).text().contains("other"), errors.toString());
        }
    }

    @Test
    void record_nextTenants_keepTheErrorsOfTheLast() {
        try (Counters first = open(1, 1)) {
            first.record(error("of the first"));
        }
        try (Counters second = open(1, 2)) {
            second.record(error("of the second"));
            assertEquals(List.of("of the second", "of the first"), messages());
        }
        open(1, 3).close();
        assertEquals(List.of("of the second"), messages());
    }

    @Test
    void record_moreThanThereIsRoomFor_saysSoAndKeepsTheFirst() {
        try (Counters counters = open(0, 1)) {
            int noted = 0;
            while (counters.record(new IllegalStateException("x".repeat(500), manyCauses(noted)))) {
                noted++;
                assertTrue(noted < 1000);
            }
            assertTrue(noted > 0);
            assertEquals(noted, messages().size());
        }
    }

    @Test
    void add_afterClose_doesNothing() {
        Counters counters = open(0, 1);
        counters.increment(Counter.HITS);
        counters.close();
        counters.close();
        counters.increment(Counter.HITS);
        counters.set(StoreGauge.ENTRIES, 5);
        assertTrue(counters.record(error("late")));
        try (CountersView view = view()) {
            assertEquals(1, view.total(Counter.HITS));
            assertEquals(0, view.gauge(StoreGauge.ENTRIES));
            assertEquals(List.of(), view.errors());
        }
    }

    @Test
    void close_whileThreadsCount_endsQuietly() throws InterruptedException {
        for (int round = 0; round < 10; round++) {
            Counters counters = open(0, round + 1);
            AtomicLong counted = new AtomicLong();
            List<Throwable> failures = new ArrayList<>();
            Thread thread = Thread.ofPlatform().unstarted(() -> {
                for (int i = 0; i < 20_000; i++) {
                    counters.increment(Counter.HITS);
                    boolean _ = counters.record(error("again"));
                    counted.incrementAndGet();
                }
            });
            thread.setUncaughtExceptionHandler((_, e) -> failures.add(e));
            thread.start();
            while (counted.get() < 100) {
                Thread.onSpinWait();
            }
            counters.close();
            thread.join();
            assertEquals(List.of(), failures);
            assertEquals(20_000, counted.get());
        }
    }

    @Test
    void open_fileNotValid_isReplaced() throws IOException {
        open(0, 1).close();
        long sizeBytes = Files.size(path());
        for (int at : new int[]{0, 8, 12, 56, 100, 4095}) {
            try (PosixFile file = directory.open("counters", false)) {
                file.write(at, MemorySegment.ofArray(new byte[]{99}));
            }
            assertTrue(CountersView.open(directory, SLOTS).isEmpty(), "at=" + at);
            assertCountsAfterOpening();
        }
        for (long truncated : new long[]{0, 100, sizeBytes - 1, sizeBytes + 1}) {
            try (PosixFile file = directory.open("counters", false)) {
                file.truncate(truncated);
            }
            assertCountsAfterOpening();
        }
        Files.delete(path());
        Files.createSymbolicLink(path(), temporary.resolve("elsewhere"));
        assertThrows(HearthException.Refused.class, () -> open(0, 1));
        assertFalse(Files.exists(temporary.resolve("elsewhere")));
        Files.delete(path());
        Files.createDirectory(path());
        assertThrows(HearthException.class, () -> open(0, 1));
        assertEquals(List.of("counters"), directory.list());
    }

    private void assertCountsAfterOpening() {
        try (Counters counters = open(0, 1); CountersView view = view()) {
            counters.increment(Counter.HITS);
            assertEquals(1, view.total(Counter.HITS), "a new file");
        }
    }

    @Test
    void view_noFile_isEmpty() {
        assertTrue(CountersView.open(directory, SLOTS).isEmpty());
        open(0, 1).close();
        assertTrue(CountersView.open(directory, SLOTS + 1).isEmpty(), "of another store");
        assertTrue(CountersView.open(directory, SLOTS).isPresent());
    }

    @Test
    void file_readByTheLibrarysReader_hasLabelsAndValues() throws IOException {
        try (Counters counters = open(1, 1)) {
            counters.add(Counter.EVICTIONS, 12);
            counters.set(StoreGauge.LOGICAL_BYTES, 34);
        }
        byte[] bytes = Files.readAllBytes(path());
        CountersLayout layout = new CountersLayout(SLOTS);
        CountersReader reader = new CountersReader(
                new UnsafeBuffer(bytes, (int) layout.metadataOffset, (int) layout.metadataBytes),
                new UnsafeBuffer(bytes, (int) layout.valuesOffset, (int) layout.valuesBytes), StandardCharsets.UTF_8);
        Map<String, Long> values = new HashMap<>();
        reader.forEach((value, _, label) -> values.put(label, value));
        assertEquals(layout.counterCount, values.size());
        assertEquals(12L, Objects.requireNonNull(values.get("evictions slot 1")));
        assertEquals(0L, Objects.requireNonNull(values.get("hits slot 3 stripe 7")));
        assertEquals(34L, Objects.requireNonNull(values.get("logicalBytes")));
    }

    @Test
    @Tag("system")
    void counters_processKilled_areKept() {
        try (Counters here = open(0, 1);
                CountersView view = view();
                ForkedJvm other = ForkedJvm.of(Counting.class).args(directory.directory().toString()).start()) {
            here.increment(Counter.MISSES);
            other.awaitLine("counted");
            other.kill();
            assertEquals(1001, view.total(Counter.MISSES));
            assertEquals("counted", other.output(), "the libraries print nothing");
            assertEquals(List.of("before it died"), messages());
        }
    }

    /** Counts in slot 1 and waits to be killed. */
    static final class Counting {
        public static void main(String[] args) throws Exception {
            StoreDirectory directory = StoreDirectory.open(Path.of(args[0]));
            Counters.open(directory.subdirectory("fresh", true), SLOTS, 1, 1, () -> 5).close();
            Counters counters = Counters.open(directory, SLOTS, 1, 1, () -> 5);
            for (int i = 0; i < 1000; i++) {
                counters.increment(Counter.MISSES);
            }
            counters.record(error("before it died"));
            ForkedJvm.say("counted");
            int _ = System.in.read();
        }
    }

    private List<String> messages() {
        try (CountersView view = view()) {
            return view.errors().stream().map(error -> error.text().lines().findFirst().orElse("")
                    .replaceFirst("^[^:]*: ", "")).toList();
        }
    }

    private static IllegalStateException error(String message) {
        return new IllegalStateException(message);
    }

    /** Errors are the same if their classes and stack traces are, whatever they say. */
    private static Throwable manyCauses(int depth) {
        Throwable cause = new IllegalArgumentException("cause");
        for (int i = 0; i < depth; i++) {
            cause = new IllegalArgumentException("cause", cause);
        }
        return cause;
    }

    private Counters open(int slot, int tenancy) {
        return Counters.open(directory, SLOTS, slot, tenancy, nowMs::get);
    }

    private CountersView view() {
        return CountersView.open(directory, SLOTS).orElseThrow();
    }

    private Path path() {
        return temporary.resolve("store").resolve("counters");
    }
}
