package dev.hearth.store.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.io.HugePages;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A store in memory, whose table and full segments move into huge pages. */
@Tag("system")
class HugePagingTest {
    private static final HearthOptions SMALL = HearthOptions.defaults().capacityBytes(24 << 20).segmentBytes(1 << 20)
            .maxEntries(100_000);
    private static final Fingerprint MODEL = Fingerprint.of("n");
    private static final PutOptions IN_PLACE = PutOptions.of(Kind.ACTIVATION).storage(Storage.IN_PLACE);
    private static final int VALUE_BYTES = 40_000;
    /** A little more than fills ten segments. */
    private static final int VALUES = 270;
    private static final long LIMIT_NS = 240_000_000_000L;

    private Path temporary;

    @BeforeEach
    void create() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory), "no memory file system");
        temporary = Files.createTempDirectory(memory, "huge-paging-test");
        try (StoreDirectory directory = StoreDirectory.create(temporary.resolve("probe"));
                PosixFile file = directory.create("f")) {
            file.allocate(0, HugePages.BYTES);
            try (MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ, 0, HugePages.BYTES)) {
                assumeTrue(HugePages.areAllowed() && region.collapse(0) == MappedRegion.Collapse.MOVED,
                        "this kernel gives no huge pages for files in memory");
            }
        }
    }

    @AfterEach
    void delete() throws IOException {
        if (temporary != null) {
            try (Stream<Path> files = Files.walk(temporary)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private Path store() {
        return temporary.resolve("store");
    }

    private static byte[] value(int number) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) (number + 1));
        return value;
    }

    private static void put(Namespace namespace, int from, int to) {
        for (int i = from; i < to; i++) {
            namespace.put(Keys.utf8("key " + i), MemorySegment.ofArray(value(i)), IN_PLACE);
        }
    }

    private long blockBytes(String name) {
        try (StoreDirectory directory = StoreDirectory.open(store()); PosixFile file = directory.open(name, true)) {
            return file.status().allocatedBytes();
        }
    }

    /** Bytes in huge pages, of each file of the store that this process maps. */
    private static Map<String, Long> hugeBytes(Path store) throws IOException {
        Map<String, Long> huge = new TreeMap<>();
        String file = "";
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                int at = line.indexOf(store.toString());
                file = at < 0 ? "" : line.substring(at + store.toString().length() + 1);
            } else if (!file.isEmpty() && line.startsWith("ShmemPmdMapped:")) {
                huge.merge(file, Long.parseLong(line.replaceAll("[^0-9]", "")) << 10, Long::sum);
            }
        }
        return huge;
    }

    private static long awaitHugePages(Hearth hearth, long least) {
        long deadlineNs = System.nanoTime() + LIMIT_NS;
        long pages = hearth.stats().counter("hugePages");
        while (pages < least) {
            assertTrue(System.nanoTime() < deadlineNs, "hugePages=" + pages + " awaited=" + least);
            Thread.onSpinWait();
            pages = hearth.stats().counter("hugePages");
        }
        return pages;
    }

    /** Reads all values and says what it maps in huge pages. */
    static final class Reader {
        private Reader() {}

        public static void main(String[] args) throws IOException {
            Path store = Path.of(args[0]);
            try (Hearth hearth = Hearth.open(store, SMALL)) {
                Lease lease = hearth.newLease();
                Namespace namespace = hearth.namespace(MODEL);
                for (int i = 0; i < VALUES; i++) {
                    ForkedJvm.say(namespace.get(Keys.utf8("key " + i), lease)
                            ? "found " + lease.segment().get(ValueLayout.JAVA_BYTE, VALUE_BYTES - 1)
                            : "missing");
                    lease.close();
                }
                hugeBytes(store).forEach((file, bytes) -> ForkedJvm.say("huge " + file + " " + bytes));
            }
        }
    }

    @Test
    void fullSegmentsAndTable_areInHugePagesForEveryProcess() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            put(hearth.namespace(MODEL), 0, VALUES);
            long data = blockBytes("data");
            long table = blockBytes("table");
            // Ten full segments are five huge pages, the table has at least three.
            awaitHugePages(hearth, 8);
            assertEquals(data, blockBytes("data"), "nothing takes more room than before");
            assertEquals(table, blockBytes("table"));
            try (ForkedJvm reader = ForkedJvm.of(Reader.class).args(store().toString()).start()) {
                for (int i = 0; i < VALUES; i++) {
                    reader.awaitLine("found " + (byte) (i + 1));
                }
                assertTrue(Long.parseLong(reader.awaitLine("huge data ")) >= 5 * HugePages.BYTES);
                assertTrue(Long.parseLong(reader.awaitLine("huge table ")) >= 3 * HugePages.BYTES);
                assertEquals(0, reader.awaitExit());
            }
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }

    @Test
    void segmentsThatAreNotFull_stayAsTheyAre() throws IOException {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            put(hearth.namespace(MODEL), 0, VALUES);
            long deadlineNs = System.nanoTime() + LIMIT_NS;
            while (hugeBytes(store()).getOrDefault("data", 0L) < 5 * HugePages.BYTES) {
                assertTrue(System.nanoTime() < deadlineNs, () -> "segments that are full were not moved");
            }
            awaitHugePages(hearth, 8);
            // The eleventh segment is open, and behind it there are none.
            assertEquals(5 * HugePages.BYTES, hugeBytes(store()).get("data"));
        }
    }

    @Test
    void leasesOfSegmentsThatAreMoved_keepTheirBytes() {
        try (Hearth hearth = Hearth.open(store(), SMALL); Lease first = hearth.newLease()) {
            Namespace namespace = hearth.namespace(MODEL);
            put(namespace, 0, 30);
            assertTrue(namespace.get(Keys.utf8("key 0"), first));
            MemorySegment bytes = first.segment();
            put(namespace, 30, VALUES);
            awaitHugePages(hearth, 8);
            assertArrayEquals(value(0), bytes.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void storeUnderEviction_isMovedAndStaysSound() {
        try (Hearth hearth = Hearth.open(store(), SMALL)) {
            Lease lease = hearth.newLease();
            Namespace namespace = hearth.namespace(MODEL);
            for (int round = 0; round < 5; round++) {
                put(namespace, 0, 4 * VALUES);
            }
            awaitHugePages(hearth, 8);
            int found = 0;
            for (int i = 0; i < 4 * VALUES; i++) {
                if (namespace.get(Keys.utf8("key " + i), lease)) {
                    assertEquals((byte) (i + 1), lease.segment().get(ValueLayout.JAVA_BYTE, VALUE_BYTES - 1));
                    found++;
                    lease.close();
                }
            }
            assertTrue(found > VALUES, "found=" + found);
            assertTrue(hearth.verify(Progress.NONE).isSound());
        }
    }
}
