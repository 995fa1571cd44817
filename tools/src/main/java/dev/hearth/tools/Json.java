package dev.hearth.tools;

import java.util.List;
import java.util.Map;

/**
 * One JSON object on one line, written field by field. Written by hand because the tool only writes JSON, and flat
 * objects of text and numbers: a library would be larger than all of this and slow down the start.
 */
final class Json {
    private final StringBuilder text = new StringBuilder("{");

    Json put(String name, long value) {
        return raw(name, Long.toString(value));
    }

    /** Adds a number; one that JSON cannot have is null. */
    Json put(String name, double value) {
        return raw(name, Double.isFinite(value) ? Double.toString(value) : "null");
    }

    Json put(String name, boolean value) {
        return raw(name, Boolean.toString(value));
    }

    Json put(String name, String value) {
        return raw(name, quote(value));
    }

    Json put(String name, Json value) {
        return raw(name, value.toString());
    }

    /** Adds an array of objects or numbers, which are what their {@code toString} gives. */
    Json put(String name, List<?> values) {
        StringBuilder array = new StringBuilder("[");
        for (Object value : values) {
            array.append(array.length() > 1 ? "," : "").append(value);
        }
        return raw(name, array.append(']').toString());
    }

    /** Adds an array of texts. */
    Json putTexts(String name, List<String> values) {
        return put(name, values.stream().map(Json::quote).toList());
    }

    /** Adds an object with a field for each element. */
    Json put(String name, Map<String, ?> values) {
        Json object = new Json();
        values.forEach((key, value) -> {
            if (value instanceof Number number) {
                object.raw(key, number.toString());
            } else {
                object.put(key, String.valueOf(value));
            }
        });
        return put(name, object);
    }

    private Json raw(String name, String value) {
        if (text.length() > 1) {
            text.append(',');
        }
        text.append(quote(name)).append(':').append(value);
        return this;
    }

    private static String quote(String value) {
        StringBuilder quoted = new StringBuilder(value.length() + 2).append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                default -> {
                    // Half of a pair has no UTF-8, and line separators would break one object a line for some readers.
                    boolean half = Character.isSurrogate(c) && !isInPair(value, i);
                    if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029 || half) {
                        quoted.append(String.format("\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }

    private static boolean isInPair(String value, int i) {
        return Character.isHighSurrogate(value.charAt(i))
                ? i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
    }

    /** The object so far. */
    @Override
    public String toString() {
        return text + "}";
    }
}
