package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to GGUF, on files written by hand after the format's documentation. */
class GgufReaderTest {
    @TempDir
    Path folder;

    static Bytes header(int version, long tensors, long entries) {
        return new Bytes().text("GGUF").u32(version).u64(tensors).u64(entries);
    }

    static Bytes entry(Bytes file, String key, int type) {
        return string(file, key).u32(type);
    }

    static void tensor(Bytes file, String name, int type, long offset, long... dims) {
        string(file, name).u32(dims.length);
        for (long dim : dims) {
            file.u64(dim);
        }
        file.u32(type).u64(offset);
    }

    private static Bytes string(Bytes file, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return file.u64(bytes.length).raw(bytes);
    }

    private ModelFormatException refused(Bytes file) throws IOException {
        return Models.refused(folder, "m.gguf", file);
    }

    @Test
    void open_everyMetadataType_isKeptAsText() throws IOException {
        Bytes file = header(2, 0, 14);
        entry(file, "u8", 0).raw(200);
        entry(file, "i8", 1).raw(200);
        entry(file, "u16", 2).u16(65_535);
        entry(file, "i16", 3).u16(65_535);
        entry(file, "u32", 4).u32(4_294_967_295L);
        entry(file, "i32", 5).u32(4_294_967_295L);
        entry(file, "f32", 6).f32(1e-5f);
        entry(file, "bool", 7).raw(1);
        string(entry(file, "string", 8), "text");
        entry(file, "u64", 10).u64(-1);
        entry(file, "i64", 11).u64(-1);
        entry(file, "f64", 12).f64(0.1);
        entry(file, "nested", 9).u32(9).u64(2).u32(0).u64(2).raw(1, 2).u32(7).u64(1).raw(0);
        entry(file, "nan", 9).u32(6).u64(1).f32(Float.NaN);
        try (ModelFile model = Models.open(folder, "m.gguf", file)) {
            assertEquals(Map.ofEntries(Map.entry("u8", "200"), Map.entry("i8", "-56"), Map.entry("u16", "65535"),
                    Map.entry("i16", "-1"), Map.entry("u32", "4294967295"), Map.entry("i32", "-1"),
                    Map.entry("f32", "1.0E-5"), Map.entry("bool", "true"), Map.entry("string", "text"),
                    Map.entry("u64", "18446744073709551615"), Map.entry("i64", "-1"), Map.entry("f64", "0.1"),
                    Map.entry("nested", "[[1,2],[false]]"), Map.entry("nan", "[\"NaN\"]")), model.metadata());
        }
    }

    @Test
    void open_quantisedTensor_saysTypeAndBlock() throws IOException {
        Bytes file = header(3, 1, 0);
        tensor(file, "w", 12, 0, 256, 2);
        file.pad(32).raw(new byte[288]);
        try (ModelFile model = Models.open(folder, "m.gguf", file)) {
            ModelTensor w = model.tensors().getFirst();
            assertEquals(Map.of("type", "Q4_K", "blockElements", "256", "blockBytes", "144"), w.attributes());
            assertEquals(List.of(2L, 256L), w.shape());
            assertEquals(288, w.byteSize());
        }
    }

    @Test
    void open_bigEndian_isRefusedAsSuch() throws IOException {
        ModelFormatException e = refused(new Bytes().text("GGUF").raw(0, 0, 0, 3).pad(64));
        assertEquals("version", e.field());
        assertTrue(e.found().contains("big-endian"), e.found());
    }

    @Test
    void open_otherVersions_areRefused() throws IOException {
        assertTrue(refused(header(1, 0, 0)).found().contains("version 1"), "version 1");
        assertTrue(refused(header(4, 0, 0)).found().contains("version 4"), "version 4");
    }

    @Test
    void open_absurdCounts_areRefusedBeforeAnythingElse() throws IOException {
        assertEquals("tensor_count", refused(header(3, Long.MAX_VALUE, 0)).field());
        assertEquals("tensor_count", refused(header(3, -1, 0)).field());
        assertEquals("metadata_kv_count", refused(header(3, 0, 1_000_000)).field());
        Bytes array = header(3, 0, 1);
        entry(array, "a", 9).u32(0).u64(1L << 40).raw(1, 2, 3);
        assertEquals("a", refused(array).field());
        Bytes text = header(3, 0, 1);
        entry(text, "a", 8).u64(Long.MAX_VALUE).raw(1, 2, 3);
        assertEquals("a", refused(text).field());
    }

    @Test
    void open_deepArrays_areRefused() throws IOException {
        Bytes file = header(3, 0, 1);
        entry(file, "deep", 9);
        for (int i = 0; i < 1_000; i++) {
            file.u32(9).u64(1);
        }
        assertTrue(refused(file.u32(0).u64(0)).found().contains("nested deeper"), "nesting");
    }

    @Test
    void open_badTensors_nameTheField() throws IOException {
        assertEquals("type", refused(one("w", 4, 0, 32)).field());
        assertEquals("dimensions", refused(one("w", 2, 0, 31)).field());
        assertEquals("dimensions", refused(one("w", 0, 0, -1)).field());
        assertEquals("dimensions", refused(one("w", 0, 0, 1L << 40, 1L << 40)).field());
        assertEquals("offset", refused(one("w", 0, 8, 1)).field());
        assertEquals("offset", refused(one("w", 0, 32, 1)).field());
        assertEquals("offset", refused(one("w", 0, 0, 1_000)).field());
        assertEquals("offset", refused(one("w", 0, -32, 1)).field());
        assertEquals("name", refused(one("", 0, 0, 1)).field());
        Bytes many = header(3, 1, 0);
        string(many, "w").u32(1_000_000).raw(new byte[64]);
        assertEquals("n_dimensions", refused(many).field());
    }

    private static Bytes one(String name, int type, long offset, long... dims) {
        Bytes file = header(3, 1, 0);
        tensor(file, name, type, offset, dims);
        return file.pad(32).raw(new byte[64]);
    }

    @Test
    void open_twoTensorsInOnePlace_isRefused() throws IOException {
        Bytes overlap = header(3, 2, 0);
        tensor(overlap, "a", 0, 0, 8);
        tensor(overlap, "b", 0, 0, 8);
        assertTrue(refused(overlap.pad(32).raw(new byte[64])).found().contains("overlap"), "overlap");
        Bytes hole = header(3, 2, 0);
        tensor(hole, "a", 0, 0, 8);
        tensor(hole, "b", 0, 64, 8);
        assertTrue(refused(hole.pad(32).raw(new byte[128])).found().contains("hole"), "hole");
        Bytes twice = header(3, 2, 0);
        tensor(twice, "a", 0, 0, 8);
        tensor(twice, "a", 0, 32, 8);
        assertEquals("name", refused(twice.pad(32).raw(new byte[64])).field());
    }

    @Test
    void open_badAlignment_isRefused() throws IOException {
        for (long alignment : new long[]{0, 7, 33}) {
            Bytes file = header(3, 0, 1);
            entry(file, "general.alignment", 4).u32(alignment);
            assertEquals("general.alignment", refused(file).field(), "alignment " + alignment);
        }
        Bytes wrongType = header(3, 0, 1);
        entry(wrongType, "general.alignment", 10).u64(32);
        assertEquals("general.alignment", refused(wrongType).field());
    }

    @Test
    void open_repeatedKeyOrBadBoolean_isRefused() throws IOException {
        Bytes file = header(3, 0, 2);
        entry(file, "a", 0).raw(1);
        entry(file, "a", 0).raw(1);
        assertEquals("metadata", refused(file).field());
        Bytes bool = header(3, 0, 1);
        entry(bool, "b", 7).raw(2);
        assertEquals("b", refused(bool).field());
    }
}
