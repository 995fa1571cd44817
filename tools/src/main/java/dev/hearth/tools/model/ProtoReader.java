package dev.hearth.tools.model;

import java.lang.foreign.MemorySegment;

/**
 * A cursor over one protobuf message in a mapped file: tags, and the values behind them.
 *
 * <p>The encoding is that of the protocol buffers documentation, "Encoding": a message is a run of tags (field number
 * and wire type in a varint), each followed by a varint, 8 bytes, 4 bytes, or a length and that many bytes. Nothing is
 * copied and nothing recurses: a message inside a message is another cursor over a range of the same file, and unknown
 * fields are stepped over by their length, however deep they are. Groups, which nest without a length, are refused.
 *
 * <p>Not safe for several threads.
 */
final class ProtoReader {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int FIXED32 = 5;

    private static final int MAX_VARINT_BYTES = 10;

    private final MappedFile file;
    private final String message;
    private final long end;
    private long position;
    private long fieldOffset;
    private int field;
    private int wireType;

    /**
     * A cursor at the start of a message.
     *
     * @param message the message's name, for errors
     * @param end one past its last byte; inside the file
     */
    ProtoReader(MappedFile file, String message, long start, long end) {
        this.file = file;
        this.message = message;
        this.position = start;
        this.end = end;
    }

    /** Goes to the next field; its value must then be taken or skipped. False at the end of the message. */
    boolean next() throws ModelFormatException {
        if (position >= end) {
            return false;
        }
        fieldOffset = position;
        long tag = readVarint("tag");
        long number = tag >>> 3;
        wireType = (int) (tag & 7);
        if (number == 0 || number > (1 << 29) - 1) {
            throw file.error(message + " tag", fieldOffset, "field number " + Long.toUnsignedString(number));
        }
        if (wireType != VARINT && wireType != FIXED64 && wireType != LENGTH && wireType != FIXED32) {
            throw file.error(message + " tag", fieldOffset, "wire type " + wireType + " of field " + number);
        }
        field = (int) number;
        return true;
    }

    int field() {
        return field;
    }

    int wireType() {
        return wireType;
    }

    /** Where the field's tag lies in the file. */
    long fieldOffset() {
        return fieldOffset;
    }

    /** Where the cursor stands in the file. */
    long position() {
        return position;
    }

    /** Where the message ends in the file. */
    long end() {
        return end;
    }

    /** The field's value as a varint. */
    long varint(String name) throws ModelFormatException {
        expect(VARINT, name);
        return readVarint(name);
    }

    /** The field's value as a length and that many bytes: a cursor over them, behind which this one stands. */
    ProtoReader bytes(String name) throws ModelFormatException {
        return message(name, name);
    }

    /** The field's value as a message of a type. */
    ProtoReader message(String name, String type) throws ModelFormatException {
        expect(LENGTH, name);
        long length = readVarint(name);
        if (length < 0 || length > end - position) {
            throw file.error(qualified(name), fieldOffset, "length " + Long.toUnsignedString(length)
                    + " passes the end of the message at byte " + end);
        }
        ProtoReader inner = new ProtoReader(file, type, position, position + length);
        position += length;
        return inner;
    }

    /** The field's value as text. */
    String string(String name, int maxBytes) throws ModelFormatException {
        ProtoReader text = bytes(name);
        return file.utf8(text.position, text.end - text.position, maxBytes, qualified(name));
    }

    /** Steps over the field's value. */
    void skip() throws ModelFormatException {
        switch (wireType) {
            case VARINT -> readVarint("field " + field);
            case FIXED64 -> step(Long.BYTES, "field " + field);
            case FIXED32 -> step(Integer.BYTES, "field " + field);
            default -> bytes("field " + field);
        }
    }

    /** Reads a varint at the cursor, without a tag: an element of a packed field. */
    long readVarint(String name) throws ModelFormatException {
        long start = position;
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (position == end) {
                throw file.error(qualified(name), start, "a varint that passes the end of the message at byte " + end);
            }
            int b = file.u8(position++, name);
            value |= (long) (b & 0x7f) << (7 * i);
            if (b < 0x80) {
                return value;
            }
        }
        throw file.error(qualified(name), start, "a varint of more than " + MAX_VARINT_BYTES + " bytes");
    }

    /** Steps over {@code count} bytes and gives where they start. */
    long step(long count, String name) throws ModelFormatException {
        if (count > end - position) {
            throw file.error(qualified(name), position, count + " bytes pass the end of the message at byte " + end);
        }
        long start = position;
        position += count;
        return start;
    }

    /** Copies bytes at the cursor and steps over them. */
    void copy(MemorySegment target, String name) throws ModelFormatException {
        long start = step(target.byteSize(), name);
        MemorySegment.copy(file.slice(start, target.byteSize(), name), 0, target, 0, target.byteSize());
    }

    ModelFormatException error(String name, String found) {
        return file.error(qualified(name), fieldOffset, found);
    }

    private void expect(int expected, String name) throws ModelFormatException {
        if (wireType != expected) {
            throw error(name, "wire type " + wireType + ", expected " + expected);
        }
    }

    private String qualified(String name) {
        return message + "." + name;
    }
}
