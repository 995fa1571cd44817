package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on ONNX, with raw data, typed fields, and a file beside the model; see {@link OnnxReaderTest}. */
class OnnxContractTest extends ModelFileContract {
    @Override
    Sample sample(Path folder) throws IOException {
        Files.write(folder.resolve("weights.bin"), new Bytes().f32(0, 7, 8).array());
        Bytes raw = new Bytes().number(1, 2).number(1, 3).number(2, 1).field(8, "raw")
                .field(9, new Bytes().f32(1, 2, 3, 4, 5, 6));
        Bytes packed = new Bytes().number(1, 2).number(2, 1).field(8, "packed").field(4, new Bytes().f32(-1, 1));
        Bytes varints = new Bytes().number(1, 3).number(2, 7).field(8, "varints")
                .field(7, new Bytes().varint(1).varint(-2).varint(1L << 40));
        Bytes half = new Bytes().number(1, 1).number(2, 10).field(8, "half").number(5, 0x3c00);
        Bytes outside = new Bytes().number(1, 2).number(2, 1).field(8, "outside")
                .field(13, new Bytes().field(1, "location").field(2, "weights.bin"))
                .field(13, new Bytes().field(1, "offset").field(2, "4"))
                .field(13, new Bytes().field(1, "length").field(2, "8")).number(14, 1);
        Bytes graph = new Bytes().field(1, new Bytes().field(4, "Add")).field(5, raw).field(5, packed)
                .field(5, varints).field(5, half).field(5, outside).field(2, "main");
        Bytes model = new Bytes().number(1, 8).field(8, new Bytes().field(1, "").number(2, 17)).field(7, graph);
        return new Sample("model.onnx", "onnx", model,
                List.of(new Expected("raw", DType.F32, List.of(2L, 3L), new Bytes().f32(1, 2, 3, 4, 5, 6)),
                        new Expected("packed", DType.F32, List.of(2L), new Bytes().f32(-1, 1)),
                        new Expected("varints", DType.I64, List.of(3L),
                                new Bytes().u64(1).u64(-2).u64(1L << 40)),
                        new Expected("half", DType.F16, List.of(1L), new Bytes().u16(0x3c00)),
                        new Expected("outside", DType.F32, List.of(2L), new Bytes().f32(7, 8))),
                Map.of("onnx.ir_version", "8", "onnx.opset_import", "17", "onnx.graph.name", "main"));
    }
}
