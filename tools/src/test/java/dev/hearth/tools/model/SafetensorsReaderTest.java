package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to safetensors, on headers written by hand after the README of the format. */
class SafetensorsReaderTest {
    @TempDir
    Path folder;

    private static Bytes file(String header, int dataBytes) {
        return new Bytes().u64(header.getBytes(StandardCharsets.UTF_8).length).text(header)
                .raw(new byte[dataBytes]);
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets
                + "}";
    }

    private ModelFormatException refused(String header, int dataBytes) throws IOException {
        return Models.refused(folder, "m.safetensors", file(header, dataBytes));
    }

    private void refusedField(String field, String header, int dataBytes) throws IOException {
        assertEquals(field, refused(header, dataBytes).field(), header);
    }

    @Test
    void open_headerLength_isBounded() throws IOException {
        for (long length : new long[]{0, 1, 100_000_001, 1L << 40, -1, Long.MIN_VALUE}) {
            Bytes bytes = new Bytes().u64(length).text("{}");
            assertEquals("header length", Models.refused(folder, "m.safetensors", bytes).field(), "length " + length);
        }
        assertEquals("header", Models.refused(folder, "m.safetensors", new Bytes().u64(3).text("{}")).field());
        assertEquals("header", Models.refused(folder, "m.safetensors", new Bytes().u64(3).text(" {}")).field());
    }

    @Test
    void open_ranges_mustCoverTheBytesExactly() throws IOException {
        String a = tensor("a", "U8", "[4]", "[0,4]");
        assertTrue(refused("{" + a + "," + tensor("b", "U8", "[4]", "[3,7]") + "}", 7).found().contains("overlap"));
        assertTrue(refused("{" + a + "," + tensor("b", "U8", "[4]", "[5,9]") + "}", 9).found().contains("hole"));
        assertTrue(refused("{" + tensor("b", "U8", "[4]", "[1,5]") + "}", 5).found().contains("hole"));
        assertTrue(refused("{" + a + "}", 5).found().contains("end at 4"), "bytes behind the last tensor");
        refusedField("data_offsets", "{" + a + "}", 3);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[4,0]") + "}", 4);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[0]") + "}", 4);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[0,4,4]") + "}", 4);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[0,3]") + "}", 3);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[0,5]") + "}", 5);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[0,18446744073709551615]") + "}", 4);
        refusedField("data_offsets", "{" + tensor("a", "U8", "[4]", "[-1,3]") + "}", 4);
    }

    @Test
    void open_typeAndShape_areChecked() throws IOException {
        refusedField("dtype", "{" + tensor("a", "f32", "[1]", "[0,4]") + "}", 4);
        refusedField("dtype", "{" + tensor("a", "UNTYPED", "[4]", "[0,4]") + "}", 4);
        refusedField("shape", "{" + tensor("a", "U8", "[4.0]", "[0,4]") + "}", 4);
        refusedField("shape", "{" + tensor("a", "U8", "[04]", "[0,4]") + "}", 4);
        refusedField("shape", "{" + tensor("a", "U8", "[-4]", "[0,4]") + "}", 4);
        refusedField("shape", "{" + tensor("a", "U8", "[4e0]", "[0,4]") + "}", 4);
        refusedField("shape", "{" + tensor("a", "U8", "[4611686018427387904,4]", "[0,4]") + "}", 4);
        refusedField("shape", "{" + tensor("a", "F4", "[3]", "[0,2]") + "}", 2);
        refusedField("shape", "{" + tensor("a", "U8", "[" + "1,".repeat(64) + "4]", "[0,4]") + "}", 4);
    }

    @Test
    void open_packedAndForeignTypes_areRead() throws IOException {
        String header = "{" + tensor("f4", "F4", "[4]", "[0,2]") + "," + tensor("c64", "C64", "[1]", "[2,10]") + "}";
        try (ModelFile model = Models.open(folder, "m.safetensors", file(header, 10))) {
            assertEquals(DType.F4, Models.tensor(model, "f4").dtype());
            assertEquals(DType.UNTYPED, Models.tensor(model, "c64").dtype());
            assertEquals(Map.of("type", "C64", "blockElements", "1", "blockBytes", "8"),
                    Models.tensor(model, "c64").attributes());
        }
    }

    @Test
    void open_duplicates_areRefused() throws IOException {
        String a = tensor("a", "U8", "[0]", "[0,0]");
        refusedField("name", "{" + a + "," + a + "}", 0);
        refusedField("name", "{" + a + ",\"\\u0061\":{}}", 0);
        refusedField("__metadata__", "{\"__metadata__\":{},\"__metadata__\":{}}", 0);
        refusedField("metadata", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0);
        refusedField("dtype", "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0);
    }

    @Test
    void open_membersAndMetadata_areStrict() throws IOException {
        refusedField("__metadata__", "{\"__metadata__\":{\"a\":1}}", 0);
        refusedField("__metadata__", "{\"__metadata__\":[]}", 0);
        refusedField("tensor", "{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0);
        refusedField("tensor", "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1}}", 0);
        refusedField("tensor", "{\"a\":[]}", 0);
        refusedField("name", "{\"\":{}}", 0);
        refusedField("name", "{\"" + "n".repeat(1_025) + "\":{}}", 0);
        refusedField("name", "{\"a\\nb\":{}}", 0);
    }

    @Test
    void open_brokenJson_namesTheOffset() throws IOException {
        for (String json : List.of("{ ", "{\"a\"", "{\"a\":", "{,}", "{} x", "{\"a\":{},}", "{\"\\x\":{}}",
                "{\"\\u12\":{}}", "{\"\\ud800\":{}}", "{\"a\tb\":{}}", "{\"a\\", "{'a':{}}", "{]",
                "{" + "[".repeat(9))) {
            ModelFormatException e = refused(json, 0);
            assertTrue(e.offset() >= 8 && e.offset() <= 8 + json.length(), json + ": " + e);
        }
        Bytes invalid = new Bytes().u64(7).text("{\"").raw(0xff).text("\":{}");
        assertTrue(Models.refused(folder, "m.safetensors", invalid.text("}")).found().contains("UTF-8"));
    }

    @Test
    void open_missingSuffix_isRecognisedByContent() throws IOException {
        try (ModelFile model = Models.open(folder, "weights.bin", file("{}", 0))) {
            assertEquals("safetensors", model.format());
            assertTrue(model.tensors().isEmpty(), "a file without tensors");
        }
    }

    @Test
    void open_index_mustAgreeWithItsShards() throws IOException {
        Files.write(folder.resolve("s1"), SafetensorsShardedContractTest.shard("a", new byte[1]).array());
        Files.write(folder.resolve("s2"), SafetensorsShardedContractTest.shard("b", new byte[1]).array());
        assertTrue(index("{\"weight_map\":{\"a\":\"s1\",\"c\":\"s2\"}}").found().contains("b, which the index"));
        assertTrue(index("{\"weight_map\":{\"a\":\"s1\",\"c\":\"s1\"}}").found().contains("c, which is not in s1"));
        assertTrue(index("{\"weight_map\":{\"a\":\"s2\",\"b\":\"s2\"}}").found().contains("a, which is not in s2"));
        assertTrue(index("{\"weight_map\":{\"a\":\"s2\",\"b\":\"s1\"}}").found().contains("b, which the index"));
        assertTrue(index("{\"weight_map\":{\"a\":\"s3\"}}").found().contains("missing"));
        assertTrue(index("{\"weight_map\":{\"a\":\"../s1\"}}").found().contains("plain name"));
        assertTrue(index("{\"weight_map\":{\"a\":\"/etc/passwd\"}}").found().contains("plain name"));
        assertTrue(index("{\"weight_map\":{\"a\":\"..\"}}").found().contains("plain name"));
        assertTrue(index("{\"weight_map\":{\"a\":\"s1\",\"a\":\"s1\"}}").found().contains("second time"));
        assertEquals("weight_map", index("{\"metadata\":{}}").field());
        String deep = "{\"x\":" + "[".repeat(100) + "]".repeat(100) + ",\"weight_map\":{}}";
        assertTrue(index(deep).found().contains("nested deeper"));
    }

    private ModelFormatException index(String json) throws IOException {
        return Models.refused(folder, "m.safetensors.index.json", new Bytes().text(json));
    }

    @Test
    void open_shardIsAFifo_isRefusedAtOnce() throws Exception {
        assertEquals(0, new ProcessBuilder("mkfifo", folder.resolve("s1").toString()).start().waitFor());
        assertTrue(index("{\"weight_map\":{\"a\":\"s1\"}}").found().contains("regular file"));
    }

    /** A sparse file: most of its 4 GiB were never written, and nothing may depend on how many there are. */
    @Test
    void read_fourGibibytes_needsNoMemoryOfThatSize() throws IOException {
        long bytes = (4L << 30) + 16;
        String header = "{" + tensor("big", "U8", "[" + (bytes - 8) + "]", "[0," + (bytes - 8) + "]") + ","
                + tensor("last", "I64", "[1]", "[" + (bytes - 8) + "," + bytes + "]") + "}";
        Path path = Files.write(folder.resolve("m.safetensors"), file(header, 0).array());
        byte[] end = new Bytes().u64(0x1122334455667788L).array();
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.setLength(8 + header.length() + bytes);
            sparse.seek(8 + header.length() + bytes - 8);
            sparse.write(end);
        }
        long before = heapUsed();
        try (ModelFile model = ModelFiles.open(path)) {
            ModelTensor big = Models.tensor(model, "big");
            assertEquals(bytes - 8, big.data().byteSize());
            assertArrayEquals(end, Models.bytes(Models.tensor(model, "last")));
            byte[] part = new byte[1 << 20];
            big.read(bytes - 8 - part.length, MemorySegment.ofArray(part));
            assertArrayEquals(new byte[part.length], part, "the tail of a sparse tensor");
            assertTrue(heapUsed() - before < 64 << 20, "the heap has not grown with the file");
        }
    }

    private static long heapUsed() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void open_hundredMegabyteHeader_isReadInBoundedMemory() throws IOException {
        // The longest header there may be, most of it one text: refused or read, but never copied more than once.
        int header = 100_000_000;
        Path path = Files.write(folder.resolve("m.safetensors"), new Bytes().u64(header).text("{\"").array());
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.setLength(8L + header);
        }
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.open(path).close());
        assertTrue(e.found().contains("control character"), e.found());
        Path spaces = Files.write(folder.resolve("n.safetensors"),
                new Bytes().u64(header).text("{\"" + "n".repeat(header - 2)).array());
        ModelFormatException long2 = assertThrows(ModelFormatException.class, () -> ModelFiles.open(spaces).close());
        assertTrue(long2.found().contains("more than"), long2.found());
    }
}
