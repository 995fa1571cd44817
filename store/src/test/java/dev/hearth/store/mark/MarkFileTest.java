package dev.hearth.store.mark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MarkFileTest {
    @TempDir
    Path temporary;
    private Path path;
    private StoreDirectory directory;

    @BeforeEach
    void create() {
        path = temporary.resolve("store");
        directory = MarkTestSupport.createStore(path);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void open_created_hasGeometryAndNothingElse() {
        try (MarkFile mark = MarkFile.open(directory, false)) {
            assertEquals(MarkTestSupport.geometry(), mark.geometry());
            for (MarkWord word : MarkWord.values()) {
                assertEquals(0, mark.words().get(word), word.toString());
            }
            assertEquals(-1, mark.words().openSegment(Kind.PARAMETER));
            assertEquals(64, mark.segments().count());
            assertEquals(SegmentState.FREE, mark.segments().state(63));
        }
        assertEquals(List.of(MarkFile.NAME), directory.list());
    }

    @Test
    void words_storedByOne_seenByOthersEachInItsPlace() {
        try (MarkFile one = MarkFile.open(directory, false); MarkFile two = MarkFile.open(directory, true)) {
            for (MarkWord word : MarkWord.values()) {
                one.words().set(word, 100 + word.offset);
            }
            assertTrue(one.words().replaceOpenSegment(Kind.PARAMETER, -1, 5));
            assertTrue(one.words().replaceOpenSegment(Kind.ACTIVATION, -1, 0));
            assertFalse(one.words().replaceOpenSegment(Kind.ACTIVATION, -1, 9));
            assertTrue(one.words().replaceOpenSegment(Kind.ACTIVATION, 0, 6));
            for (MarkWord word : MarkWord.values()) {
                assertEquals(100 + word.offset, two.words().get(word), word.toString());
            }
            assertEquals(5, two.words().openSegment(Kind.PARAMETER));
            assertEquals(6, two.words().openSegment(Kind.ACTIVATION));
            assertTrue(one.words().compareAndSet(MarkWord.EPOCH, 100 + MarkWord.EPOCH.offset, 7));
            assertFalse(one.words().compareAndSet(MarkWord.EPOCH, 6, 8));
            assertEquals(7, two.words().get(MarkWord.EPOCH));
            assertThrows(IllegalArgumentException.class, () -> two.words().set(MarkWord.EPOCH, 1));
        }
    }

    @Test
    void isOfThisBoot_otherBootOrCopy_isFalse() throws IOException {
        Host host = Host.current();
        try (MarkFile mark = MarkFile.open(directory, false)) {
            assertTrue(mark.isOfThisBoot(host));
            Host next = host.withBootId(new UUID(8, 9));
            assertFalse(mark.isOfThisBoot(next));
            mark.adopt(next);
            assertTrue(mark.isOfThisBoot(next));
            assertFalse(mark.isOfThisBoot(host));
            mark.adopt(host);
        }
        try (StoreDirectory copied = StoreDirectory.create(temporary.resolve("copy"))) {
            Files.copy(path.resolve(MarkFile.NAME), temporary.resolve("copy").resolve(MarkFile.NAME));
            Files.setPosixFilePermissions(temporary.resolve("copy").resolve(MarkFile.NAME),
                    java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
            try (MarkFile mark = MarkFile.open(copied, false)) {
                assertFalse(mark.isOfThisBoot(host));
            }
        }
    }

    @Test
    void create_initializerFails_leavesNothingAndKeepsTheOld() {
        try (StoreDirectory other = StoreDirectory.create(temporary.resolve("other"))) {
            assertThrows(IllegalStateException.class,
                    () -> MarkFile.create(other, MarkTestSupport.geometry(), Host.current(), mark -> {
                        throw new IllegalStateException("found out");
                    }));
            assertEquals(List.of(), other.list());
        }
        MarkFile.create(directory, MarkTestSupport.geometry(), Host.current(),
                mark -> mark.words().set(MarkWord.EPOCH, 12));
        try (MarkFile mark = MarkFile.open(directory, true)) {
            assertEquals(12, mark.words().get(MarkWord.EPOCH));
        }
        assertEquals(List.of(MarkFile.NAME), directory.list());
    }

    @Test
    void create_largeStore_takesSpaceOnlyForWhatIsUsed() {
        Geometry large = new Geometry(new UUID(1, 2), 1L << 40, 1 << 20, 1 << 16, 1, 1024, 64, 0, 0, 0, 0, 0, 0);
        try (StoreDirectory other = StoreDirectory.create(temporary.resolve("other"))) {
            MarkFile.create(other, large, Host.current(), mark -> {
            });
            try (PosixFile file = other.open(MarkFile.NAME, true)) {
                assertTrue(file.status().sizeBytes() > 1024L * (512 << 20), file.status().toString());
                assertTrue(file.status().allocatedBytes() < 80L << 20, file.status().toString());
            }
            try (MarkFile mark = MarkFile.open(other, false)) {
                assertEquals(1 << 20, mark.segments().count());
            }
        }
    }

    /** The sum of the block is of the same polynomial as that of the geometry in it, and yet tells the two apart. */
    @Test
    void open_wholeGeometryInPlaceOfAnother_isCorrupt() throws IOException {
        Geometry own = MarkTestSupport.geometry();
        Geometry other = new Geometry(own.uuid(), own.capacityBytes(), own.segmentBytes(), own.pageBytes(),
                own.maxEntries(), own.slotCount(), own.holdStripes(), 77, 78, own.compressionId(), own.durabilityId(),
                own.evictionId(), own.createdAtMs());
        assertEquals(other, Geometry.decode(other.encode(), path, 0), "right by itself");
        byte[] bytes = Files.readAllBytes(path.resolve(MarkFile.NAME));
        System.arraycopy(other.encode(), 0, bytes, SuperblockDescriptor.GEOMETRY, Geometry.BYTES);
        Files.write(path.resolve(MarkFile.NAME), bytes);
        HearthException.Corrupt thrown = assertThrows(HearthException.Corrupt.class,
                () -> MarkFile.open(directory, true));
        assertEquals(SuperblockDescriptor.CRC, thrown.offsetBytes(), thrown.toString());
    }

    @Test
    void open_everyByteOfTheSuperblockFlipped_isTypedError() throws IOException {
        byte[] good = Files.readAllBytes(path.resolve(MarkFile.NAME));
        for (int at = 0; at < SuperblockDescriptor.BYTES; at++) {
            flip(at);
            HearthException thrown = assertThrows(HearthException.class, () -> MarkFile.open(directory, true),
                    "at=" + at);
            if (at >= 8 && at < 12) {
                assertInstanceOf(HearthException.Incompatible.class, thrown, "at=" + at);
            } else {
                assertInstanceOf(HearthException.Corrupt.class, thrown, "at=" + at);
            }
            flip(at);
        }
        assertEquals(good.length, Files.size(path.resolve(MarkFile.NAME)));
        MarkFile.open(directory, true).close();
    }

    @Test
    void open_emptyTruncatedOrLonger_isCorrupt() {
        for (long sizeBytes : new long[]{0, 100, 4096, 16384, 32767, 32769}) {
            try (PosixFile file = directory.open(MarkFile.NAME, false)) {
                long before = file.sizeBytes();
                if (sizeBytes < before) {
                    byte[] kept = new byte[(int) before];
                    file.read(0, MemorySegment.ofArray(kept));
                    file.truncate(sizeBytes);
                    assertThrows(HearthException.Corrupt.class, () -> MarkFile.open(directory, false));
                    file.write(0, MemorySegment.ofArray(kept));
                } else {
                    file.truncate(sizeBytes);
                    assertThrows(HearthException.Corrupt.class, () -> MarkFile.open(directory, false));
                    file.truncate(before);
                }
            }
        }
        MarkFile.open(directory, false).close();
    }

    @Test
    void open_absentOrDirectory_isTypedError() throws IOException {
        directory.delete(MarkFile.NAME);
        assertThrows(HearthException.Io.class, () -> MarkFile.open(directory, false));
        Files.createDirectory(path.resolve(MarkFile.NAME));
        assertThrows(HearthException.Refused.class, () -> MarkFile.open(directory, false));
    }

    private void flip(long at) {
        try (PosixFile file = directory.open(MarkFile.NAME, false)) {
            byte[] one = new byte[1];
            file.read(at, MemorySegment.ofArray(one));
            one[0] ^= 0x10;
            file.write(at, MemorySegment.ofArray(one));
        }
    }
}
