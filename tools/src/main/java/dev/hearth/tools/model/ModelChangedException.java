package dev.hearth.tools.model;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/** A model file is not what it was when its tensors were registered: it is gone, or another one, or was written to. */
public final class ModelChangedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String file;
    private final String expected;
    private final String actual;

    /**
     * A refusal.
     *
     * @param file     the file
     * @param expected what it was when its tensors were registered
     * @param actual   what is there now
     */
    public ModelChangedException(Path file, String expected, String actual) {
        super(Printable.of(file.toString()) + " is not what was registered: expected=" + Printable.of(expected)
                + " actual=" + Printable.of(actual));
        this.file = file.toString();
        this.expected = Printable.of(expected);
        this.actual = Printable.of(actual);
    }

    /** The file. */
    public Path file() {
        return Path.of(file);
    }

    /** What it was when its tensors were registered. */
    public String expected() {
        return expected;
    }

    /** What is there now. */
    public String actual() {
        return actual;
    }
}
