package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files beside an ONNX model in which tensors lie, by the entries {@code location}, {@code offset} and
 * {@code length} of {@code external_data}.
 *
 * <p>A location comes from the model, so it is not trusted: it must name a regular file inside the model's folder, and
 * no part of it may be a link. Raw bytes have no structure that a reader could recognise, so anything else would let a
 * model carry any file of the host into the store.
 */
final class OnnxExternalData {
    private static final String FIELD = "TensorProto.external_data";

    private final MappedFile model;
    private final Arena arena;
    private final Map<Path, MappedFile> files = new LinkedHashMap<>();

    OnnxExternalData(MappedFile model, Arena arena) {
        this.model = model;
        this.arena = arena;
    }

    /** The model and all files that were opened for it. */
    List<Path> files() {
        List<Path> all = new ArrayList<>();
        all.add(model.path());
        files.values().forEach(file -> all.add(file.path()));
        return all;
    }

    /** The bytes of a tensor; {@code at} is where the model describes it. */
    TensorSource source(Map<String, String> entries, long at, TensorInfo info) throws IOException {
        String location = entries.get("location");
        if (location == null) {
            throw model.error(FIELD, at, "no location for tensor " + info.name());
        }
        MappedFile file = open(location, at);
        long offset = number(entries, "offset", 0, at);
        long length = number(entries, "length", Math.max(0, file.size() - offset), at);
        if (length != info.byteSize()) {
            throw model.error(FIELD, at, "length " + length + " of tensor " + info.name() + ", which has "
                    + info.byteSize() + " bytes");
        }
        return new MappedSource(file, offset, length, FIELD + " of " + info.name());
    }

    private long number(Map<String, String> entries, String key, long missing, long at) throws ModelFormatException {
        String text = entries.get(key);
        if (text == null) {
            return missing;
        }
        // At most 18 digits always fit into a long.
        if (!text.matches("[0-9]{1,18}")) {
            throw model.error(FIELD, at, key + " " + text);
        }
        return Long.parseLong(text);
    }

    private MappedFile open(String location, long at) throws IOException {
        Path path = resolve(location, at);
        MappedFile open = files.get(path);
        if (open != null) {
            return open;
        }
        if (files.size() + 1 >= Limits.MAX_FILES) {
            throw model.error(FIELD, at, "more than " + Limits.MAX_FILES + " files");
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw model.error(FIELD, at, "location " + location + ", which is no regular file");
        }
        MappedFile file = MappedFile.map(path, arena, LinkOption.NOFOLLOW_LINKS);
        files.put(path, file);
        return file;
    }

    private Path resolve(String location, long at) throws ModelFormatException {
        Path folder = model.path().toAbsolutePath().getParent();
        Path path = folder == null ? Path.of("/") : folder;
        if (location.startsWith("/") || location.indexOf('\0') >= 0) {
            throw model.error(FIELD, at, "location " + location + ", which is outside the model's folder");
        }
        for (String part : location.split("/", -1)) {
            if (part.equals(".")) {
                continue;
            }
            if (part.isEmpty() || part.equals("..")) {
                throw model.error(FIELD, at, "location " + location + ", which is outside the model's folder");
            }
            path = path.resolve(part);
            if (Files.isSymbolicLink(path)) {
                throw model.error(FIELD, at, "location " + location + ", which is a link");
            }
        }
        return path;
    }
}
