package dev.hearth.perf.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The initializers of a trusted ONNX file on the class path: names, types and raw bytes. For measurements only. */
final class OnnxTensors {
    static final int FLOAT = 1;
    static final int UINT8 = 2;
    static final int INT8 = 3;

    /**
     * A tensor's place in the file.
     *
     * @param type ONNX data type
     * @param offset where the raw bytes start
     * @param length how many there are
     */
    record Tensor(int type, int offset, int length) {}

    private final byte[] file;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private int at;

    private OnnxTensors(byte[] file) {
        this.file = file;
    }

    static OnnxTensors ofResource(String name) {
        OnnxTensors model = new OnnxTensors(resource(name));
        model.readModel();
        return model;
    }

    static byte[] resource(String name) {
        try (InputStream in =
                Objects.requireNonNull(OnnxTensors.class.getResourceAsStream("/" + name),
                        name + " is not on the class path")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<String, Tensor> tensors() {
        return tensors;
    }

    byte[] file() {
        return file;
    }

    float[] floats(String name) {
        Tensor tensor = Objects.requireNonNull(tensors.get(name), name);
        float[] values = new float[tensor.length() / 4];
        java.nio.ByteBuffer.wrap(file, tensor.offset(), tensor.length())
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    // Protocol buffers: field 7 of a model is its graph, field 5 of a graph a tensor with type (2), name (8), raw
    // bytes (9).
    private void readModel() {
        while (at < file.length) {
            if (isField(7)) {
                int end = enter();
                while (at < end) {
                    if (isField(5)) {
                        readTensor(enter());
                    } else {
                        skip();
                    }
                }
            } else {
                skip();
            }
        }
    }

    private void readTensor(int end) {
        int type = 0;
        String name = "";
        int offset = 0;
        int length = 0;
        while (at < end) {
            if (isField(8)) {
                int nameEnd = enter();
                name = new String(file, at, nameEnd - at, java.nio.charset.StandardCharsets.UTF_8);
                at = nameEnd;
            } else if (isField(9)) {
                int rawEnd = enter();
                offset = at;
                length = rawEnd - at;
                at = rawEnd;
            } else if (file[at] == 2 << 3) {
                at++;
                type = (int) varint();
            } else {
                skip();
            }
        }
        tensors.put(name, new Tensor(type, offset, length));
    }

    // Whether a field of bytes with this number comes next.
    private boolean isField(int number) {
        return file[at] == (number << 3 | 2);
    }

    private int enter() {
        at++;
        int length = (int) varint();
        return at + length;
    }

    private void skip() {
        int wire = (int) varint() & 7;
        switch (wire) {
            case 0 -> varint();
            case 1 -> at += 8;
            case 2 -> {
                int length = (int) varint();
                at += length;
            }
            default -> at += 4;
        }
    }

    private long varint() {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte next = file[at++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
