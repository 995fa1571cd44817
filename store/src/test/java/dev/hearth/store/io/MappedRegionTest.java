package dev.hearth.store.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MappedRegionTest {
    private static final int SIZE_BYTES = 1 << 20;

    @TempDir
    Path temporary;
    private StoreDirectory directory;

    @BeforeEach
    void open() {
        directory = StoreDirectory.create(temporary.resolve("store"));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void map_twoMappings_seeEachOther() {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, SIZE_BYTES);
            try (MappedRegion writer = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, SIZE_BYTES);
                    MappedRegion reader = MappedRegion.map(file, MappedRegion.Access.READ, 100, 5000)) {
                writer.segment().set(ValueLayout.JAVA_LONG, 104, 42);
                assertEquals(42, reader.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 4));
                assertEquals(5000, reader.lengthBytes());
                assertTrue(reader.segment().isReadOnly());
                assertThrows(IllegalArgumentException.class,
                        () -> reader.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
                byte[] bytes = new byte[8];
                assertEquals(8, file.read(104, MemorySegment.ofArray(bytes)));
                assertEquals(42, bytes[0]);
            }
        }
    }

    @Test
    void map_ofAHugePageAndMore_liesWhereHugePagesOfTheFileDo() {
        long bytes = 5 * HugePages.BYTES / 2;
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, 16_384 + bytes);
            for (long offset : new long[]{0, 4096, 12_288, 12_290}) {
                try (MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, offset, bytes)) {
                    assertEquals(offset, region.segment().address() % HugePages.BYTES);
                    region.segment().set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 1);
                    assertEquals(1, region.segment().get(ValueLayout.JAVA_BYTE, bytes - 1));
                }
            }
        }
    }

    @Test
    void close_ofWhatWasMappedAtAPlace_leavesNoRoomTaken() throws IOException {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, HugePages.BYTES);
            long before = virtualBytes();
            for (int i = 0; i < 10_000; i++) {
                MappedRegion.map(file, MappedRegion.Access.READ, 0, HugePages.BYTES).close();
            }
            // Each of them asked for twice that.
            assertTrue(virtualBytes() - before < 1_000 * HugePages.BYTES);
        }
    }

    private static long virtualBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmSize:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).findFirst().orElseThrow();
    }

    @Test
    void map_beyondTheEnd_isCorrupt() {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, SIZE_BYTES);
            HearthException.Corrupt thrown = assertThrows(HearthException.Corrupt.class,
                    () -> MappedRegion.map(file, MappedRegion.Access.READ, 4096, SIZE_BYTES));
            assertEquals(SIZE_BYTES + " bytes", thrown.actual());
            assertThrows(IllegalArgumentException.class,
                    () -> MappedRegion.map(file, MappedRegion.Access.READ, 0, 0));
        }
    }

    @Test
    void map_sparseFileForWriting_allocatesTheRange() {
        try (PosixFile file = directory.create("f")) {
            file.truncate(SIZE_BYTES);
            MappedRegion.map(file, MappedRegion.Access.READ, 0, SIZE_BYTES).close();
            assertEquals(0, file.status().allocatedBytes(), "reading needs no space");
            MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, SIZE_BYTES / 2).close();
            assertEquals(SIZE_BYTES / 2, file.status().allocatedBytes());
        }
    }

    @Test
    void map_sparseFileLargerThanTheDisk_isFullNotAFault() {
        try (PosixFile file = directory.create("f")) {
            long sizeBytes = directory.freeBytes() + (1L << 30);
            file.truncate(sizeBytes);
            assertThrows(HearthException.Full.class,
                    () -> MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, sizeBytes));
            file.truncate(0);
        }
    }

    @Test
    void map_readOnlyFileForWriting_isIoError() {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, SIZE_BYTES);
        }
        try (PosixFile file = directory.open("f", true)) {
            assertThrows(HearthException.Io.class,
                    () -> MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, SIZE_BYTES));
        }
    }

    @Test
    void close_thenAccess_throwsInsteadOfFaulting() {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, SIZE_BYTES);
            MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, SIZE_BYTES);
            MemorySegment segment = region.segment();
            region.close();
            region.close();
            assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
            assertThrows(IllegalStateException.class, () -> region.populate(0, 1));
        }
    }

    @Test
    void close_fileBefore_mappingStays() {
        PosixFile file = directory.create("f");
        file.allocate(0, SIZE_BYTES);
        try (MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, SIZE_BYTES)) {
            file.close();
            region.segment().set(ValueLayout.JAVA_BYTE, 77, (byte) 3);
            assertEquals(3, region.segment().get(ValueLayout.JAVA_BYTE, 77));
        }
    }

    @Test
    void close_manyMappings_addressSpaceIsGivenBack() {
        try (PosixFile file = directory.create("f")) {
            long sizeBytes = 1L << 40;
            file.truncate(sizeBytes);
            // 300 TiB would not fit into 128 TiB of user addresses.
            for (int i = 0; i < 300; i++) {
                MappedRegion.map(file, MappedRegion.Access.READ, 0, sizeBytes).close();
            }
            assertEquals(sizeBytes, file.sizeBytes());
        }
    }

    @Test
    void advise_partOfARange_isTaken() {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, SIZE_BYTES);
            try (MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 512, SIZE_BYTES - 512)) {
                assertTrue(region.advise(MappedRegion.Advice.WILL_NEED, 10_000, 50_000));
                assertTrue(region.advise(MappedRegion.Advice.RANDOM, 0, region.lengthBytes()));
                assertTrue(region.advise(MappedRegion.Advice.NORMAL, 0, region.lengthBytes()));
                assertTrue(region.advise(MappedRegion.Advice.NO_DUMP, 0, 0));
                region.advise(MappedRegion.Advice.HUGE_PAGES, 0, region.lengthBytes());
                region.populate(0, region.lengthBytes());
                assertThrows(IllegalArgumentException.class,
                        () -> region.advise(MappedRegion.Advice.RANDOM, 1, region.lengthBytes()));
            }
        }
    }

    @Test
    @Tag("system")
    void access_fileTruncatedWhileMapped_isInternalErrorNotADeadJvm() {
        for (String mode : new String[]{"-Xint", "-XX:TieredStopAtLevel=1", "-XX:-TieredCompilation"}) {
            try (ForkedJvm jvm = ForkedJvm.of(TruncatedWhileMapped.class).optimized().jvmArgs(mode)
                    .args(temporary.resolve("store").toString()).start()) {
                int exit = jvm.awaitExit();
                assertEquals(0, exit, mode + "\n" + jvm.output());
                for (String access : new String[]{"get", "copy", "copyToHeap", "set", "loadThenCompareAndSet",
                        "getAndAdd", "mismatch", "populate"}) {
                    assertTrue(jvm.output().contains(access + ": InternalError"),
                            mode + " " + access + "\n" + jvm.output());
                }
                assertTrue(jvm.output().contains("before the end: 7"), jvm.output());
            }
        }
    }

    /** Touches in every allowed way what was cut off, often enough for compiled code to do it. */
    static final class TruncatedWhileMapped {
        private static long sum;

        public static void main(String[] args) {
            try (StoreDirectory directory = StoreDirectory.open(Path.of(args[0]));
                    PosixFile file = directory.openOrCreate("cut");
                    Arena arena = Arena.ofConfined()) {
                file.allocate(0, SIZE_BYTES);
                MappedRegion region = MappedRegion.map(file, MappedRegion.Access.READ_WRITE, 0, SIZE_BYTES);
                MemorySegment mapped = region.segment();
                mapped.set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
                file.truncate(4096);
                MemorySegment memory = arena.allocate(65536);
                var words = ValueLayout.JAVA_LONG.varHandle();
                long gone = SIZE_BYTES / 2;
                attempt("get", () -> sum += mapped.get(ValueLayout.JAVA_LONG, gone));
                attempt("copy", () -> MemorySegment.copy(mapped, gone, memory, 0, 65536));
                attempt("copyToHeap", () -> mapped.asSlice(gone, 65536).toArray(ValueLayout.JAVA_BYTE));
                attempt("set", () -> mapped.set(ValueLayout.JAVA_LONG, gone, 1));
                attempt("loadThenCompareAndSet", () -> {
                    long before = (long) words.getAcquire(mapped, gone);
                    boolean _ = words.compareAndSet(mapped, gone, before, before + 1);
                });
                attempt("getAndAdd", () -> {
                    long _ = (long) words.getAndAdd(mapped, gone, 1L);
                });
                attempt("mismatch", () -> mapped.asSlice(gone, 65536).mismatch(memory));
                attempt("populate", () -> region.populate(0, SIZE_BYTES));
                ForkedJvm.say("before the end: " + (mapped.get(ValueLayout.JAVA_BYTE, 0) + sum));
                region.close();
            }
        }

        /** Several faults of compiled code can come out as one error, and behind the access. */
        private static void attempt(String name, Runnable access) {
            int errors = 0;
            int runs = 0;
            while (runs < 20_000) {
                try {
                    // The loop is within: an error that comes late may come between two accesses.
                    while (runs < 20_000) {
                        runs++;
                        access.run();
                    }
                } catch (InternalError e) {
                    errors++;
                }
            }
            ForkedJvm.say(name + ": " + (errors > 0 ? "InternalError" : "no error"));
        }
    }
}
