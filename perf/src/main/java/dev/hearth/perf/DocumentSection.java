package dev.hearth.perf;

/**
 * A part of a document that runs write and nobody edits; all else in it stays as it is.
 *
 * @param start the line it starts with
 * @param end the line it ends with
 */
public record DocumentSection(String start, String end) {
    /**
     * The document with a new text between the two lines, or at its end with both if it has neither.
     *
     * @throws IllegalArgumentException if it has only one of the two lines, or several
     */
    public String replace(String document, String text) {
        String section = start + "\n" + text.strip() + "\n" + end + "\n";
        int from = document.indexOf(start);
        int to = document.indexOf(end);
        if (from < 0 && to < 0) {
            return document.stripTrailing() + "\n\n" + section;
        }
        if (from < 0 || to < from || document.indexOf(start, from + 1) >= 0 || document.indexOf(end, to + 1) >= 0) {
            throw new IllegalArgumentException("the document needs one line " + start + " and, below it, one " + end);
        }
        int behind = to + end.length();
        behind += behind < document.length() && document.charAt(behind) == '\n' ? 1 : 0;
        return document.substring(0, from) + section + document.substring(behind);
    }
}
