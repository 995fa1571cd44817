package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to npz: the archive around the arrays, written by hand after the specification of zip files. */
class NpzReaderTest {
    private static final byte[] VALUES = new Bytes().f32(1, 2).array();
    private static final byte[] ARRAY = NpyContractTest.array("<f4", "(2,)", VALUES).array();

    @TempDir
    Path folder;

    private ModelFormatException refused(ZipBytes zip) throws IOException {
        return Models.refused(folder, "a.npz", new Bytes().raw(zip.array()));
    }

    @Test
    void open_storedMember_isAView() throws IOException {
        byte[] zip = new ZipBytes().stored("a.npy", ARRAY).deflated("b.npy", ARRAY).array();
        try (ModelFile model = Models.open(folder, "a.npz", new Bytes().raw(zip))) {
            assertTrue(Models.tensor(model, "a").isMapped(), "stored");
            assertFalse(Models.tensor(model, "b").isMapped(), "deflated");
        }
    }

    @Test
    void open_sixtyFourBitSizes_areRead() throws IOException {
        byte[] zip = new ZipBytes().stored64("a.npy", ARRAY).stored("b.npy", ARRAY).array64();
        try (ModelFile model = Models.open(folder, "a.npz", new Bytes().raw(zip))) {
            assertArrayEquals(VALUES, Models.bytes(Models.tensor(model, "a")));
            assertArrayEquals(VALUES, Models.bytes(Models.tensor(model, "b")));
        }
    }

    @Test
    void open_emptyArchive_hasNoTensors() throws IOException {
        try (ModelFile model = Models.open(folder, "a.npz", new Bytes().raw(new ZipBytes().array()))) {
            assertTrue(model.tensors().isEmpty(), "no members");
        }
    }

    @Test
    void open_pickles_areNeverRead() throws IOException {
        ModelFormatException e = refused(new ZipBytes().stored("archive/data.pkl", new byte[]{1}));
        assertTrue(e.found().contains("pickled code"), e.found());
        assertEquals("member name", refused(new ZipBytes().stored("readme.txt", new byte[1])).field());
        assertEquals("member name", refused(new ZipBytes().stored(".npy", ARRAY)).field());
    }

    @Test
    void open_sameNameOrSamePlaceTwice_isRefused() throws IOException {
        assertEquals("member name", refused(new ZipBytes().stored("a.npy", ARRAY).stored("a.npy", ARRAY)).field());
        ZipBytes overlap = new ZipBytes().stored("a.npy", ARRAY)
                .member("a.npy", 0, ARRAY, ARRAY.length, ZipBytes.crc(ARRAY), 0, false);
        assertTrue(refused(overlap).found().contains("overlaps"), "one place, two members");
        ZipBytes other = new ZipBytes().stored("a.npy", ARRAY)
                .member("b.npy", 0, ARRAY, ARRAY.length, ZipBytes.crc(ARRAY), 0, false);
        assertEquals("local header", refused(other).field());
    }

    @Test
    void open_bomb_isRefusedByItsSizes() throws IOException {
        byte[] deflated = ZipBytes.deflate(ARRAY);
        ZipBytes bomb = new ZipBytes().member("a.npy", 8, deflated, 1L << 31, 0, 0, true);
        assertEquals("size", refused(bomb).field());
        assertEquals("size", refused(new ZipBytes().member("a.npy", 0, ARRAY, ARRAY.length + 1, 0, 0, true)).field());
    }

    /** 64 MiB of zeros from 64 KiB: what deflate can do at most, read in chunks. */
    @Test
    void read_highlyCompressedMember_isDecodedInChunks() throws IOException {
        int size = 64 << 20;
        byte[] array = NpyContractTest.array("|u1", "(" + size + ",)", new byte[size]).array();
        Path path = Files.write(folder.resolve("a.npz"), new ZipBytes().deflated("a.npy", array).array());
        assertTrue(Files.size(path) < 100_000, "it is small: " + Files.size(path));
        try (ModelFile model = ModelFiles.open(path)) {
            ModelTensor tensor = model.tensors().getFirst();
            byte[] chunk = new byte[1 << 20];
            for (long done = 0; done < size; done += chunk.length) {
                tensor.read(done, MemorySegment.ofArray(chunk));
            }
            assertArrayEquals(new byte[chunk.length], chunk);
        }
    }

    @Test
    void data_moreThanAGibibyteToDecode_isRefusedBeforeItIsTaken() throws IOException {
        long size = (1L << 30) + 1;
        byte[] random = new byte[2 << 20];
        new Random(11).nextBytes(random);
        byte[] header = NpyContractTest.array("|u1", "(" + size + ",)", new byte[0]).array();
        byte[] data = ZipBytes.deflate(new Bytes().raw(header).raw(random).array());
        byte[] zip = new ZipBytes().member("a.npy", 8, data, header.length + size, 0, 0, true).array();
        try (ModelFile model = Models.open(folder, "a.npz", new Bytes().raw(zip))) {
            ModelTensor tensor = model.tensors().getFirst();
            ModelFormatException e = assertThrows(ModelFormatException.class, tensor::data);
            assertTrue(e.found().contains("read it in ranges"), e.found());
            byte[] part = new byte[100];
            tensor.read(0, MemorySegment.ofArray(part));
            assertArrayEquals(Arrays.copyOf(random, 100), part);
        }
    }

    @Test
    void open_sizeOfTheMember_mustBeTheArrays() throws IOException {
        byte[] more = new Bytes().raw(ARRAY).raw(0).array();
        assertEquals("shape", refused(new ZipBytes().stored("a.npy", more)).field());
        assertEquals("shape", refused(new ZipBytes().deflated("a.npy", more)).field());
    }

    @Test
    void read_damagedMember_isFoundByItsChecksum() throws IOException {
        for (boolean stored : new boolean[]{true, false}) {
            byte[] data = stored ? ARRAY : ZipBytes.deflate(ARRAY);
            byte[] zip = new ZipBytes().member("a.npy", stored ? 0 : 8, data, ARRAY.length, 12345, 0, true).array();
            try (ModelFile model = Models.open(folder, "a.npz", new Bytes().raw(zip))) {
                ModelTensor tensor = model.tensors().getFirst();
                assertThrows(ModelFormatException.class, tensor::data, "stored " + stored);
                assertThrows(ModelFormatException.class, () -> tensor.openStream().readAllBytes());
            }
        }
    }

    @Test
    void read_failedTarget_doesNotMisplaceTheNextRange() throws IOException {
        byte[] zip = new ZipBytes().deflated("a.npy", ARRAY).array();
        try (ModelFile model = Models.open(folder, "a.npz", new Bytes().raw(zip))) {
            ModelTensor tensor = model.tensors().getFirst();
            byte[] first = new byte[3];
            tensor.read(0, MemorySegment.ofArray(first));
            assertThrows(IllegalArgumentException.class,
                    () -> tensor.read(3, MemorySegment.ofArray(new byte[2]).asReadOnly()));
            byte[] rest = new byte[VALUES.length - 3];
            tensor.read(3, MemorySegment.ofArray(rest));
            assertArrayEquals(Arrays.copyOfRange(VALUES, 3, VALUES.length), rest);
            tensor.read(VALUES.length, MemorySegment.ofArray(new byte[0]));
        }
    }

    @Test
    void read_deflatedStreamOfAnotherLength_isRefused() throws IOException {
        byte[] shorter = ZipBytes.deflate(Arrays.copyOf(ARRAY, ARRAY.length - 1));
        byte[] longer = ZipBytes.deflate(new Bytes().raw(ARRAY).raw(0).array());
        byte[] trailing = new Bytes().raw(ZipBytes.deflate(ARRAY)).raw(0, 0).array();
        for (byte[] data : new byte[][]{shorter, longer, trailing}) {
            byte[] zip = new ZipBytes().member("a.npy", 8, data, ARRAY.length, ZipBytes.crc(ARRAY), 0, true).array();
            Path path = Files.write(folder.resolve("a.npz"), zip);
            assertThrows(ModelFormatException.class, () -> {
                try (ModelFile model = ModelFiles.open(path)) {
                    model.tensors().getFirst().data();
                }
            });
        }
    }

    @Test
    void open_brokenArchives_nameTheField() throws IOException {
        byte[] zip = new ZipBytes().stored("a.npy", ARRAY).array();
        Bytes behind = new Bytes().raw(zip).raw(0);
        assertEquals("end of central directory", Models.refused(folder, "a.npz", behind).field());
        byte[] encrypted = zip.clone();
        int directory = zip.length - 22 - 46 - 5;
        encrypted[directory + 8] = 1;
        assertEquals("method", Models.refused(folder, "a.npz", new Bytes().raw(encrypted)).field());
        byte[] method = zip.clone();
        method[directory + 10] = 12;
        assertEquals("method", Models.refused(folder, "a.npz", new Bytes().raw(method)).field());
        byte[] count = zip.clone();
        count[zip.length - 22 + 10] = 2;
        count[zip.length - 22 + 8] = 2;
        assertEquals("entries", Models.refused(folder, "a.npz", new Bytes().raw(count)).field());
        byte[] hidden = new ZipBytes().stored("a.npy", ARRAY).stored("b.npy", ARRAY).array();
        hidden[hidden.length - 22 + 10] = 1;
        hidden[hidden.length - 22 + 8] = 1;
        assertEquals("entries", Models.refused(folder, "a.npz", new Bytes().raw(hidden)).field());
        assertEquals("end of central directory",
                Models.refused(folder, "a.npz", new Bytes().text("PK").raw(3, 4)).field());
    }
}
