package dev.hearth.tools.model;

/**
 * Text from a file made fit for a terminal: control and formatting characters become escapes, long text is cut.
 */
final class Printable {
    private static final int MAX_CHARS = 300;

    private Printable() {}

    static String of(String text) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_CHARS) + 16);
        for (int i = 0; i < text.length() && out.length() < MAX_CHARS; i++) {
            char c = text.charAt(i);
            if (isPlain(c)) {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        if (out.length() >= MAX_CHARS) {
            out.append("...");
        }
        return out.toString();
    }

    /** Whether a character shows as itself and changes nothing around it. */
    static boolean isPlain(char c) {
        int type = Character.getType(c);
        return type != Character.CONTROL && type != Character.FORMAT && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR && type != Character.UNASSIGNED;
    }
}
