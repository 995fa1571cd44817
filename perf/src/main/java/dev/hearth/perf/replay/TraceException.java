package dev.hearth.perf.replay;

import java.nio.file.Path;

/** A line of a trace file that is not a request. Names the file, the line counted from 1, and what is wrong. */
final class TraceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long line;

    TraceException(Path file, long line, String problem) {
        super("trace file=" + file + " line=" + line + ": " + problem);
        this.line = line;
    }

    /** The line, counted from 1. */
    long line() {
        return line;
    }
}
