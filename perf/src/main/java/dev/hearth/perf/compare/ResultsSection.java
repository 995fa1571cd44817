package dev.hearth.perf.compare;

/** The part of a document of results that runs write and nobody edits; all else in it stays as it is. */
final class ResultsSection {
    /** The line it starts with. */
    static final String START = "<!-- comparison: written by perf/run -->";
    /** The line it ends with. */
    static final String END = "<!-- end of comparison -->";
    private static final String TITLE = "## Comparison";

    private ResultsSection() {}

    /**
     * The document with a new section in place of the one it has, or at its end.
     *
     * @throws IllegalArgumentException if it has only one of the two lines, or several
     */
    static String replace(String document, String section) {
        String text = START + "\n" + TITLE + "\n\n" + section.strip() + "\n" + END + "\n";
        int start = document.indexOf(START);
        int end = document.indexOf(END);
        if (start < 0 && end < 0) {
            return document.stripTrailing() + "\n\n" + text;
        }
        if (start < 0 || end < start || document.indexOf(START, start + 1) >= 0
                || document.indexOf(END, end + 1) >= 0) {
            throw new IllegalArgumentException("the document needs one line " + START + " and, below it, one " + END);
        }
        int behind = end + END.length();
        behind += behind < document.length() && document.charAt(behind) == '\n' ? 1 : 0;
        return document.substring(0, start) + text + document.substring(behind);
    }
}
