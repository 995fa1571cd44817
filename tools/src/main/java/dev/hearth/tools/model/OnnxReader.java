package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * Reads the parameters of an ONNX model: the initializers of its main graph.
 *
 * <p>A model is a protobuf message, {@code ModelProto} of {@code onnx.proto}. It is walked where it lies in the
 * mapping: the model's fields, the graph's fields, and each initializer's; nodes and everything else are stepped over.
 * Sparse initializers, which have no dense bytes, are refused by name. Metadata has the model's own entries under their
 * keys and the fields of {@code ModelProto} as {@code onnx.FIELD}.
 */
final class OnnxReader {
    static final String FORMAT = "onnx";

    private static final int MODEL_IR_VERSION = 1;
    private static final int MODEL_PRODUCER_NAME = 2;
    private static final int MODEL_PRODUCER_VERSION = 3;
    private static final int MODEL_DOMAIN = 4;
    private static final int MODEL_VERSION = 5;
    private static final int MODEL_DOC_STRING = 6;
    static final int MODEL_GRAPH = 7;
    private static final int MODEL_OPSET_IMPORT = 8;
    private static final int MODEL_METADATA_PROPS = 14;
    private static final int GRAPH_NAME = 2;
    static final int GRAPH_INITIALIZER = 5;
    private static final int GRAPH_SPARSE_INITIALIZER = 15;
    private static final int SPARSE_VALUES = 1;
    private static final int OPSET_DOMAIN = 1;
    private static final int OPSET_VERSION = 2;

    private final MappedFile file;
    private final OnnxExternalData external;
    private final Metadata metadata = new Metadata();
    private final TensorList tensors = new TensorList();
    private boolean graphSeen;

    private OnnxReader(MappedFile file, Arena arena) {
        this.file = file;
        this.external = new OnnxExternalData(file, arena);
    }

    static OpenModel.Parsed read(MappedFile file, Arena arena) throws IOException {
        return new OnnxReader(file, arena).model();
    }

    private OpenModel.Parsed model() throws IOException {
        ProtoReader model = new ProtoReader(file, "ModelProto", 0, file.size());
        while (model.next()) {
            modelField(model);
        }
        if (!graphSeen) {
            throw file.error("ModelProto.graph", ModelFormatException.NO_OFFSET, "no graph: not an ONNX model");
        }
        return new OpenModel.Parsed(FORMAT, external.files(), metadata.entries(), tensors.tensors());
    }

    private void modelField(ProtoReader model) throws IOException {
        switch (model.field()) {
            case MODEL_IR_VERSION -> number(model, "ir_version");
            case MODEL_PRODUCER_NAME -> text(model, "producer_name");
            case MODEL_PRODUCER_VERSION -> text(model, "producer_version");
            case MODEL_DOMAIN -> text(model, "domain");
            case MODEL_VERSION -> number(model, "model_version");
            case MODEL_DOC_STRING -> text(model, "doc_string");
            case MODEL_OPSET_IMPORT -> opset(model);
            case MODEL_METADATA_PROPS -> {
                long offset = model.fieldOffset();
                OnnxEntry entry = OnnxEntry.read(file, model.message("metadata_props", "StringStringEntryProto"));
                metadata.put(file, entry.key(), entry.value(), offset);
            }
            case MODEL_GRAPH -> {
                if (graphSeen) {
                    throw model.error("graph", "a second graph");
                }
                graphSeen = true;
                graph(model.message("graph", "GraphProto"));
            }
            default -> model.skip();
        }
    }

    private void number(ProtoReader model, String name) throws ModelFormatException {
        long offset = model.fieldOffset();
        metadata.put(file, "onnx." + name, Long.toString(model.varint(name)), offset);
    }

    private void text(ProtoReader message, String name) throws ModelFormatException {
        long offset = message.fieldOffset();
        metadata.put(file, "onnx." + name, message.string(name, Limits.MAX_METADATA_BYTES), offset);
    }

    private void opset(ProtoReader model) throws ModelFormatException {
        long offset = model.fieldOffset();
        ProtoReader opset = model.message("opset_import", "OperatorSetIdProto");
        String domain = "";
        long version = 0;
        while (opset.next()) {
            switch (opset.field()) {
                case OPSET_DOMAIN -> domain = opset.string("domain", Limits.MAX_NAME_BYTES);
                case OPSET_VERSION -> version = opset.varint("version");
                default -> opset.skip();
            }
        }
        String key = domain.isEmpty() ? "onnx.opset_import" : "onnx.opset_import." + domain;
        metadata.put(file, key, Long.toString(version), offset);
    }

    private void graph(ProtoReader graph) throws IOException {
        while (graph.next()) {
            switch (graph.field()) {
                case GRAPH_NAME -> {
                    long offset = graph.fieldOffset();
                    metadata.put(file, "onnx.graph.name", graph.string("name", Limits.MAX_METADATA_BYTES), offset);
                }
                case GRAPH_INITIALIZER -> initializer(graph);
                case GRAPH_SPARSE_INITIALIZER -> throw sparse(graph);
                default -> graph.skip();
            }
        }
    }

    private void initializer(ProtoReader graph) throws IOException {
        long offset = graph.fieldOffset();
        OnnxTensor tensor = OnnxTensor.parse(file, graph.message("initializer", "TensorProto"));
        tensors.claim(file, tensor.name(), "TensorProto.name", offset);
        tensors.add(tensor.open(external));
    }

    private ModelFormatException sparse(ProtoReader graph) throws IOException {
        long offset = graph.fieldOffset();
        ProtoReader sparse = graph.message("sparse_initializer", "SparseTensorProto");
        String name = "";
        while (sparse.next()) {
            if (sparse.field() == SPARSE_VALUES) {
                name = OnnxTensor.parse(file, sparse.message("values", "TensorProto")).name();
            } else {
                sparse.skip();
            }
        }
        return file.error("GraphProto.sparse_initializer", offset, "the sparse tensor " + name
                + ": sparse initializers are not supported, store it dense");
    }
}
