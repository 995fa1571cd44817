package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to npy, on headers written by hand after the documentation of {@code numpy.lib.format}. */
class NpyReaderTest {
    @TempDir
    Path folder;

    private static Bytes file(int version, String header, int dataBytes) {
        Bytes bytes = new Bytes().raw(0x93).text("NUMPY").raw(version, 0);
        return (version == 1 ? bytes.u16(header.length()) : bytes.u32(header.length())).text(header)
                .raw(new byte[dataBytes]);
    }

    private static String header(String descr, String order, String shape) {
        return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
    }

    private void refused(String field, String header, int dataBytes) throws IOException {
        assertEquals(field, Models.refused(folder, "a.npy", file(1, header, dataBytes)).field(), header);
    }

    @Test
    void open_allVersions_areRead() throws IOException {
        for (int version = 1; version <= 3; version++) {
            Bytes bytes = file(version, header("'<i2'", "False", "(2, 1)"), 4);
            try (ModelFile model = Models.open(folder, "a.npy", bytes)) {
                assertEquals(List.of(2L, 1L), model.tensors().getFirst().shape(), "version " + version);
            }
        }
        for (int version : new int[]{0, 4, 255}) {
            assertEquals("version",
                    Models.refused(folder, "a.npy", file(version, header("'<i2'", "False", "(2,)"), 4)).field());
        }
    }

    @Test
    void open_everyNumber_hasItsType() throws IOException {
        Map<String, DType> types = Map.ofEntries(Map.entry("|b1", DType.BOOL), Map.entry("|i1", DType.I8),
                Map.entry("|u1", DType.U8), Map.entry("<i1", DType.I8), Map.entry("<i2", DType.I16),
                Map.entry("<u2", DType.U16), Map.entry("<i4", DType.I32), Map.entry("<u4", DType.U32),
                Map.entry("<i8", DType.I64), Map.entry("<u8", DType.U64), Map.entry("<f2", DType.F16),
                Map.entry("<f4", DType.F32), Map.entry("<f8", DType.F64));
        for (Map.Entry<String, DType> type : types.entrySet()) {
            Bytes bytes = file(1, header("'" + type.getKey() + "'", "False", "(1,)"), type.getValue().bits() / 8);
            try (ModelFile model = Models.open(folder, "a.npy", bytes)) {
                assertEquals(type.getValue(), model.tensors().getFirst().dtype(), type.getKey());
            }
        }
    }

    @Test
    void open_otherTypes_areRefused() throws IOException {
        for (String descr : List.of("'>f4'", "'|O'", "'<c8'", "'<U3'", "'|S3'", "'<M8[ns]'", "'|V2'", "'f4'", "''",
                "'='", "'<f16'", "[('a', '<f4')]", "'>i8'", "'<b8'")) {
            refused("descr", header(descr, "False", "(1,)"), 16);
        }
    }

    @Test
    void open_columnMajor_isRefusedUnlessItMakesNoDifference() throws IOException {
        refused("fortran_order", header("'<f4'", "True", "(2, 3)"), 24);
        Bytes vector = new Bytes().f32(1, 2, 3);
        Bytes bytes = file(1, header("'<f4'", "True", "(1, 3, 1)"), 0).raw(vector.array());
        try (ModelFile model = Models.open(folder, "a.npy", bytes)) {
            assertArrayEquals(vector.array(), Models.bytes(model.tensors().getFirst()));
        }
        refused("fortran_order", header("'<f4'", "Yes", "(1,)"), 4);
    }

    @Test
    void open_shapes_areTuplesOfSizes() throws IOException {
        for (String shape : List.of("(1)", "1", "(-1,)", "(1.0,)", "(,)", "(1,,2)", "(1 2)", "(99999999999999999999,)",
                "(" + "1,".repeat(65) + ")", "(4,", "(4611686018427387904, 8)",
                "(3000000000, 3000000000, 3000000000)")) {
            ModelFormatException e = Models.refused(folder, "a.npy", file(1, header("'<f4'", "False", shape), 4));
            assertTrue(List.of("shape", "header").contains(e.field()), shape + ": " + e);
        }
        for (String shape : List.of("()", "(1,)", "(1L,)", "( 1 , 1 )", "(1,1,)")) {
            Models.open(folder, "a.npy", file(1, header("'<f4'", "False", shape), 4)).close();
        }
        refused("shape", header("'<f4'", "False", "(2,)"), 4);
        refused("shape", header("'<f4'", "False", "(2,)"), 12);
    }

    @Test
    void open_brokenDictionaries_areRefused() throws IOException {
        for (String text : List.of("", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4'}",
                header("'<f4'", "False", "(1,)") + "x", "{'shape': (1,), 'x': 1}", "['descr']", "{'descr: 1}",
                "{'descr' '<f4'}", "__import__('os')")) {
            ModelFormatException e = Models.refused(folder, "a.npy", file(1, text, 4));
            assertTrue(List.of("header", "descr").contains(e.field()), text + ": " + e);
        }
        refused("shape", "{'descr': '<f4', 'shape': (1,), 'fortran_order': False, 'shape': (1,)}", 4);
        assertEquals("header length", Models.refused(folder, "a.npy",
                new Bytes().raw(0x93).text("NUMPY").raw(2, 0).u32(0xffff_ffffL).text("{}")).field());
    }
}
