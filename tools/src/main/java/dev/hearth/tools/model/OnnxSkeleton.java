package dev.hearth.tools.model;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX model without its weights: the graph as it is, and initializers that only say which bytes of another file
 * they would be.
 *
 * <p>A runtime that is given the values of those initializers by its caller reads none of that file. It only looks
 * whether the file is there, is no link and is long enough, so a sparse one without a single block serves.
 * Which initializers that are is the caller's choice: small ones, and shapes and axes, had better stay inside, as a
 * runtime works with them while it loads the model.
 */
public final class OnnxSkeleton {
    /** The model, in the folder it was written to. */
    public static final String MODEL_NAME = "skeleton.onnx";
    /** The sparse file beside it. */
    static final String WEIGHTS_NAME = "skeleton.weights";

    /** Where values would lie, so that a runtime may map each by itself. */
    private static final long ALIGNMENT_BYTES = 4_096;

    private final MappedFile file;
    private final Map<String, ModelTensor> outside = new HashMap<>();
    private long weightsBytes;

    private OnnxSkeleton(MappedFile file, Stream<ModelTensor> outside) {
        this.file = file;
        outside.forEach(tensor -> this.outside.put(tensor.name(), tensor));
    }

    /**
     * Writes the skeleton of a model into a folder.
     *
     * @param isOutside which initializers lose their values
     * @return the skeleton; {@link #outside(ModelFile)} tells what it lacks
     * @throws ModelFormatException if the file is no sound ONNX model
     * @throws IOException if a file cannot be read or written
     */
    public static Path write(Path model, Path folder, Predicate<ModelTensor> isOutside) throws IOException {
        try (Arena arena = Arena.ofConfined(); ModelFile parsed = ModelFiles.open(model)) {
            MappedFile file = MappedFile.map(model, arena);
            if (!parsed.format().equals(OnnxReader.FORMAT)) {
                throw file.error("file", 0, "the format " + parsed.format() + ", expected " + OnnxReader.FORMAT);
            }
            OnnxSkeleton skeleton = new OnnxSkeleton(file, parsed.tensors().stream().filter(isOutside));
            byte[] bytes = skeleton.model();
            try (RandomAccessFile weights = new RandomAccessFile(folder.resolve(WEIGHTS_NAME).toFile(), "rw")) {
                weights.setLength(skeleton.weightsBytes);
            }
            Path target = folder.resolve(MODEL_NAME);
            NewFile.write(target, channel -> NewFile.writeFully(channel, ByteBuffer.wrap(bytes)));
            return target;
        }
    }

    /** The initializers of an open skeleton whose values are not in it. */
    public static List<ModelTensor> outside(ModelFile skeleton) {
        return skeleton.tensors().stream().filter(tensor -> !tensor.file().equals(skeleton.path())).toList();
    }

    private byte[] model() throws ModelFormatException {
        ProtoReader model = new ProtoReader(file, "ModelProto", 0, file.size());
        ProtoWriter out = new ProtoWriter();
        while (model.next()) {
            if (model.field() == OnnxReader.MODEL_GRAPH) {
                out.message(OnnxReader.MODEL_GRAPH, graph(model.message("graph", "GraphProto")));
            } else {
                out.copyField(file, model);
            }
        }
        return out.toByteArray();
    }

    private ProtoWriter graph(ProtoReader graph) throws ModelFormatException {
        ProtoWriter out = new ProtoWriter();
        while (graph.next()) {
            ModelTensor tensor = graph.field() == OnnxReader.GRAPH_INITIALIZER ? outsideTensor(graph) : null;
            if (tensor == null) {
                out.copyField(file, graph);
            } else {
                out.message(OnnxReader.GRAPH_INITIALIZER, initializer(graph.message("initializer", "TensorProto"),
                        tensor));
            }
        }
        return out;
    }

    /** The tensor that the field is, if its values are to be outside. The reader stays where it is. */
    private @Nullable ModelTensor outsideTensor(ProtoReader graph)
            throws ModelFormatException {
        ProtoReader field = new ProtoReader(file, "GraphProto", graph.fieldOffset(), graph.end());
        field.next();
        return outside.get(OnnxTensor.parse(file, field.message("initializer", "TensorProto")).name());
    }

    private ProtoWriter initializer(ProtoReader message, ModelTensor tensor) throws ModelFormatException {
        ProtoWriter out = new ProtoWriter();
        while (message.next()) {
            if (OnnxTensor.isDescription(message.field())) {
                out.copyField(file, message);
            } else {
                message.skip();
            }
        }
        out.message(OnnxTensor.EXTERNAL_DATA, entry("location", WEIGHTS_NAME));
        out.message(OnnxTensor.EXTERNAL_DATA, entry("offset", Long.toString(weightsBytes)));
        out.message(OnnxTensor.EXTERNAL_DATA, entry("length", Long.toString(tensor.byteSize())));
        out.varint(OnnxTensor.DATA_LOCATION, OnnxTensor.EXTERNAL);
        weightsBytes += Math.ceilDiv(tensor.byteSize(), ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
        return out;
    }

    private static ProtoWriter entry(String key, String value) {
        return new OnnxEntry(key, value).write();
    }
}
