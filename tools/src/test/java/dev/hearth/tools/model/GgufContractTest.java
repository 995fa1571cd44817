package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on GGUF version 3; the layout is that of the format's documentation, section "File Structure". */
class GgufContractTest extends ModelFileContract {
    @Override
    Sample sample(Path folder) {
        Bytes file = GgufReaderTest.header(3, 3, 3);
        GgufReaderTest.entry(file, "general.architecture", 8).u64(5).text("llama");
        GgufReaderTest.entry(file, "general.alignment", 4).u32(64);
        GgufReaderTest.entry(file, "tokens", 9).u32(8).u64(2).u64(1).text("a").u64(2).text("\"b");
        // Dimensions are stored fastest first: 3 columns, 2 rows.
        GgufReaderTest.tensor(file, "token_embd.weight", 0, 0, 3, 2);
        GgufReaderTest.tensor(file, "blk.0.weight", 8, 64, 32, 2);
        GgufReaderTest.tensor(file, "norm", 30, 192, 1);
        Bytes floats = new Bytes().f32(1, 2, 3, 4, 5, 6);
        Bytes blocks = new Bytes();
        for (int i = 0; i < 68; i++) {
            blocks.raw(i);
        }
        file.pad(64).raw(floats.array()).pad(64).raw(blocks.array()).pad(64).u16(0x3f80);
        return new Sample("model.gguf", "gguf", file,
                List.of(new Expected("token_embd.weight", DType.F32, List.of(2L, 3L), floats),
                        new Expected("blk.0.weight", DType.UNTYPED, List.of(2L, 32L), blocks),
                        new Expected("norm", DType.BF16, List.of(1L), new Bytes().u16(0x3f80))),
                Map.of("general.architecture", "llama", "general.alignment", "64", "tokens", "[\"a\",\"\\\"b\"]"));
    }
}
