package dev.hearth.tools.model;

/**
 * A strict reader of JSON text (RFC 8259) in a mapped file, driven by its caller from value to value.
 *
 * <p>Headers of model files need little: texts, sizes, and to step over what is unknown. They also need what general
 * libraries give up: the offset in the file for every refusal, numbers that are never rounded, and a bound on each text
 * before it is copied. Keys are handed out one by one, so that the caller, who keeps them anyway, refuses duplicates.
 *
 * <p>Not safe for several threads.
 */
final class JsonReader {
    private static final int MAX_DEPTH = 64;

    private final MappedFile file;
    private final long end;
    private long position;

    /** Reads from {@code start} to {@code end}, which lies inside the file. */
    JsonReader(MappedFile file, long start, long end) {
        this.file = file;
        this.position = start;
        this.end = end;
    }

    /** Where the next character lies that is not white space. */
    long position() throws ModelFormatException {
        skipSpace();
        return position;
    }

    /** Goes into an object. */
    void beginObject(String field) throws ModelFormatException {
        expect('{', field);
    }

    /** Goes into an array. */
    void beginArray(String field) throws ModelFormatException {
        expect('[', field);
    }

    /**
     * Whether an object or array has another element, and steps over what separates it from the one before.
     *
     * @param close the bracket that ends it; it is stepped over when it comes
     * @param first whether no element was read yet
     */
    boolean more(char close, boolean first, String field) throws ModelFormatException {
        int next = peek(field);
        if (next == close) {
            position++;
            return false;
        }
        if (!first) {
            expect(',', field);
        }
        return true;
    }

    /** The name of an object's next member; its value comes next. */
    String name(String field, int maxBytes) throws ModelFormatException {
        String name = string(field, maxBytes);
        expect(':', field);
        return name;
    }

    /** A text of at most {@code maxBytes} bytes in the file. */
    String string(String field, int maxBytes) throws ModelFormatException {
        expect('"', field);
        long start = position;
        boolean escaped = false;
        while (true) {
            int c = character(field);
            if (c == '"') {
                break;
            }
            if (c < ' ') {
                throw file.error(field, position - 1, "a control character in a text");
            }
            if (c == '\\') {
                escaped = true;
                character(field);
            }
            if (position - start > maxBytes) {
                throw file.error(field, start, "a text of more than " + maxBytes + " bytes");
            }
        }
        String text = file.utf8(start, position - 1 - start, maxBytes, field);
        return escaped ? unescape(text, field, start) : text;
    }

    /** A whole number from 0 to 2<sup>63</sup> - 1, written without sign, fraction or exponent. */
    long size(String field) throws ModelFormatException {
        skipSpace();
        long start = position;
        long value = 0;
        while (position < end && isDigit(file.u8(position, field))) {
            int digit = file.u8(position, field) - '0';
            if (value > (Long.MAX_VALUE - digit) / 10 || (value == 0 && position > start)) {
                throw file.error(field, start, "a number that is too large or has leading zeros");
            }
            value = value * 10 + digit;
            position++;
        }
        int next = position < end ? file.u8(position, field) : ' ';
        if (position == start || next == '.' || next == 'e' || next == 'E') {
            throw file.error(field, start, "expected a whole number from 0 on");
        }
        return value;
    }

    /** Any value as the text it has in the file; a text without its quotes. */
    String anything(String field, int maxBytes) throws ModelFormatException {
        if (peek(field) == '"') {
            return string(field, maxBytes);
        }
        long start = position;
        skip(field, 0);
        return file.utf8(start, position - start, maxBytes, field);
    }

    /** Refuses anything but white space up to the end. */
    void end(String field) throws ModelFormatException {
        skipSpace();
        if (position != end) {
            throw file.error(field, position, "text behind the end of the JSON");
        }
    }

    private void skip(String field, int depth) throws ModelFormatException {
        if (depth > MAX_DEPTH) {
            throw file.error(field, position, "JSON nested deeper than " + MAX_DEPTH);
        }
        switch (peek(field)) {
            case '{' -> {
                position++;
                for (boolean first = true; more('}', first, field); first = false) {
                    name(field, Limits.MAX_METADATA_BYTES);
                    skip(field, depth + 1);
                }
            }
            case '[' -> {
                position++;
                for (boolean first = true; more(']', first, field); first = false) {
                    skip(field, depth + 1);
                }
            }
            case '"' -> string(field, Limits.MAX_METADATA_BYTES);
            default -> skipWord(field);
        }
    }

    /** Steps over a number, true, false or null. */
    private void skipWord(String field) throws ModelFormatException {
        long start = position;
        while (position < end && isWord(file.u8(position, field))) {
            position++;
        }
        String word = file.utf8(start, position - start, Limits.MAX_NAME_BYTES, field);
        if (!word.matches("true|false|null|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            throw file.error(field, start, "expected a value, found " + word);
        }
    }

    private static boolean isWord(int c) {
        return isDigit(c) || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' || c == '.';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private void expect(char expected, String field) throws ModelFormatException {
        int c = peek(field);
        if (c != expected) {
            throw file.error(field, position, "expected '" + expected + "', found '" + (char) c + "'");
        }
        position++;
    }

    private int peek(String field) throws ModelFormatException {
        skipSpace();
        if (position == end) {
            throw file.error(field, position, "the JSON ends in the middle");
        }
        return file.u8(position, field);
    }

    private int character(String field) throws ModelFormatException {
        if (position == end) {
            throw file.error(field, position, "the JSON ends in the middle of a text");
        }
        return file.u8(position++, field);
    }

    private void skipSpace() throws ModelFormatException {
        while (position < end) {
            int c = file.u8(position, "white space");
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return;
            }
            position++;
        }
    }

    private String unescape(String text, String field, long start) throws ModelFormatException {
        StringBuilder out = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(i++);
            if (escape == 'u') {
                out.append(unicode(text, i, field, start));
                i += 4;
            } else {
                out.append(plainEscape(escape, field, start));
            }
        }
        String result = out.toString();
        if (!isWellFormed(result)) {
            throw file.error(field, start, "half of a surrogate pair in a text");
        }
        return result;
    }

    private char unicode(String text, int from, String field, long start) throws ModelFormatException {
        String digits = text.substring(from, Math.min(from + 4, text.length()));
        if (!digits.matches("[0-9a-fA-F]{4}")) {
            throw file.error(field, start, "the escape \\u" + digits);
        }
        return (char) Integer.parseInt(digits, 16);
    }

    private char plainEscape(char escape, String field, long start) throws ModelFormatException {
        return switch (escape) {
            case '"', '\\', '/' -> escape;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw file.error(field, start, "the escape \\" + escape);
        };
    }

    /** Whether all surrogates come in pairs. */
    static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
