package dev.hearth.store.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.frame.FrameStore.Attachment;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FrameOpenerTest {
    private static final FrameKey KEY = TestFrames.key(5, 40_000);

    @TempDir
    Path temporary;
    private Path store;
    private Path memory;

    @BeforeEach
    void create() throws IOException {
        store = temporary.resolve("store");
        memory = Files.createDirectory(temporary.resolve("shm"));
        FrameStore.create(store);
    }

    private static String onlyName(Path place) {
        List<String> names = FrameStore.framesIn(place);
        assertEquals(1, names.size(), names.toString());
        return names.getFirst();
    }

    private static Path onlyDirectory(Path place) {
        return place.resolve(onlyName(place));
    }

    private static Path onlyFile(Path place) {
        return onlyDirectory(place).resolve("frames");
    }

    @Test
    void open_two_shareOneFileInSharedMemoryUntilTheLastLeaves() throws IOException {
        try (Attachment two = new Attachment(store, memory)) {
            try (Attachment one = new Attachment(store, memory)) {
                assertTrue(TestFrames.fill(one.frames(), KEY));
                assertArrayEquals(TestFrames.page(KEY), TestFrames.read(two.frames(), KEY));
                Path file = onlyFile(memory);
                assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
                assertEquals("rwx------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(onlyDirectory(memory))));
                assertEquals(List.of("hearth.lock", "hearth.mark"), FrameStore.list(store));
            }
            assertEquals(1, FrameStore.framesIn(memory).size(), "two is still there");
            assertNotEquals(0, two.nonce());
        }
        assertEquals(List.of(), FrameStore.list(memory));
        try (Attachment three = new Attachment(store, memory)) {
            assertEquals(0, three.nonce());
            assertEquals(0, TestFrames.read(three.frames(), KEY).length);
        }
    }

    @Test
    void open_unused_takesLittleSpace() {
        try (Attachment one = new Attachment(store, memory)) {
            FrameCache frames = one.frames();
            long before = allocated();
            assertTrue(before < 200 << 10, "allocated=" + before);
            assertTrue(TestFrames.fill(frames, KEY));
            long after = allocated();
            assertTrue(after - before >= 64 << 10 && after - before < 100 << 10, before + " to " + after);
        }
    }

    private long allocated() {
        try (StoreDirectory directory = StoreDirectory.open(onlyDirectory(memory));
                PosixFile file = directory.open("frames", true)) {
            return file.status().allocatedBytes();
        }
    }

    @Test
    void open_sharedMemoryShort_liesInTheStore() {
        try (Attachment one = new Attachment(store, memory, this::noneInMemory);
                Attachment two = new Attachment(store, memory, this::noneInMemory)) {
            assertTrue(TestFrames.fill(one.frames(), KEY));
            assertEquals(1, one.problems.size(), "it is reported once");
            assertTrue(one.problems.getFirst() instanceof HearthException.Full, one.problems.toString());
            assertArrayEquals(TestFrames.page(KEY), TestFrames.read(two.frames(), KEY));
            assertEquals(1, FrameStore.framesIn(store).size());
            assertEquals(List.of(), FrameStore.list(memory));
        }
        assertEquals(List.of("hearth.lock", "hearth.mark"), FrameStore.list(store));
    }

    private long noneInMemory(StoreDirectory directory) {
        return directory.directory().startsWith(memory) ? 1 << 20 : directory.freeBytes();
    }

    @Test
    void open_noSharedMemory_liesInTheStore() {
        Path none = temporary.resolve("none");
        try (Attachment one = new Attachment(store, none)) {
            assertTrue(TestFrames.fill(one.frames(), KEY));
            assertEquals(1, FrameStore.framesIn(store).size());
            assertEquals(List.of(), one.problems);
            assertFalse(Files.exists(none));
        }
    }

    @Test
    void open_noRoomAnywhere_isFullAndLeavesNothing() {
        try (Attachment one = new Attachment(store, memory, directory -> 1 << 20)) {
            assertThrows(HearthException.Full.class, one::frames);
            assertEquals(0, one.nonce());
            assertEquals(List.of(), FrameStore.list(memory));
            assertEquals(List.of("hearth.lock", "hearth.mark"), FrameStore.list(store));
        }
        try (Attachment one = new Attachment(store, memory)) {
            assertTrue(TestFrames.fill(one.frames(), KEY), "when there is room again");
        }
    }

    @Test
    void open_copyOfTheStore_sharesNothing() throws IOException {
        Path copy = temporary.resolve("copy");
        try (Attachment one = new Attachment(store, memory, this::noneInMemory)) {
            assertTrue(TestFrames.fill(one.frames(), KEY));
            String name = onlyName(store);
            try (StoreDirectory directory = StoreDirectory.create(copy);
                    StoreDirectory volatileDirectory = directory.subdirectory(name, true)) {
                assertEquals(name, volatileDirectory.directory().getFileName().toString());
                for (String file : List.of("hearth.mark", name + "/frames")) {
                    Files.copy(store.resolve(file), copy.resolve(file));
                    Files.setPosixFilePermissions(copy.resolve(file), PosixFilePermissions.fromString("rw-------"));
                }
            }
            try (Attachment other = new Attachment(copy, memory, this::noneInMemory)) {
                assertEquals(one.nonce(), other.nonce());
                FrameCache frames = other.frames();
                assertEquals(0, TestFrames.read(frames, KEY).length);
                assertNotEquals(one.nonce(), other.nonce());
                assertNotEquals(name, onlyName(copy), "the copied one is gone");
            }
            assertEquals(name, onlyName(store));
        }
    }

    @Test
    void open_otherSharedMemory_isRefusedWhileOthersAreAttached() throws IOException {
        Path otherMemory = Files.createDirectory(temporary.resolve("other"));
        try (Attachment two = new Attachment(store, otherMemory)) {
            try (Attachment one = new Attachment(store, memory)) {
                FrameCache frames = one.frames();
                assertTrue(TestFrames.fill(frames, KEY));
                HearthException.Refused thrown = assertThrows(HearthException.Refused.class, two::frames);
                assertTrue(thrown.toString().contains("not to be found"), thrown.toString());
                assertArrayEquals(TestFrames.page(KEY), TestFrames.read(frames, KEY));
                assertEquals(List.of(), FrameStore.list(otherMemory));
            }
            assertTrue(TestFrames.fill(two.frames(), KEY), "when nobody else is");
            assertEquals(1, FrameStore.framesIn(otherMemory).size());
        }
    }

    @Test
    void open_whatNobodyUses_isRemovedAndNothingElse() throws IOException {
        Path stale = stale("hearth-1a-2b-00000000000000ff");
        Path used = stale("hearth-1a-2c-00000000000000ff");
        Path empty = Files.createDirectory(memory.resolve("hearth-1a-2d-00000000000000ff"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path alien = stale("hearth-something-else");
        Path open = stale("hearth-1a-2e-00000000000000ff");
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path more = stale("hearth-1a-2f-00000000000000ff");
        Files.writeString(more.resolve("notes"), "somebody's");
        Path link = Files.createSymbolicLink(memory.resolve("hearth-1a-30-00000000000000ff"), alien);
        try (StoreDirectory directory = StoreDirectory.open(used);
                OfdLocks locks = OfdLocks.openOrCreate(directory, "frames")) {
            assertTrue(locks.tryLock(700));
            try (Attachment one = new Attachment(store, memory)) {
                assertTrue(TestFrames.fill(one.frames(), KEY));
            }
        }
        assertFalse(Files.exists(stale), "stale");
        assertFalse(Files.exists(empty), "empty");
        assertTrue(Files.exists(used.resolve("frames")), "used");
        assertTrue(Files.exists(alien.resolve("frames")), "another name");
        assertTrue(Files.exists(open.resolve("frames")), "not ours");
        assertTrue(Files.exists(more.resolve("notes")), "more in it than frames");
        assertTrue(Files.isSymbolicLink(link), "link");
    }

    private Path stale(String name) throws IOException {
        Path path = Files.createDirectory(memory.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createFile(path.resolve("frames"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return path;
    }

    @Test
    void open_headerDamagedWhileUsed_isCorruptWhateverTheBit() throws IOException {
        try (Attachment one = new Attachment(store, memory); Attachment two = new Attachment(store, memory)) {
            FrameCache frames = one.frames();
            assertTrue(TestFrames.fill(frames, KEY));
            Path file = onlyFile(memory);
            for (int at = 0; at < FramesDescriptor.HEADER_BYTES; at++) {
                flip(file, at);
                assertThrows(HearthException.Corrupt.class, two::frames, "at=" + at);
                flip(file, at);
            }
            assertArrayEquals(TestFrames.page(KEY), TestFrames.read(two.frames(), KEY));
            assertArrayEquals(TestFrames.page(KEY), TestFrames.read(frames, KEY));
        }
    }

    @Test
    void open_otherFormatWhileUsed_isIncompatible() throws IOException {
        try (Attachment one = new Attachment(store, memory); Attachment two = new Attachment(store, memory)) {
            assertTrue(TestFrames.fill(one.frames(), KEY));
            Path file = onlyFile(memory);
            for (int format : new int[]{0, 2}) {
                byte[] header = read(file, FramesDescriptor.HEADER_BYTES);
                header[FramesDescriptor.FORMAT] = (byte) format;
                CRC32C crc = new CRC32C();
                crc.update(header, 0, FramesDescriptor.CRC);
                ByteBuffer.wrap(header).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(FramesDescriptor.CRC,
                        (int) crc.getValue());
                write(file, 0, header);
                HearthException.Incompatible thrown =
                        assertThrows(HearthException.Incompatible.class, two::frames);
                assertTrue(thrown.toString().contains(format == 0 ? "too old" : "too new"), thrown.toString());
            }
        }
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = read(file, at + 1);
        write(file, at, new byte[]{(byte) (bytes[at] ^ 4)});
    }

    private static byte[] read(Path file, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            assertEquals(length, channel.read(buffer));
            return buffer.array();
        }
    }

    private static void write(Path file, int at, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertEquals(bytes.length, channel.write(ByteBuffer.wrap(bytes), at));
        }
    }

    @Test
    void open_fileThatOthersMayRead_isRefused() throws IOException {
        try (Attachment one = new Attachment(store, memory); Attachment two = new Attachment(store, memory)) {
            assertTrue(TestFrames.fill(one.frames(), KEY));
            Files.setPosixFilePermissions(onlyFile(memory), PosixFilePermissions.fromString("rw-r--r--"));
            assertThrows(HearthException.Refused.class, two::frames);
            Files.setPosixFilePermissions(onlyFile(memory), PosixFilePermissions.fromString("rw-------"));
            assertArrayEquals(TestFrames.page(KEY), TestFrames.read(two.frames(), KEY));
        }
    }

    @Test
    void open_linkUnderTheName_isRefused() throws IOException {
        try (Attachment one = new Attachment(store, memory); Attachment two = new Attachment(store, memory)) {
            assertTrue(TestFrames.fill(one.frames(), KEY));
            Path directory = onlyDirectory(memory);
            Path elsewhere = temporary.resolve("elsewhere");
            Files.move(directory, elsewhere);
            Files.createSymbolicLink(directory, elsewhere);
            assertThrows(HearthException.Refused.class, two::frames);
            Files.delete(directory);
            Files.move(elsewhere, directory);
        }
    }

    @Test
    void open_again_withAnotherSizeTakesThatOfTheFile() {
        try (Attachment one = new Attachment(store, memory); Attachment two = new Attachment(store, memory)) {
            assertEquals(FrameStore.FRAME_BYTES, one.frames().stats().frameBytes());
            FrameSettings larger = new FrameSettings(two.directory, two.mark, two.slots, two.slot, 64 << 20, memory,
                    StoreDirectory::freeBytes, () -> 77, FrameEvents.NONE, Runnable::run);
            try (FrameCache frames = FrameCache.open(larger)) {
                assertEquals(FrameStore.FRAME_BYTES, frames.stats().frameBytes());
            }
        }
    }
}
