package dev.hearth.perf.compare;

import dev.hearth.perf.DocumentSection;

/** The part of a document of results that comparisons write. */
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
        return new DocumentSection(START, END).replace(document, TITLE + "\n\n" + section);
    }
}
