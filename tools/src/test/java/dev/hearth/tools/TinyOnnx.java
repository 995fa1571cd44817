package dev.hearth.tools;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * An ONNX model of a few initializers, written field by field. Field numbers are those of {@code onnx.proto}:
 * ModelProto ir_version 1, graph 7; GraphProto initializer 5; TensorProto dims 1, data_type 2, name 8, raw_data 9.
 */
final class TinyOnnx {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    private final ByteArrayOutputStream graph = new ByteArrayOutputStream();

    /** Adds a tensor of one dimension whose elements count up from {@code first}. */
    TinyOnnx floats(String name, int count, float first) {
        ByteBuffer raw = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            raw.putFloat(first + i);
        }
        return tensor(name, FLOAT, count, raw.array());
    }

    /** Adds a tensor of one dimension with these elements. */
    TinyOnnx longs(String name, long... values) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            raw.putLong(value);
        }
        return tensor(name, INT64, values.length, raw.array());
    }

    private TinyOnnx tensor(String name, int type, int count, byte[] raw) {
        ByteArrayOutputStream tensor = new ByteArrayOutputStream();
        number(tensor, 1, count);
        number(tensor, 2, type);
        bytes(tensor, 8, name.getBytes(StandardCharsets.UTF_8));
        bytes(tensor, 9, raw);
        bytes(graph, 5, tensor.toByteArray());
        return this;
    }

    byte[] model() {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        number(model, 1, 8);
        bytes(model, 7, graph.toByteArray());
        return model.toByteArray();
    }

    private static void number(ByteArrayOutputStream out, int field, long value) {
        varint(out, (long) field << 3);
        varint(out, value);
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        varint(out, ((long) field << 3) | 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest >>> 7 != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
