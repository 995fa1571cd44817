package dev.hearth.store.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreDirectoryTest {
    @TempDir
    Path temporary;

    @Test
    void create_absent_isPrivateAndParentsExist() throws IOException {
        Path path = temporary.resolve("a/b/store");
        try (StoreDirectory directory = StoreDirectory.create(path)) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            assertEquals(List.of(), directory.list());
        }
        StoreDirectory.create(path).close();
    }

    @Test
    void create_belowAFile_isRefusedAndNamesTheFile() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        HearthException.Refused thrown = assertThrows(HearthException.Refused.class,
                () -> StoreDirectory.create(file.resolve("a/store")));
        assertEquals(file, thrown.file());
        assertTrue(thrown.toString().contains("not a directory"), thrown.toString());
        assertEquals(0, Files.size(file));
    }

    @Test
    void open_absent_isIoError() {
        HearthException.Io thrown = assertThrows(HearthException.Io.class,
                () -> StoreDirectory.open(temporary.resolve("none")));
        assertEquals(Errno.ENOENT, thrown.errno());
    }

    @Test
    void open_linkOrFile_isRefused() throws IOException {
        StoreDirectory.create(temporary.resolve("store")).close();
        Files.createSymbolicLink(temporary.resolve("link"), temporary.resolve("store"));
        Files.createFile(temporary.resolve("file"));
        assertRefused("link", "symbolic link");
        assertRefused("file", "not a directory");
    }

    @Test
    void open_othersMayEnter_isRefused() throws IOException {
        Path path = temporary.resolve("store");
        StoreDirectory.create(path).close();
        for (String mode : List.of("rwxrwxrwx", "rwxr-x---", "rwx-----x")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
            assertRefused("store", "lets others in");
        }
    }

    @Test
    void open_notOurs_isRefused() {
        // Owned by root; for root itself its mode is refused instead.
        assertThrows(HearthException.Refused.class, () -> StoreDirectory.open(Path.of("/usr")));
    }

    @Test
    void list_manyFiles_allNamesSorted() {
        try (StoreDirectory directory = StoreDirectory.create(temporary.resolve("store"))) {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                names.add("name-of-a-file-that-takes-some-space-%04d".formatted(i));
            }
            for (String name : names.reversed()) {
                directory.create(name).close();
            }
            assertEquals(names, directory.list());
            assertEquals(names, directory.list(), "a second time");
        }
    }

    @Test
    void renameAndDelete_files_asNamed() {
        try (StoreDirectory directory = StoreDirectory.create(temporary.resolve("store"))) {
            directory.create("a").close();
            directory.create("b").close();
            directory.rename("a", "b");
            assertEquals(List.of("b"), directory.list());
            assertTrue(directory.exists("b"));
            assertFalse(directory.exists("a"));
            directory.delete("b");
            directory.delete("b");
            directory.syncDirectory();
            assertEquals(List.of(), directory.list());
            assertThrows(HearthException.Io.class, () -> directory.rename("b", "c"));
        }
    }

    @Test
    void subdirectory_createdAndRenamedAbove_stillReached() throws IOException {
        Path path = temporary.resolve("store");
        try (StoreDirectory directory = StoreDirectory.create(path)) {
            try (StoreDirectory log = directory.subdirectory("log", true)) {
                Files.move(path, temporary.resolve("moved"));
                log.create("0001.log").close();
                assertEquals(List.of("0001.log"), log.list());
                log.delete("0001.log");
            }
            try (StoreDirectory again = directory.subdirectory("log", false)) {
                assertEquals(List.of(), again.list());
            }
            directory.deleteSubdirectory("log");
            assertThrows(HearthException.Io.class, () -> directory.subdirectory("log", false));
            Files.createSymbolicLink(temporary.resolve("moved/log"), temporary);
            assertThrows(HearthException.Refused.class, () -> directory.subdirectory("log", true));
        }
    }

    @Test
    void anyName_withSlashOrDots_isAMistake() {
        try (StoreDirectory directory = StoreDirectory.create(temporary.resolve("store"))) {
            for (String name : List.of("", ".", "..", "a/b", "/a")) {
                assertThrows(IllegalArgumentException.class, () -> directory.create(name), name);
            }
        }
    }

    @Test
    void freeBytes_temporaryDirectory_agreesWithJava() throws IOException {
        try (StoreDirectory directory = StoreDirectory.create(temporary.resolve("store"))) {
            long expected = Files.getFileStore(temporary).getUsableSpace();
            long differenceBytes = Math.abs(directory.freeBytes() - expected);
            assertTrue(differenceBytes < expected / 10 + (1 << 30), "differenceBytes=" + differenceBytes);
            assertFalse(directory.isReadOnlyFileSystem());
        }
    }

    @Test
    void refusedName_typesOfFileSystems_networkOnesOnly() {
        assertEquals("NFS", FileSystems.refusedName(0x6969));
        assertEquals("CIFS", FileSystems.refusedName(0xFF534D42));
        assertEquals("CIFS", FileSystems.refusedName(0xFF534D42L));
        assertEquals("SMB2", FileSystems.refusedName(0xFE534D42L));
        assertEquals("FUSE", FileSystems.refusedName(0x65735546));
        assertEquals("9p", FileSystems.refusedName(0x01021997));
        for (long local : new long[]{0xEF53, 0x58465342, 0x01021994, 0x9123683E, 0x2FC12FC1, 0x794C7630}) {
            assertEquals("", FileSystems.refusedName(local), Long.toHexString(local));
        }
    }

    private void assertRefused(String name, String part) {
        HearthException.Refused thrown = assertThrows(HearthException.Refused.class,
                () -> StoreDirectory.open(temporary.resolve(name)));
        assertTrue(thrown.toString().contains(part), thrown.toString());
    }
}
