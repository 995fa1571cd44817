package dev.hearth.tools.model;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/**
 * The refusal of a model file: it is damaged, hostile, or of a kind that is not supported.
 *
 * <p>What was found is quoted from the file, so it is made printable and short before it becomes a message.
 */
public final class ModelFormatException extends IOException {
    /** The offset of a problem that has no place in the file. */
    public static final long NO_OFFSET = -1;

    @Serial
    private static final long serialVersionUID = 1;

    private final String file;
    private final String field;
    private final long offset;
    private final String found;

    /**
     * A refusal.
     *
     * @param file the file that is refused
     * @param field the name of the field in the words of the format's documentation
     * @param offset where the field lies, in bytes from the start of the file, or {@link #NO_OFFSET}
     * @param found what is there, and what was expected
     */
    public ModelFormatException(Path file, String field, long offset, String found) {
        super(message(file, field, offset, found));
        this.file = file.toString();
        this.field = Printable.of(field);
        this.offset = offset;
        this.found = Printable.of(found);
    }

    ModelFormatException(Path file, String field, long offset, String found, Throwable cause) {
        this(file, field, offset, found);
        initCause(cause);
    }

    private static String message(Path file, String field, long offset, String found) {
        String place = offset == NO_OFFSET ? "" : " at byte " + offset;
        return Printable.of(file.toString()) + ": " + Printable.of(field) + place + ": " + Printable.of(found);
    }

    /** The refused file. */
    public Path file() {
        return Path.of(file);
    }

    /** The field in the words of the format's documentation. */
    public String field() {
        return field;
    }

    /** Where the field lies, in bytes from the start of the file, or {@link #NO_OFFSET}. */
    public long offset() {
        return offset;
    }

    /** What is there, printable and shortened. */
    public String found() {
        return found;
    }
}
