package dev.hearth.tools.model;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Builds one protobuf message in memory, field by field: the counterpart of {@link ProtoReader}.
 *
 * <p>A message inside a message is written by a writer of its own, as its length stands before it. Fields that stay as
 * they are come from a mapped file in one piece. One thread.
 */
final class ProtoWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Adds a number. */
    ProtoWriter varint(int field, long value) {
        writeVarint((long) field << 3 | ProtoReader.VARINT);
        writeVarint(value);
        return this;
    }

    /** Adds a text. */
    ProtoWriter string(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a message. */
    ProtoWriter message(int field, ProtoWriter message) {
        return bytes(field, message.toByteArray());
    }

    private ProtoWriter bytes(int field, byte[] value) {
        writeVarint((long) field << 3 | ProtoReader.LENGTH);
        writeVarint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    /** Adds the field that the reader came to last, as it is in the file, and steps over it. */
    ProtoWriter copyField(MappedFile file, ProtoReader reader) throws ModelFormatException {
        reader.skip();
        long length = reader.position() - reader.fieldOffset();
        if (length > Limits.MAX_METADATA_BYTES) {
            throw reader.error("field " + reader.field(), length + " bytes, at most " + Limits.MAX_METADATA_BYTES
                    + " can stay in a skeleton");
        }
        bytes.writeBytes(file.slice(reader.fieldOffset(), length, "field").toArray(ValueLayout.JAVA_BYTE));
        return this;
    }

    private void writeVarint(long value) {
        long rest = value;
        while (rest >>> 7 != 0) {
            bytes.write(((int) rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    /** The message so far. */
    byte[] toByteArray() {
        return bytes.toByteArray();
    }
}
