package dev.hearth.tools.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A file written by hand, field by field, little-endian; and the pieces of a protobuf message. */
final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes raw(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    Bytes raw(byte[] values) {
        out.writeBytes(values);
        return this;
    }

    Bytes text(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    Bytes u16(int value) {
        return raw(little(Short.BYTES).putShort((short) value).array());
    }

    Bytes u32(long value) {
        return raw(little(Integer.BYTES).putInt((int) value).array());
    }

    Bytes u64(long value) {
        return raw(little(Long.BYTES).putLong(value).array());
    }

    Bytes f32(float... values) {
        for (float value : values) {
            u32(Float.floatToRawIntBits(value));
        }
        return this;
    }

    Bytes f64(double... values) {
        for (double value : values) {
            u64(Double.doubleToRawLongBits(value));
        }
        return this;
    }

    /** Zeros up to a multiple of {@code alignment}. */
    Bytes pad(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
        return this;
    }

    Bytes varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    /** A protobuf field that is a varint. */
    Bytes number(int field, long value) {
        return varint((long) field << 3).varint(value);
    }

    /** A protobuf field that has a length: text, bytes, a message, a packed run. */
    Bytes field(int field, Bytes content) {
        return field(field, content.array());
    }

    Bytes field(int field, byte[] content) {
        return varint((long) field << 3 | 2).varint(content.length).raw(content);
    }

    Bytes field(int field, String text) {
        return field(field, text.getBytes(StandardCharsets.UTF_8));
    }

    int size() {
        return out.size();
    }

    byte[] array() {
        return out.toByteArray();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
