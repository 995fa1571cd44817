package dev.hearth.tools.model;

/** Writes JSON text. */
final class JsonText {
    private JsonText() {}

    /**
     * Appends a text with its quotes.
     *
     * @throws IllegalArgumentException if it has half of a surrogate pair, which UTF-8 cannot say
     */
    static void quote(String text, StringBuilder out) {
        if (!JsonReader.isWellFormed(text)) {
            throw new IllegalArgumentException("text=" + Printable.of(text) + " is not well-formed");
        }
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
