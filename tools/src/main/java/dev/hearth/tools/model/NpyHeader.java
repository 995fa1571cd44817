package dev.hearth.tools.model;

import dev.hearth.codec.DType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header of an npy file: element type, shape, and how long the header is.
 *
 * <p>The format is that of numpy's documentation, {@code numpy.lib.format}: magic, version, the length of a text, and
 * the text, a Python dictionary with {@code descr}, {@code fortran_order} and {@code shape}. Versions 1 to 3 differ in
 * the length's size and the text's encoding. Objects, structures, texts, big-endian and column-major arrays are refused
 * by name: objects are pickled code, the others are for numpy to convert.
 */
record NpyHeader(DType dtype, List<Long> shape, int headerBytes) {
    /** The most that a header of one type and shape can reasonably take. */
    static final int MAX_BYTES = 1 << 16;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int VERSION = 6;
    private static final int LENGTH = 8;

    /** Whether a file's first bytes are those of npy. */
    static boolean matches(MappedFile file) throws ModelFormatException {
        for (int i = 0; i < MAGIC.length; i++) {
            if (file.size() <= i || file.u8(i, "magic") != Byte.toUnsignedInt(MAGIC[i])) {
                return false;
            }
        }
        return true;
    }

    /** Where the bytes of a header come from, for errors. */
    record Origin(MappedFile file, long offset, String name) {
        ModelFormatException error(String field, long at, String found) {
            return file.error(field, offset + at, found + (name.isEmpty() ? "" : " in " + name));
        }
    }

    /**
     * Parses a header.
     *
     * @param prefix the first bytes of the array's file, {@link #MAX_BYTES} of them if there are as many
     */
    static NpyHeader parse(byte[] prefix, Origin origin) throws ModelFormatException {
        if (prefix.length < LENGTH + Short.BYTES || !startsWithMagic(prefix)) {
            throw origin.error("magic", 0, "no npy header");
        }
        int version = prefix[VERSION];
        if (version < 1 || version > 3 || prefix[VERSION + 1] != 0) {
            throw origin.error("version", VERSION, version + "." + prefix[VERSION + 1] + ", supported are 1 to 3");
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        long length = 0;
        for (int i = 0; i < lengthBytes; i++) {
            length |= Byte.toUnsignedLong(LENGTH + i < prefix.length ? prefix[LENGTH + i] : 0) << (8 * i);
        }
        int start = LENGTH + lengthBytes;
        if (length > MAX_BYTES || start + length > prefix.length) {
            throw origin.error("header length", LENGTH, length + " bytes, which pass the end or " + MAX_BYTES);
        }
        String text = new String(prefix, start, (int) length,
                version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        return new Parser(text, start, origin).dictionary(start + (int) length);
    }

    private static boolean startsWithMagic(byte[] prefix) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (prefix[i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    /** The description of a tensor of this type and shape. */
    TensorInfo info(String name, Origin origin) throws ModelFormatException {
        try {
            return TensorInfo.of(name, dtype, shape);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(origin.file().path(), "shape", origin.offset(), e.getMessage() + " of "
                    + name, e);
        }
    }

    /** The name numpy has for a type, or null. */
    static @Nullable String descr(DType dtype) {
        return switch (dtype) {
            case BOOL -> "|b1";
            case U8 -> "|u1";
            case I8 -> "|i1";
            case U16 -> "<u2";
            case I16 -> "<i2";
            case F16 -> "<f2";
            case U32 -> "<u4";
            case I32 -> "<i4";
            case F32 -> "<f4";
            case U64 -> "<u8";
            case I64 -> "<i8";
            case F64 -> "<f8";
            default -> null;
        };
    }

    /** A parser of the dictionary, which is as much of Python as a header may have. */
    private static final class Parser {
        private final String text;
        private final int start;
        private final Origin origin;
        private int position;
        private @Nullable DType dtype;
        private @Nullable Boolean fortranOrder;
        private @Nullable List<Long> shape;

        Parser(String text, int start, Origin origin) {
            this.text = text;
            this.start = start;
            this.origin = origin;
        }

        NpyHeader dictionary(int headerBytes) throws ModelFormatException {
            expect('{');
            while (peek() != '}') {
                entry();
                if (peek() != '}') {
                    expect(',');
                }
            }
            expect('}');
            skipSpace();
            DType type = dtype;
            List<Long> dims = shape;
            if (position != text.length() || type == null || dims == null || fortranOrder == null) {
                throw error("header", "text behind the dictionary, or no descr, fortran_order or shape");
            }
            if (fortranOrder && dims.stream().filter(dimension -> dimension > 1).count() > 1) {
                throw error("fortran_order", "a column-major array: save numpy.ascontiguousarray of it");
            }
            return new NpyHeader(type, dims, headerBytes);
        }

        private void entry() throws ModelFormatException {
            String key = string("header");
            expect(':');
            switch (key) {
                case "descr" -> {
                    once(dtype, key);
                    dtype = type();
                }
                case "fortran_order" -> {
                    once(fortranOrder, key);
                    fortranOrder = bool();
                }
                case "shape" -> {
                    once(shape, key);
                    shape = tuple();
                }
                default -> throw error("header", "the unknown key " + key);
            }
        }

        private void once(@Nullable Object seen, String key) throws ModelFormatException {
            if (seen != null) {
                throw error(key, "a second time");
            }
        }

        private DType type() throws ModelFormatException {
            if (peek() == '[') {
                throw error("descr", "a structured type, which is not supported");
            }
            String descr = string("descr");
            if (descr.startsWith(">") && !descr.endsWith("1")) {
                throw error("descr", "the big-endian type " + descr + ", which is not supported");
            }
            if (descr.length() > 1 && descr.charAt(1) == 'O') {
                throw error("descr", "Python objects, which are pickled code and never read");
            }
            for (DType candidate : DType.values()) {
                String name = descr(candidate);
                if (name != null && (name.equals(descr) || (name.endsWith("1") && name.substring(1).equals(
                        descr.substring(Math.min(1, descr.length())))))) {
                    return candidate;
                }
            }
            throw error("descr", "the type " + descr + ", which is not supported");
        }

        private boolean bool() throws ModelFormatException {
            skipSpace();
            for (boolean value : new boolean[]{true, false}) {
                String word = value ? "True" : "False";
                if (text.startsWith(word, position)) {
                    position += word.length();
                    return value;
                }
            }
            throw error("fortran_order", "expected True or False");
        }

        private List<Long> tuple() throws ModelFormatException {
            List<Long> dims = new ArrayList<>();
            expect('(');
            boolean comma = true;
            while (peek() != ')') {
                if (!comma || dims.size() == Limits.MAX_DIMENSIONS) {
                    throw error("shape", "expected ',' or ')', or more than " + Limits.MAX_DIMENSIONS + " dimensions");
                }
                dims.add(number());
                comma = peek() == ',';
                if (comma) {
                    position++;
                }
            }
            expect(')');
            if (dims.size() == 1 && !comma) {
                throw error("shape", "a number in brackets, expected a tuple");
            }
            return dims;
        }

        private long number() throws ModelFormatException {
            skipSpace();
            int from = position;
            while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
                position++;
            }
            // At most 18 digits always fit into a long.
            if (position == from || position - from > 18) {
                throw error("shape", "expected a dimension from 0 on");
            }
            long value = Long.parseLong(text.substring(from, position));
            if (position < text.length() && text.charAt(position) == 'L') {
                position++; // Python 2 wrote long integers this way.
            }
            return value;
        }

        private String string(String field) throws ModelFormatException {
            char quote = peek();
            int close = text.indexOf(quote, position + 1);
            if ((quote != '\'' && quote != '"') || close < 0) {
                throw error(field, "expected a text");
            }
            String value = text.substring(position + 1, close);
            position = close + 1;
            return value;
        }

        private void expect(char expected) throws ModelFormatException {
            char c = peek();
            if (c != expected) {
                throw error("header", "expected '" + expected + "', found '" + c + "'");
            }
            position++;
        }

        private char peek() throws ModelFormatException {
            skipSpace();
            if (position == text.length()) {
                throw error("header", "the dictionary ends in the middle");
            }
            return text.charAt(position);
        }

        private void skipSpace() {
            while (position < text.length() && (text.charAt(position) == ' ' || text.charAt(position) == '\n')) {
                position++;
            }
        }

        private ModelFormatException error(String field, String found) {
            return origin.error(field, start + (long) position, found);
        }
    }
}
