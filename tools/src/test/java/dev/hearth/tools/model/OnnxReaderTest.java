package dev.hearth.tools.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ONNX reader on messages written by hand.
 *
 * <p>Field numbers are those of {@code onnx.proto}: ModelProto ir_version 1, producer_name 2, graph 7, opset_import 8,
 * metadata_props 14; GraphProto node 1, name 2, initializer 5, sparse_initializer 15; TensorProto dims 1, data_type 2,
 * float_data 4, int32_data 5, int64_data 7, name 8, raw_data 9, double_data 10, uint64_data 11, external_data 13,
 * data_location 14.
 */
class OnnxReaderTest {
    private static final int FLOAT = 1;

    @TempDir
    Path folder;

    private static Bytes model(Bytes... initializers) {
        Bytes graph = new Bytes().field(2, "main");
        for (Bytes initializer : initializers) {
            graph.field(5, initializer);
        }
        return new Bytes().number(1, 8).field(2, "by hand").field(7, graph)
                .field(8, new Bytes().field(1, "").number(2, 17));
    }

    private static Bytes tensor(String name, long type, long... dims) {
        Bytes tensor = new Bytes();
        for (long dim : dims) {
            tensor.number(1, dim);
        }
        return tensor.number(2, type).field(8, name);
    }

    private static Bytes packed(long... values) {
        Bytes run = new Bytes();
        for (long value : values) {
            run.varint(value);
        }
        return run;
    }

    private ModelFile open(Bytes... initializers) throws IOException {
        return Models.open(folder, "m.onnx", model(initializers));
    }

    private ModelFormatException refused(Bytes... initializers) throws IOException {
        return Models.refused(folder, "m.onnx", model(initializers));
    }

    @Test
    void open_rawData_isAViewOfTheFile() throws IOException {
        byte[] values = new Bytes().f32(1, 2, 3, 4, 5, 6).array();
        try (ModelFile model = open(tensor("w", FLOAT, 2, 3).field(9, values))) {
            ModelTensor w = model.tensors().getFirst();
            assertEquals("onnx", model.format());
            assertEquals(List.of(2L, 3L), w.shape());
            assertEquals(DType.F32, w.dtype());
            assertTrue(w.isMapped(), "raw data needs no copy");
            assertTrue(w.data().isMapped() && w.data().isReadOnly(), "a read-only mapping");
            assertArrayEquals(values, Models.bytes(w));
            byte[] file = Files.readAllBytes(model.path());
            int at = (int) w.fileOffset();
            assertArrayEquals(values, Arrays.copyOfRange(file, at, at + values.length), "fileOffset");
        }
    }

    @Test
    void open_metadata_isKept() throws IOException {
        Bytes bytes = model().field(14, new Bytes().field(1, "task").field(2, "embedding"));
        try (ModelFile model = Models.open(folder, "m.onnx", bytes)) {
            assertEquals(Map.of("onnx.ir_version", "8", "onnx.producer_name", "by hand", "onnx.graph.name", "main",
                    "onnx.opset_import", "17", "task", "embedding"), model.metadata());
        }
    }

    @Test
    void open_packedDims_equalsOneByOne() throws IOException {
        Bytes tensor = new Bytes().field(1, packed(2, 1)).number(2, FLOAT).field(8, "w").field(9,
                new Bytes().f32(1, 2));
        try (ModelFile model = open(tensor)) {
            assertEquals(List.of(2L, 1L), model.tensors().getFirst().shape());
        }
    }

    @Test
    void open_floatDataInOneRun_isAView() throws IOException {
        byte[] values = new Bytes().f32(1.5f, -2).array();
        try (ModelFile model = open(tensor("w", FLOAT, 2).field(4, values))) {
            assertTrue(model.tensors().getFirst().isMapped(), "packed floats are the tensor's bytes");
            assertArrayEquals(values, Models.bytes(model.tensors().getFirst()));
        }
    }

    @Test
    void open_floatDataOneByOne_isDecoded() throws IOException {
        Bytes tensor = tensor("w", FLOAT, 2).varint(4 << 3 | 5).f32(1.5f).varint(4 << 3 | 5).f32(-2);
        try (ModelFile model = open(tensor)) {
            assertFalse(model.tensors().getFirst().isMapped(), "scattered values");
            assertArrayEquals(new Bytes().f32(1.5f, -2).array(), Models.bytes(model.tensors().getFirst()));
        }
    }

    @Test
    void open_typedFields_decodeToTheTypesBytes() throws IOException {
        try (ModelFile model = open(
                tensor("f64", 11, 2).field(10, new Bytes().f64(1, -1)),
                tensor("i64", 7, 3).field(7, packed(1, -1, Long.MIN_VALUE)),
                tensor("u64", 13, 1).field(11, packed(-1)),
                tensor("u32", 12, 2).field(11, packed(1, 0xffff_ffffL)),
                tensor("i32", 6, 2).field(5, packed(-2, 7)),
                tensor("i8", 3, 2).field(5, packed(-2, 7)),
                tensor("u8", 2, 2).field(5, packed(255, 7)),
                tensor("bool", 9, 2).field(5, packed(1, 0)),
                tensor("f16", 10, 2).field(5, packed(0x3c00, 0xbc00)),
                tensor("bf16", 16, 1).field(5, packed(0x3f80)),
                tensor("int4", 22, 3).field(5, packed(0x21, 0x03)))) {
            check(model, "f64", DType.F64, new Bytes().f64(1, -1));
            check(model, "i64", DType.I64, new Bytes().u64(1).u64(-1).u64(Long.MIN_VALUE));
            check(model, "u64", DType.U64, new Bytes().u64(-1));
            check(model, "u32", DType.U32, new Bytes().u32(1).u32(-1));
            check(model, "i32", DType.I32, new Bytes().u32(-2).u32(7));
            check(model, "i8", DType.I8, new Bytes().raw(-2, 7));
            check(model, "u8", DType.U8, new Bytes().raw(255, 7));
            check(model, "bool", DType.BOOL, new Bytes().raw(1, 0));
            check(model, "f16", DType.F16, new Bytes().u16(0x3c00).u16(0xbc00));
            check(model, "bf16", DType.BF16, new Bytes().u16(0x3f80));
            check(model, "int4", DType.UNTYPED, new Bytes().raw(0x21, 0x03));
            assertEquals(Map.of("type", "INT4", "blockElements", "2", "blockBytes", "1"),
                    Models.tensor(model, "int4").attributes());
        }
    }

    private static void check(ModelFile model, String name, DType dtype, Bytes expected) throws IOException {
        assertEquals(dtype, Models.tensor(model, name).dtype(), name);
        assertArrayEquals(expected.array(), Models.bytes(Models.tensor(model, name)), name);
    }

    @Test
    void read_rangesOfDecodedValues_equalTheWhole() throws IOException {
        try (ModelFile model = open(tensor("w", 7, 3).field(7, packed(1, -1)).field(7, packed(0x0102030405060708L)))) {
            ModelTensor w = model.tensors().getFirst();
            byte[] whole = Models.bytes(w);
            for (int from = 0; from <= whole.length; from++) {
                byte[] part = new byte[whole.length - from];
                w.read(from, MemorySegment.ofArray(part));
                assertArrayEquals(Arrays.copyOfRange(whole, from, whole.length), part, "from " + from);
            }
            assertArrayEquals(whole, w.openStream().readAllBytes());
            assertThrows(IndexOutOfBoundsException.class,
                    () -> w.read(1, MemorySegment.ofArray(new byte[whole.length])));
        }
    }

    @Test
    void open_scalarAndEmpty_areTensors() throws IOException {
        try (ModelFile model = open(tensor("scalar", FLOAT).field(9, new Bytes().f32(3)), tensor("none", FLOAT, 0, 4),
                tensor("raw-none", 7, 0).field(9, new byte[0]))) {
            assertEquals(4, Models.tensor(model, "scalar").byteSize());
            assertEquals(0, Models.bytes(Models.tensor(model, "none")).length);
            assertEquals(0, Models.bytes(Models.tensor(model, "raw-none")).length);
        }
    }

    private static Bytes external(String name, String location, long offset, long length) {
        return tensor(name, FLOAT, 2).number(14, 1).field(13, new Bytes().field(1, "location").field(2, location))
                .field(13, new Bytes().field(1, "offset").field(2, Long.toString(offset)))
                .field(13, new Bytes().field(1, "length").field(2, Long.toString(length)));
    }

    @Test
    void open_externalData_isAViewOfTheOtherFile() throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        Path data = Files.write(folder.resolve("sub/weights.bin"), new Bytes().f32(9, 1, 2, 3).array());
        try (ModelFile model = open(external("w", "sub/weights.bin", 4, 8))) {
            ModelTensor w = model.tensors().getFirst();
            assertArrayEquals(new Bytes().f32(1, 2).array(), Models.bytes(w));
            assertEquals(4, w.fileOffset());
            assertEquals(List.of(folder.resolve("m.onnx"), data.toAbsolutePath()), model.files());
        }
    }

    @Test
    void open_externalDataOutsideTheFolder_isRefused() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.write(outside.resolve("secret"), new byte[8]);
        Path inside = Files.createDirectory(folder.resolve("inside"));
        Files.createSymbolicLink(inside.resolve("link"), outside.resolve("secret"));
        Files.createSymbolicLink(inside.resolve("dirlink"), outside);
        for (String location : List.of("../outside/secret", outside.resolve("secret").toString(), "link",
                "dirlink/secret", "a/../../outside/secret", "", "missing", ".", "a\0b")) {
            ModelFormatException e = Models.refused(inside, "m.onnx", model(external("w", location, 0, 8)));
            assertEquals("TensorProto.external_data", e.field(), location);
        }
    }

    @Test
    void open_externalRangeOutsideTheFile_isRefused() throws IOException {
        Files.write(folder.resolve("data"), new byte[8]);
        assertTrue(refused(external("w", "data", 4, 8)).found().contains("passes the end"));
        assertTrue(refused(external("w", "data", 0, 4)).found().contains("length 4"));
        assertTrue(refused(external("w", "data", -1, 8)).found().contains("offset -1"));
        assertTrue(refused(external("w", "data", 999_999_999_999_999_999L, 8)).found().contains("passes the end"));
    }

    @Test
    void open_badTensors_nameTheField() throws IOException {
        Bytes two = new Bytes().f32(1, 2);
        assertEquals("TensorProto.raw_data", refused(tensor("w", FLOAT, 3).field(9, two)).field());
        assertEquals("TensorProto.raw_data", refused(tensor("w", FLOAT, 1).field(9, two)).field());
        assertEquals("TensorProto.dims", refused(tensor("w", FLOAT, -1).field(9, two)).field());
        assertEquals("TensorProto.dims",
                refused(tensor("w", FLOAT, 1L << 40, 1L << 40).field(9, two)).field());
        assertEquals("TensorProto.data_type", refused(tensor("w", 8, 2).field(9, two)).field());
        assertEquals("TensorProto.data_type", refused(tensor("w", 0, 2).field(9, two)).field());
        assertEquals("TensorProto.data_type", refused(tensor("w", 99, 2).field(9, two)).field());
        assertEquals("TensorProto.name", refused(tensor("", FLOAT, 2).field(9, two)).field());
        assertEquals("TensorProto.name", refused(tensor("a\nb", FLOAT, 2).field(9, two)).field());
        assertEquals("TensorProto.name",
                refused(tensor("w", FLOAT, 2).field(9, two), tensor("w", FLOAT, 2).field(9, two)).field());
        assertEquals("TensorProto.float_data", refused(tensor("w", FLOAT, 2)).field());
        assertEquals("TensorProto.float_data", refused(tensor("w", FLOAT, 2).field(4, new byte[7])).field());
        assertEquals("TensorProto.float_data", refused(tensor("w", FLOAT, 2).field(5, packed(1, 2))).field());
        assertEquals("TensorProto.raw_data", refused(tensor("w", FLOAT, 2).field(9, two).field(4, two)).field());
        assertEquals("TensorProto.raw_data", refused(tensor("w", FLOAT, 2).field(9, two).field(9, two)).field());
        assertEquals("TensorProto.int32_data", refused(tensor("w", 2, 2).field(5, packed(1, 256))).field());
        assertEquals("TensorProto.int32_data", refused(tensor("w", 9, 1).field(5, packed(2))).field());
        assertEquals("TensorProto.int64_data", refused(tensor("w", 7, 2).field(7, packed(1, 2, 3))).field());
        assertEquals("TensorProto.segment", refused(tensor("w", FLOAT, 2).field(3, "")).field());
        assertEquals("TensorProto.data_location", refused(tensor("w", FLOAT, 2).number(14, 7).field(9, two)).field());
    }

    @Test
    void open_stringTensor_isRefusedByName() throws IOException {
        ModelFormatException e = refused(tensor("vocabulary", 8, 1).field(6, "word"));
        assertTrue(e.found().contains("STRING of tensor vocabulary"), e.found());
    }

    @Test
    void open_sparseInitializer_isRefusedByName() throws IOException {
        Bytes graph = new Bytes().field(15, new Bytes().field(1, tensor("sparse.w", FLOAT, 1)));
        ModelFormatException e = Models.refused(folder, "m.onnx", new Bytes().field(7, graph));
        assertEquals("GraphProto.sparse_initializer", e.field());
        assertTrue(e.found().contains("sparse.w"), e.found());
    }

    @Test
    void open_brokenWireFormat_namesTheOffset() throws IOException {
        ModelFormatException endless = Models.refused(folder, "m.onnx", new Bytes().number(1, 8)
                .raw(0x28, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1));
        assertTrue(endless.found().contains("varint of more than 10 bytes"), endless.found());
        assertEquals(3, endless.offset());
        ModelFormatException past = Models.refused(folder, "m.onnx", new Bytes().number(1, 8).raw(0x3a).varint(100));
        assertEquals("ModelProto.graph", past.field());
        assertEquals(2, past.offset());
        ModelFormatException huge = Models.refused(folder, "m.onnx", new Bytes().raw(0x3a).varint(-1));
        assertTrue(huge.found().contains("18446744073709551615"), huge.found());
        assertTrue(Models.refused(folder, "m.onnx", new Bytes().raw(0x0b)).found().contains("wire type 3"));
        assertTrue(Models.refused(folder, "m.onnx", new Bytes().raw(0x02, 0)).found().contains("field number 0"));
        assertEquals("ModelProto.graph", Models.refused(folder, "m.onnx", new Bytes().number(1, 8)).field());
        assertEquals("ModelProto.graph",
                Models.refused(folder, "m.onnx", new Bytes().field(7, "").field(7, "")).field());
    }

    @Test
    void open_varintBeyondItsMessage_isRefused() throws IOException {
        Bytes open = tensor("w", FLOAT).field(9, new Bytes().f32(1)).raw(1 << 3, 0x80);
        ModelFormatException e = refused(open, tensor("v", FLOAT).field(9, new Bytes().f32(1)));
        assertEquals("TensorProto.dims", e.field());
        assertTrue(e.found().contains("passes the end of the message"), e.found());
        Bytes packed = new Bytes().number(2, 7).field(8, "w").number(1, 1).field(7, new Bytes().raw(0x80))
                .number(16, 0);
        assertEquals("int64_data.value", refused(packed).field());
    }

    @Test
    void open_deeplyNestedNodes_areSteppedOver() throws IOException {
        Bytes node = new Bytes().field(1, "leaf");
        for (int depth = 0; depth < 2_000; depth++) {
            node = new Bytes().field(5, new Bytes().field(6, new Bytes().field(1, node)));
        }
        Bytes graph = new Bytes().field(1, node).field(5, tensor("w", FLOAT, 1).field(9, new Bytes().f32(1)));
        try (ModelFile model = Models.open(folder, "m.onnx", new Bytes().field(7, graph))) {
            assertEquals(1, model.tensors().size(), "one initializer behind the nested graphs");
        }
    }

    @Test
    void open_truncatedAnywhere_isRefused() throws IOException {
        byte[] whole = model(tensor("w", FLOAT, 2).field(9, new Bytes().f32(1, 2)),
                tensor("v", 7, 2).field(7, packed(1, 2))).array();
        // The last field, opset_import, may be missing: a message cut between two fields is a message.
        int graphEnd = whole.length - new Bytes().field(8, new Bytes().field(1, "").number(2, 17)).size();
        for (int length = 0; length < whole.length; length++) {
            if (length == graphEnd) {
                continue;
            }
            ModelFormatException e = Models.refused(folder, "m.onnx",
                    new Bytes().raw(Arrays.copyOf(whole, length)));
            assertTrue(e.offset() <= length, "offset inside the file: " + e.found());
        }
    }

    @Test
    void read_fileCutShortWhileMapped_isATypedError() throws IOException {
        int bytes = 1 << 20;
        try (ModelFile model = open(tensor("w", 2, bytes).field(9, new byte[bytes]))) {
            ModelTensor w = model.tensors().getFirst();
            Files.write(model.path(), new byte[10]);
            ModelFormatException e = assertThrows(ModelFormatException.class,
                    () -> w.read(0, MemorySegment.ofArray(new byte[bytes])));
            assertTrue(e.found().contains("became shorter"), e.found());
        }
    }

    @Test
    void close_twice_isHarmless() throws IOException {
        ModelFile model = open(tensor("w", FLOAT, 1).field(9, new Bytes().f32(1)));
        MemorySegment data = model.tensors().getFirst().data();
        model.close();
        model.close();
        assertThrows(IllegalStateException.class, () -> data.get(ValueLayout.JAVA_BYTE, 0));
    }
}
