package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a sharded safetensors model: {@code *.safetensors.index.json}, whose {@code weight_map} says in which file
 * beside it each tensor is.
 *
 * <p>Index and shards must agree both ways: each tensor of the map is in its shard, and no shard has one that the map
 * does not give to it. Shards are plain file names. They may be links, unlike the raw files of ONNX, because that is
 * how download caches lay out models, and what they point to must be a sound safetensors file to be read at all.
 */
final class SafetensorsIndexReader {
    private static final String WEIGHT_MAP = "weight_map";

    private final MappedFile index;
    private final Arena arena;
    private final Metadata metadata = new Metadata();
    private final Map<String, String> shardOfTensor = new LinkedHashMap<>();
    private final Set<String> shards = new LinkedHashSet<>();

    private SafetensorsIndexReader(MappedFile index, Arena arena) {
        this.index = index;
        this.arena = arena;
    }

    static OpenModel.Parsed read(MappedFile index, Arena arena) throws IOException {
        if (index.size() > Limits.MAX_METADATA_BYTES) {
            throw index.error("file", 0, "an index of more than " + Limits.MAX_METADATA_BYTES + " bytes");
        }
        SafetensorsIndexReader reader = new SafetensorsIndexReader(index, arena);
        reader.index();
        return reader.shards();
    }

    private void index() throws ModelFormatException {
        JsonReader json = new JsonReader(index, 0, index.size());
        json.beginObject("index");
        boolean mapSeen = false;
        boolean metadataSeen = false;
        for (boolean first = true; json.more('}', first, "index"); first = false) {
            long at = json.position();
            String member = json.name("index", Limits.MAX_METADATA_BYTES);
            switch (member) {
                case WEIGHT_MAP -> {
                    once(mapSeen, member, at);
                    mapSeen = true;
                    weightMap(json);
                }
                case "metadata" -> {
                    once(metadataSeen, member, at);
                    metadataSeen = true;
                    metadata(json);
                }
                default -> metadata.put(index, "index." + member,
                        json.anything(member, Limits.MAX_METADATA_BYTES), at);
            }
        }
        json.end("index");
        if (!mapSeen) {
            throw index.error(WEIGHT_MAP, 0, "no weight_map: not the index of a safetensors model");
        }
    }

    private void once(boolean seen, String member, long at) throws ModelFormatException {
        if (seen) {
            throw index.error(member, at, "a second time");
        }
    }

    private void metadata(JsonReader json) throws ModelFormatException {
        json.beginObject("metadata");
        for (boolean first = true; json.more('}', first, "metadata"); first = false) {
            long at = json.position();
            String key = json.name("metadata", Limits.MAX_METADATA_BYTES);
            metadata.put(index, key, json.anything("metadata", Limits.MAX_METADATA_BYTES), at);
        }
    }

    private void weightMap(JsonReader json) throws ModelFormatException {
        json.beginObject(WEIGHT_MAP);
        for (boolean first = true; json.more('}', first, WEIGHT_MAP); first = false) {
            long at = json.position();
            String name = json.name(WEIGHT_MAP, 6 * Limits.MAX_NAME_BYTES);
            String shard = json.string(WEIGHT_MAP, Limits.MAX_NAME_BYTES);
            if (shard.isEmpty() || shard.equals(".") || shard.equals("..") || shard.indexOf('/') >= 0
                    || shard.indexOf('\0') >= 0) {
                throw index.error(WEIGHT_MAP, at, "the file " + shard + ", which is not a plain name");
            }
            if (shardOfTensor.size() == Limits.MAX_TENSORS || shardOfTensor.put(name, shard) != null) {
                throw index.error(WEIGHT_MAP, at, "the name " + name + " a second time, or too many of them");
            }
            shards.add(shard);
            if (shards.size() >= Limits.MAX_FILES) {
                throw index.error(WEIGHT_MAP, at, "more than " + Limits.MAX_FILES + " files");
            }
        }
    }

    private OpenModel.Parsed shards() throws IOException {
        List<Path> files = new ArrayList<>(List.of(index.path()));
        List<ModelTensor> tensors = new ArrayList<>();
        for (String shard : shards) {
            Path path = index.path().resolveSibling(shard);
            if (!Files.exists(path)) {
                throw index.error(WEIGHT_MAP, 0, "the file " + shard + ", which is missing");
            }
            files.add(path);
            shard(shard, MappedFile.map(path, arena), tensors);
        }
        if (!shardOfTensor.isEmpty()) {
            Map.Entry<String, String> missing = shardOfTensor.entrySet().iterator().next();
            throw index.error(WEIGHT_MAP, 0, missing.getKey() + ", which is not in " + missing.getValue());
        }
        return new OpenModel.Parsed(SafetensorsReader.FORMAT, files, metadata.entries(), tensors);
    }

    private void shard(String shard, MappedFile file, List<ModelTensor> tensors) throws ModelFormatException {
        OpenModel.Parsed parsed;
        try {
            parsed = SafetensorsReader.read(file);
        } catch (InternalError fault) {
            throw file.changed(fault);
        }
        for (ModelTensor tensor : parsed.tensors()) {
            if (!shardOfTensor.remove(tensor.name(), shard)) {
                throw file.error("name", ModelFormatException.NO_OFFSET,
                        tensor.name() + ", which the index does not have in this file");
            }
            tensors.add(tensor);
        }
        for (Map.Entry<String, String> entry : parsed.metadata().entrySet()) {
            String known = metadata.get(entry.getKey());
            if (known == null) {
                metadata.put(file, entry.getKey(), entry.getValue(), ModelFormatException.NO_OFFSET);
            } else if (!known.equals(entry.getValue())) {
                metadata.put(file, entry.getKey() + "@" + shard, entry.getValue(), ModelFormatException.NO_OFFSET);
            }
        }
    }
}
