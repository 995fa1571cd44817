package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One {@code TensorProto}: its fields collected, then checked against each other.
 *
 * <p>Fields that may be there once are refused a second time, where protobuf lets the last one win: a file in which two
 * readers could see two tensors is not one to trust.
 */
final class OnnxTensor {
    private static final int DIMS = 1;
    private static final int DATA_TYPE = 2;
    private static final int SEGMENT = 3;
    private static final int NAME = 8;
    private static final int RAW_DATA = 9;
    static final int EXTERNAL_DATA = 13;
    static final int DATA_LOCATION = 14;
    static final int EXTERNAL = 1;
    private static final int MAX_EXTERNAL_ENTRIES = 1_024;

    private final MappedFile file;
    private final long start;
    private final long end;
    private final List<Long> dims = new ArrayList<>();
    private final Map<String, String> externalData = new LinkedHashMap<>();
    private long dataType;
    private @Nullable String name;
    private @Nullable ProtoReader raw;
    private int valuesField;
    private long location;
    private boolean typeSeen;
    private boolean locationSeen;

    private OnnxTensor(MappedFile file, ProtoReader message) {
        this.file = file;
        this.start = message.position();
        this.end = message.end();
    }

    /** Collects the fields of a message. */
    static OnnxTensor parse(MappedFile file, ProtoReader message) throws ModelFormatException {
        OnnxTensor tensor = new OnnxTensor(file, message);
        while (message.next()) {
            tensor.field(message);
        }
        return tensor;
    }

    /** The name, empty if there is none. */
    String name() {
        return name == null ? "" : name;
    }

    /** Whether a field says what the tensor is, and not what or where its values are. */
    static boolean isDescription(int field) {
        return switch (field) {
            case OnnxType.FLOAT_DATA, OnnxType.INT32_DATA, OnnxType.STRING_DATA, OnnxType.INT64_DATA,
                    OnnxType.DOUBLE_DATA, OnnxType.UINT64_DATA, RAW_DATA, EXTERNAL_DATA, DATA_LOCATION ->
                    false;
            default -> true;
        };
    }

    private void field(ProtoReader message) throws ModelFormatException {
        switch (message.field()) {
            case DIMS -> dims(message);
            case DATA_TYPE -> {
                once(message, typeSeen, "data_type");
                typeSeen = true;
                dataType = message.varint("data_type");
            }
            case SEGMENT -> throw message.error("segment", "a tensor in segments, which is not supported");
            case OnnxType.FLOAT_DATA, OnnxType.INT32_DATA, OnnxType.STRING_DATA, OnnxType.INT64_DATA,
                    OnnxType.DOUBLE_DATA, OnnxType.UINT64_DATA ->
                    values(message);
            case NAME -> {
                once(message, name != null, "name");
                name = message.string("name", Limits.MAX_NAME_BYTES);
            }
            case RAW_DATA -> {
                once(message, raw != null, "raw_data");
                raw = message.bytes("raw_data");
            }
            case EXTERNAL_DATA -> externalData(message);
            case DATA_LOCATION -> {
                once(message, locationSeen, "data_location");
                locationSeen = true;
                location = message.varint("data_location");
            }
            default -> message.skip();
        }
    }

    private static void once(ProtoReader message, boolean seen, String field) throws ModelFormatException {
        if (seen) {
            throw message.error(field, "a second time in one tensor");
        }
    }

    private void dims(ProtoReader message) throws ModelFormatException {
        if (message.wireType() != ProtoReader.LENGTH) {
            dim(message, message.varint("dims"));
            return;
        }
        ProtoReader packed = message.bytes("dims");
        while (packed.position() < packed.end()) {
            dim(message, packed.readVarint("dims"));
        }
    }

    private void dim(ProtoReader message, long value) throws ModelFormatException {
        if (dims.size() == Limits.MAX_DIMENSIONS) {
            throw message.error("dims", "more than " + Limits.MAX_DIMENSIONS + " dimensions");
        }
        if (value < 0) {
            throw message.error("dims", "the negative dimension " + value);
        }
        dims.add(value);
    }

    private void values(ProtoReader message) throws ModelFormatException {
        if (valuesField != 0 && valuesField != message.field()) {
            throw message.error(OnnxType.fieldName(message.field()),
                    "values beside those in " + OnnxType.fieldName(valuesField));
        }
        valuesField = message.field();
        message.skip();
    }

    private void externalData(ProtoReader message) throws ModelFormatException {
        OnnxEntry entry = OnnxEntry.read(file, message.message("external_data", "StringStringEntryProto"));
        if (externalData.size() == MAX_EXTERNAL_ENTRIES || externalData.put(entry.key(), entry.value()) != null) {
            throw message.error("external_data", "the key " + entry.key() + " a second time, or too many of them");
        }
    }

    /** Checks the tensor and finds its bytes. */
    ModelTensor open(OnnxExternalData external) throws IOException {
        OnnxType type = OnnxType.of(dataType);
        if (type == null) {
            throw file.error("TensorProto.data_type", start, "the type " + OnnxType.describe(dataType) + " of tensor "
                    + name() + ", which is not supported");
        }
        TensorInfo info = info(type);
        return new ModelTensor(info, source(type, info, external));
    }

    private TensorInfo info(OnnxType type) throws ModelFormatException {
        long byteSize;
        try {
            byteSize = Shapes.bytes(dims, type.bits);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file.path(), "TensorProto.dims", start,
                    e.getMessage() + " of tensor " + name(), e);
        }
        return type.dtype == DType.UNTYPED
                ? TensorInfo.untyped(name(), dims, byteSize, type.block())
                : TensorInfo.of(name(), type.dtype, dims);
    }

    private TensorSource source(OnnxType type, TensorInfo info, OnnxExternalData external) throws IOException {
        long byteSize = info.byteSize();
        if (location == EXTERNAL) {
            if (raw != null || valuesField != 0) {
                throw file.error("TensorProto.data_location", start, "EXTERNAL, with values in tensor " + name());
            }
            return external.source(externalData, start, info);
        }
        if (location != 0 || !externalData.isEmpty()) {
            throw file.error("TensorProto.data_location", start, "location " + location + " with "
                    + externalData.size() + " entries of external_data in tensor " + name());
        }
        ProtoReader bytes = raw;
        if (bytes != null && valuesField == 0) {
            long length = bytes.end() - bytes.position();
            if (length != byteSize) {
                throw file.error("TensorProto.raw_data", bytes.position(), length + " bytes, but " + type + " "
                        + info.shape() + " has " + byteSize + " in tensor " + name());
            }
            return new MappedSource(file, bytes.position(), byteSize, "TensorProto.raw_data");
        }
        if (bytes != null) {
            throw file.error("TensorProto.raw_data", start, "raw_data beside " + OnnxType.fieldName(valuesField)
                    + " in tensor " + name());
        }
        return new OnnxValues(file, type, start, end).source(valuesField, info);
    }
}
