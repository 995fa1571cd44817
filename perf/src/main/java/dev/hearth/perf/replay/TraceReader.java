package dev.hearth.perf.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads a trace in Mooncake's format (FAST '25), one JSON object a line, in the order of the file: {@code timestamp} in
 * ms, {@code input_length} and {@code output_length} in tokens, {@code hash_ids}. Blank lines are passed over. Holds
 * one line at a time. One thread.
 */
final class TraceReader implements AutoCloseable {
    private final Path file;
    private final BufferedReader lines;
    private long line;

    /** Opens {@code file}. */
    TraceReader(Path file) throws IOException {
        this.file = file;
        this.lines = Files.newBufferedReader(file);
    }

    /**
     * The next request; null at the end.
     *
     * @throws TraceException if the next line is not a request
     */
    @Nullable
    TraceRequest next() throws IOException {
        try {
            String text;
            do {
                line++;
                text = lines.readLine();
            } while (text != null && text.isBlank());
            return text == null ? null : TraceLine.parse(text);
        } catch (CharacterCodingException _) {
            throw new TraceException(file, line, "not UTF-8, here or within the next few lines");
        } catch (IllegalArgumentException e) {
            throw new TraceException(file, line, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
