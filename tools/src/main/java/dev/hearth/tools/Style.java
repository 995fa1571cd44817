package dev.hearth.tools;

/** Colours, where results may have them. */
final class Style {
    static final String BOLD = "1";
    static final String RED = "31";
    static final String GREEN = "32";
    static final String YELLOW = "33";

    private Style() {}

    /** The text in a style, or as it is. */
    static String status(String text, String style, ToolIo io) {
        return io.colours() ? "\u001b[" + style + "m" + text + "\u001b[0m" : text;
    }
}
