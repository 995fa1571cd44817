package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Kind;
import dev.hearth.store.PutOptions;
import dev.hearth.tools.model.MetadataJson;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a safetensors file cannot say of a tensor, as an entry of its metadata: {@code hearth.tensor.NAME}, a JSON
 * object of texts with {@code dtype} and {@code shape} where the file has bytes as U8, and {@code attribute.NAME} for
 * each attribute. An import reads it back, so that export and import lose nothing.
 */
final class TensorNote {
    /** What comes before the tensor's name. */
    static final String PREFIX = "hearth.tensor.";
    private static final String DTYPE = "dtype";
    private static final String SHAPE = "shape";
    private static final String ATTRIBUTE = "attribute.";

    private TensorNote() {}

    /** The note of a tensor in the store, given what a reader will make of it in the file; empty if that is all. */
    static String of(TensorInfo stored, TensorInfo written) {
        Map<String, String> texts = new TreeMap<>();
        if (stored.dtype() != written.dtype() || !stored.shape().equals(written.shape())) {
            texts.put(DTYPE, stored.dtype().name());
            texts.put(SHAPE, stored.shape().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        if (!stored.attributes().equals(written.attributes())) {
            stored.attributes().forEach((name, value) -> texts.put(ATTRIBUTE + name, value));
        }
        return texts.isEmpty() ? "" : new String(MetadataJson.write(texts), StandardCharsets.UTF_8);
    }

    /**
     * The tensor as it was in the store.
     *
     * @throws IOException if the note does not fit the tensor in the file
     */
    static TensorInfo restore(TensorInfo read, String note, Path file) throws IOException {
        Map<String, String> texts = MetadataJson.read(PREFIX + read.name(),
                MemorySegment.ofArray(note.getBytes(StandardCharsets.UTF_8)));
        String dtype = texts.get(DTYPE);
        String shape = texts.get(SHAPE);
        try {
            Map<String, String> attributes = attributes(texts);
            if (dtype == null || shape == null) {
                return new TensorInfo(read.name(), read.dtype(), read.shape(), read.byteSize(), attributes);
            }
            if (read.dtype() != DType.U8) {
                throw new IllegalArgumentException("dtype=" + read.dtype() + " in the file, not U8");
            }
            return new TensorInfo(read.name(), DType.valueOf(dtype),
                    shape.isEmpty() ? Shape.parse("scalar").extents() : Shape.parse(shape).extents(), read.byteSize(),
                    attributes);
        } catch (RuntimeException e) {
            throw new IOException(file + ": " + PREFIX + read.name() + " does not fit: " + e.getMessage(), e);
        }
    }

    /** The attributes in a note, as many and as long as an entry can have. */
    private static Map<String, String> attributes(Map<String, String> texts) {
        Map<String, String> attributes = new HashMap<>();
        texts.forEach((name, text) -> {
            if (name.startsWith(ATTRIBUTE)) {
                attributes.put(name.substring(ATTRIBUTE.length()), text);
            }
        });
        return PutOptions.of(Kind.PARAMETER).attributes(attributes).attributes();
    }
}
