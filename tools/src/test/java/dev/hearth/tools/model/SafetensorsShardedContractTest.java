package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract on the index of a sharded safetensors model, with one shard behind a link as in download caches. */
class SafetensorsShardedContractTest extends ModelFileContract {
    static Bytes shard(String name, byte[] bytes) {
        String header = "{\"__metadata__\":{\"format\":\"pt\"},\"" + name + "\":{\"dtype\":\"U8\",\"shape\":["
                + bytes.length + "],\"data_offsets\":[0," + bytes.length + "]}}";
        return new Bytes().u64(header.length()).text(header).raw(bytes);
    }

    @Override
    Sample sample(Path folder) throws IOException {
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.write(folder.resolve("model-00001-of-00002.safetensors"), shard("b", new byte[]{1, 2}).array());
        Files.write(blobs.resolve("abc"), shard("a", new byte[]{3, 4, 5}).array());
        Files.createSymbolicLink(folder.resolve("model-00002-of-00002.safetensors"), Path.of("blobs/abc"));
        String index = "{\"metadata\": {\"total_size\": 5}, \"weight_map\": {\n"
                + " \"b\": \"model-00001-of-00002.safetensors\",\n \"a\": \"model-00002-of-00002.safetensors\"}}";
        return new Sample("model.safetensors.index.json", "safetensors", new Bytes().text(index),
                List.of(new Expected("b", DType.U8, List.of(2L), new Bytes().raw(1, 2)),
                        new Expected("a", DType.U8, List.of(3L), new Bytes().raw(3, 4, 5))),
                Map.of("total_size", "5", "format", "pt"));
    }
}
