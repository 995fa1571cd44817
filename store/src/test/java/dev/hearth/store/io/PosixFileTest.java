package dev.hearth.store.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PosixFileTest {
    @TempDir
    Path temporary;
    private StoreDirectory directory;
    private Path path;

    @BeforeEach
    void open() {
        path = temporary.resolve("store");
        directory = StoreDirectory.create(path);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void create_newFile_isPrivateAndEmpty() throws IOException {
        try (PosixFile file = directory.create("f")) {
            assertEquals(0, file.sizeBytes());
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("f"))));
            assertEquals(path.resolve("f"), file.path());
        }
        HearthException.Io again = assertThrows(HearthException.Io.class, () -> directory.create("f").close());
        assertEquals(Errno.EEXIST, again.errno());
    }

    @Test
    void open_absentFile_namesFileAndReason() {
        HearthException.Io thrown = assertThrows(HearthException.Io.class, () -> directory.open("none", false));
        assertEquals(Errno.ENOENT, thrown.errno());
        assertTrue(thrown.toString().contains(path.resolve("none").toString()), thrown.toString());
        assertTrue(thrown.toString().contains("no such file"), thrown.toString());
    }

    @Test
    void read_whatWasWritten_sameBytesFromHeapAndNative() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int lengthBytes : new int[]{1, 4096, (int) Scratch.BUFFER_BYTES, (int) Scratch.BUFFER_BYTES * 3 + 17}) {
            byte[] bytes = new byte[lengthBytes];
            random.nextBytes(bytes);
            try (PosixFile file = directory.openOrCreate("f"); Arena arena = Arena.ofConfined()) {
                file.write(5, MemorySegment.ofArray(bytes));
                MemorySegment target = arena.allocate(lengthBytes);
                assertEquals(lengthBytes, file.read(5, target), "seed=" + seed);
                assertArrayEquals(bytes, target.toArray(ValueLayout.JAVA_BYTE), "seed=" + seed);
                file.write(6, target);
                byte[] heap = new byte[lengthBytes];
                assertEquals(lengthBytes, file.read(6, MemorySegment.ofArray(heap)), "seed=" + seed);
                assertArrayEquals(bytes, heap, "seed=" + seed);
            }
        }
    }

    @Test
    void read_acrossTheEnd_returnsWhatIsThere() {
        try (PosixFile file = directory.create("f")) {
            file.write(0, MemorySegment.ofArray(new byte[100]));
            assertEquals(40, file.read(60, MemorySegment.ofArray(new byte[64])));
            assertEquals(0, file.read(100, MemorySegment.ofArray(new byte[64])));
            assertEquals(0, file.read(1L << 40, MemorySegment.ofArray(new byte[64])));
            try (Arena arena = Arena.ofConfined()) {
                assertEquals(40, file.read(60, arena.allocate(64)));
                assertEquals(0, file.read(60, MemorySegment.NULL));
            }
        }
    }

    @Test
    void write_beyondFourGibibytes_readsBack() {
        try (PosixFile file = directory.create("f")) {
            long offsetBytes = (5L << 30) + 3;
            file.write(offsetBytes, MemorySegment.ofArray(new byte[]{1, 2, 3}));
            byte[] back = new byte[3];
            assertEquals(3, file.read(offsetBytes, MemorySegment.ofArray(back)));
            assertArrayEquals(new byte[]{1, 2, 3}, back);
            assertEquals(offsetBytes + 3, file.sizeBytes());
        }
    }

    @Test
    void allocate_range_growsAndHasBlocks() {
        try (PosixFile file = directory.create("f")) {
            file.allocate(0, 1 << 20);
            assertEquals(1 << 20, file.sizeBytes());
            assertTrue(file.status().allocatedBytes() >= 1 << 20, file.status().toString());
            file.punchHole(4096, 512 << 10);
            assertEquals(1 << 20, file.sizeBytes());
            assertTrue(file.status().allocatedBytes() <= 512 << 10, file.status().toString());
        }
    }

    @Test
    void truncate_toLonger_hasNoBlocks() {
        try (PosixFile file = directory.create("f")) {
            file.truncate(1 << 20);
            assertEquals(1 << 20, file.sizeBytes());
            assertEquals(0, file.status().allocatedBytes());
            file.truncate(10);
            assertEquals(10, file.sizeBytes());
        }
    }

    @Test
    void allocate_moreThanTheFileSystemHas_isFull() {
        try (PosixFile file = directory.create("f")) {
            long tooMuch = directory.freeBytes() * 2 + (1L << 40);
            HearthException.Full thrown = assertThrows(HearthException.Full.class, () -> file.allocate(0, tooMuch));
            assertTrue(thrown.toString().contains(file.path().toString()), thrown.toString());
            file.truncate(0);
        }
    }

    @Test
    void write_beyondTheLargestFile_isFull() {
        try (PosixFile file = directory.create("f")) {
            assertThrows(HearthException.Full.class,
                    () -> file.write(Long.MAX_VALUE - 8, MemorySegment.ofArray(new byte[8])));
        }
    }

    @Test
    void syncAndWriteback_dirtyFile_keepContent() {
        try (PosixFile file = directory.create("f")) {
            file.write(0, MemorySegment.ofArray(new byte[]{7}));
            file.startWriteback(0, 1);
            file.startWriteback(0, 0);
            file.sync();
            directory.syncDirectory();
            byte[] back = new byte[1];
            assertEquals(1, file.read(0, MemorySegment.ofArray(back)));
            assertEquals(7, back[0]);
        }
    }

    @Test
    void write_readOnlyFile_isRefusedAsMistake() {
        directory.create("f").close();
        try (PosixFile file = directory.open("f", true)) {
            assertTrue(file.isReadOnly());
            assertThrows(IllegalStateException.class, () -> file.write(0, MemorySegment.ofArray(new byte[1])));
            assertThrows(IllegalStateException.class, () -> file.allocate(0, 1));
            assertThrows(IllegalStateException.class, file::sync);
            assertThrows(IllegalArgumentException.class, () -> file.read(-1, MemorySegment.ofArray(new byte[1])));
        }
    }

    @Test
    void close_thenAnyCall_throwsClosed() {
        PosixFile file = directory.create("f");
        file.close();
        file.close();
        assertThrows(HearthException.Closed.class, () -> file.read(0, MemorySegment.ofArray(new byte[1])));
        assertThrows(HearthException.Closed.class, file::sizeBytes);
    }

    @Test
    void close_whileOthersRead_neverReadsAnotherFile() throws InterruptedException {
        byte[] own = {1};
        byte[] foreign = {2};
        try (PosixFile other = directory.create("other")) {
            other.write(0, MemorySegment.ofArray(foreign));
        }
        directory.create("mine").close();
        try (PosixFile mine = directory.open("mine", false)) {
            mine.write(0, MemorySegment.ofArray(own));
        }
        for (int round = 0; round < 300; round++) {
            PosixFile file = directory.open("mine", true);
            CountDownLatch reading = new CountDownLatch(1);
            AtomicReference<String> wrong = new AtomicReference<>("");
            Thread reader = Thread.ofPlatform().start(() -> {
                byte[] back = new byte[1];
                try {
                    while (true) {
                        long count = file.read(0, MemorySegment.ofArray(back));
                        if (count != 1 || back[0] != 1) {
                            wrong.set("count=" + count + " byte=" + back[0]);
                        }
                        reading.countDown();
                    }
                } catch (HearthException.Closed e) {
                    // As it should end.
                } catch (RuntimeException e) {
                    wrong.set(e.toString());
                    reading.countDown();
                }
            });
            reading.await();
            file.close();
            directory.open("other", true).close(); // Takes the number that was freed.
            reader.join();
            assertEquals("", wrong.get());
        }
    }

    @Test
    void anyCall_interruptedThread_completesAndKeepsTheInterrupt() {
        try (PosixFile file = directory.create("f")) {
            Thread.currentThread().interrupt();
            byte[] back = new byte[3];
            file.write(0, MemorySegment.ofArray(new byte[]{1, 2, 3}));
            file.allocate(0, 4096);
            file.sync();
            assertEquals(3, file.read(0, MemorySegment.ofArray(back)));
            assertEquals(4096, file.sizeBytes());
            assertTrue(directory.list().contains("f"));
            Host host = Host.current();
            assertTrue(Thread.interrupted(), "the interrupt is the caller's");
            assertArrayEquals(new byte[]{1, 2, 3}, back);
            assertEquals(ProcessHandle.current().pid(), host.pid());
            assertEquals(3, file.read(0, MemorySegment.ofArray(back)), "the file is still open");
        }
    }

    @Test
    void open_notARegularFileOfOurs_isRefusedAtOnce() throws Exception {
        Files.createDirectory(path.resolve("directory"));
        Files.createSymbolicLink(path.resolve("link"), path.resolve("target"));
        directory.create("target").close();
        assertEquals(0, new ProcessBuilder("mkfifo", "-m", "600", path.resolve("fifo").toString()).start().waitFor());
        for (String name : new String[]{"directory", "link", "fifo"}) {
            for (boolean readOnly : new boolean[]{true, false}) {
                assertRefused(name, readOnly, "");
            }
        }
        assertThrows(HearthException.Refused.class, () -> directory.openOrCreate("link").close());
    }

    @Test
    void open_hardLinked_isRefused() throws IOException {
        directory.create("f").close();
        Files.createLink(path.resolve("g"), path.resolve("f"));
        assertRefused("f", true, "2 names");
        Files.delete(path.resolve("g"));
        directory.open("f", false).close();
    }

    @Test
    void open_othersMayReadIt_isRefused() throws IOException {
        directory.create("f").close();
        Files.setPosixFilePermissions(path.resolve("f"), PosixFilePermissions.fromString("rw-r-----"));
        assertRefused("f", true, "mode 640");
    }

    @Test
    void open_foreignOwner_isRefused() throws IOException {
        directory.create("f").close();
        boolean changed;
        try {
            Files.setAttribute(path.resolve("f"), "unix:uid", 12345);
            changed = true;
        } catch (IOException e) {
            changed = false; // Only root gives files away; for others a file of root stands in.
        }
        if (changed) {
            assertRefused("f", true, "owned by user 12345");
        } else {
            HearthException thrown = assertThrows(HearthException.class,
                    () -> PosixFile.open(LinuxFlags.AT_FDCWD, "/proc/version", Path.of("/proc/version"),
                            PosixFile.Mode.READ));
            assertTrue(thrown.toString().contains("owned by user 0"), thrown.toString());
        }
    }

    @Test
    void open_device_isRefused() {
        HearthException.Refused thrown = assertThrows(HearthException.Refused.class,
                () -> PosixFile.open(LinuxFlags.AT_FDCWD, "/dev/zero", Path.of("/dev/zero"), PosixFile.Mode.READ));
        assertTrue(thrown.toString().contains("not a regular file"), thrown.toString());
    }

    @Test
    void status_sameFileTwice_isSame() {
        try (PosixFile one = directory.create("f");
                PosixFile two = directory.open("f", true);
                PosixFile other = directory.create("g")) {
            assertTrue(one.status().isSameFile(two.status()));
            assertFalse(one.status().isSameFile(other.status()));
        }
    }

    private void assertRefused(String name, boolean readOnly, String part) {
        HearthException.Refused thrown = assertThrows(HearthException.Refused.class,
                () -> assertTimeoutPreemptively(Duration.ofMinutes(2), () -> directory.open(name, readOnly).close()),
                name);
        assertTrue(thrown.toString().contains(part), thrown.toString());
        assertEquals(path.resolve(name), thrown.file());
    }
}
