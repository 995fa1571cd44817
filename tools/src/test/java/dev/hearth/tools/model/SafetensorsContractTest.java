package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on safetensors; the layout is that of the README of the format, section "Format". */
class SafetensorsContractTest extends ModelFileContract {
    @Override
    Sample sample(Path folder) {
        String header = "{\"__metadata__\":{\"format\":\"pt\",\"note\":\"a \\\"b\\\" \\u00e9\"},"
                + "\"second\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[24,30]},"
                + "\"first\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"none\":{\"dtype\":\"I64\",\"shape\":[0,5],\"data_offsets\":[24,24]},"
                + "\"scalar\":{\"data_offsets\":[30,31],\"shape\":[],\"dtype\":\"BOOL\"} }   ";
        Bytes first = new Bytes().f32(1, 2, 3, 4, 5, 6);
        Bytes second = new Bytes().u16(0x3f80).u16(0x4000).u16(0xbf80);
        Bytes file = new Bytes().u64(header.length()).text(header).raw(first.array()).raw(second.array()).raw(1);
        return new Sample("model.safetensors", "safetensors", file,
                List.of(new Expected("first", DType.F32, List.of(2L, 3L), first),
                        new Expected("none", DType.I64, List.of(0L, 5L), new Bytes()),
                        new Expected("second", DType.BF16, List.of(3L), second),
                        new Expected("scalar", DType.BOOL, List.of(), new Bytes().raw(1))),
                Map.of("format", "pt", "note", "a \"b\" \u00e9"));
    }
}
