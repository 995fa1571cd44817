package dev.hearth.tools.model;

/**
 * Reads the numbers, texts and values of a GGUF header one after the other.
 *
 * <p>Values become text: numbers and booleans as they are written in JSON, arrays as JSON arrays. Not safe for several
 * threads.
 */
final class GgufCursor {
    static final int TYPE_UINT32 = 4;

    private static final int UINT8 = 0;
    private static final int INT8 = 1;
    private static final int UINT16 = 2;
    private static final int INT16 = 3;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int UINT64 = 10;
    private static final int INT64 = 11;
    private static final int FLOAT64 = 12;
    private static final int MAX_DEPTH = 8;
    /** Real texts are chat templates and tokens. */
    private static final int MAX_TEXT_BYTES = 16 << 20;
    private static final int MAX_ELEMENT_BYTES = 1 << 20;

    private final MappedFile file;
    private long position;

    GgufCursor(MappedFile file, long position) {
        this.file = file;
        this.position = position;
    }

    long position() {
        return position;
    }

    long u32(String field) throws ModelFormatException {
        long value = file.u32(position, field);
        position += Integer.BYTES;
        return value;
    }

    long i64(String field) throws ModelFormatException {
        long value = file.i64(position, field);
        position += Long.BYTES;
        return value;
    }

    /** A number of things of at least {@code minBytes} bytes each, which must fit into the rest of the file. */
    long count(String field, long max, long minBytes) throws ModelFormatException {
        long at = position;
        long count = i64(field);
        if (count < 0 || count > max || count > (file.size() - position) / minBytes) {
            throw file.error(field, at, Long.toUnsignedString(count) + ", more than " + max
                    + " or more than the rest of the file has room for");
        }
        return count;
    }

    String string(String field, int maxBytes) throws ModelFormatException {
        long length = i64(field);
        String text = file.utf8(position, length, maxBytes, field);
        position += length;
        return text;
    }

    /** The value of a metadata entry. */
    String value(long type, String key) throws ModelFormatException {
        if (type == STRING) {
            return string(key, MAX_TEXT_BYTES);
        }
        StringBuilder out = new StringBuilder();
        append(type, key, out, 0);
        return out.toString();
    }

    private void append(long type, String key, StringBuilder out, int depth) throws ModelFormatException {
        if (out.length() > Limits.MAX_METADATA_BYTES) {
            throw file.error(key, position, "a value of more than " + Limits.MAX_METADATA_BYTES + " characters");
        }
        if (type == ARRAY) {
            array(key, out, depth);
        } else if (type == STRING) {
            JsonText.quote(string(key, MAX_ELEMENT_BYTES), out);
        } else {
            scalar(type, key, out);
        }
    }

    private void array(String key, StringBuilder out, int depth) throws ModelFormatException {
        if (depth == MAX_DEPTH) {
            throw file.error(key, position, "arrays nested deeper than " + MAX_DEPTH);
        }
        long at = position;
        long type = u32(key);
        long count = count(key, Integer.MAX_VALUE, minBytes(type, key, at));
        out.append('[');
        for (long i = 0; i < count; i++) {
            if (i > 0) {
                out.append(',');
            }
            append(type, key, out, depth + 1);
        }
        out.append(']');
    }

    private void scalar(long type, String key, StringBuilder out) throws ModelFormatException {
        long at = position;
        int bytes = minBytes(type, key, at);
        position += bytes;
        switch ((int) type) {
            case UINT8 -> out.append(file.u8(at, key));
            case INT8 -> out.append((byte) file.u8(at, key));
            case UINT16 -> out.append(file.u16(at, key));
            case INT16 -> out.append((short) file.u16(at, key));
            case TYPE_UINT32 -> out.append(file.u32(at, key));
            case INT32 -> out.append(file.i32(at, key));
            case FLOAT32 -> number(Float.intBitsToFloat(file.i32(at, key)), out);
            case BOOL -> out.append(bool(file.u8(at, key), key, at));
            case UINT64 -> out.append(Long.toUnsignedString(file.i64(at, key)));
            case INT64 -> out.append(file.i64(at, key));
            default -> number(Double.longBitsToDouble(file.i64(at, key)), out);
        }
    }

    /** JSON has no numbers for NaN and infinities: they become texts. */
    private static void number(float value, StringBuilder out) {
        if (Float.isFinite(value)) {
            out.append(value);
        } else {
            out.append('"').append(value).append('"');
        }
    }

    private static void number(double value, StringBuilder out) {
        if (Double.isFinite(value)) {
            out.append(value);
        } else {
            out.append('"').append(value).append('"');
        }
    }

    private boolean bool(int value, String key, long at) throws ModelFormatException {
        if (value > 1) {
            throw file.error(key, at, "the boolean " + value);
        }
        return value == 1;
    }

    /** The fewest bytes a value of a type takes; a scalar's are exact. */
    private int minBytes(long type, String key, long at) throws ModelFormatException {
        if (type > FLOAT64) {
            throw file.error(key, at, "the value type " + type);
        }
        return switch ((int) type) {
            case UINT8, INT8, BOOL -> Byte.BYTES;
            case UINT16, INT16 -> Short.BYTES;
            case TYPE_UINT32, INT32, FLOAT32 -> Integer.BYTES;
            case ARRAY -> Integer.BYTES + Long.BYTES;
            default -> Long.BYTES;
        };
    }
}
