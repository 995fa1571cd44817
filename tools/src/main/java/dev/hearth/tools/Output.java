package dev.hearth.tools;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Where results go: lines of UTF-8, or raw bytes. One thread.
 *
 * <p>A reader that went away ends the command quietly, by {@link ReaderGone}; any other failure to write, such as a
 * full disk behind a redirection, is an {@link UncheckedIOException} and never passes for success.
 */
final class Output {
    private static final int BUFFER_BYTES = 64 << 10;

    private final OutputStream stream;
    private final BufferedOutputStream lines;
    private final boolean isPipe;

    /**
     * Writes to {@code stream}, which stays open.
     *
     * @param isPipe whether a failed write can only mean that nobody reads any more
     */
    Output(OutputStream stream, boolean isPipe) {
        this.stream = stream;
        this.lines = new BufferedOutputStream(stream, BUFFER_BYTES);
        this.isPipe = isPipe;
    }

    /** Nobody reads the results any more. */
    static final class ReaderGone extends RuntimeException {
        private static final long serialVersionUID = 1;

        ReaderGone(IOException cause) {
            super("the reader of the output is gone", cause);
        }
    }

    void line(String text) {
        try {
            lines.write(text.getBytes(StandardCharsets.UTF_8));
            lines.write('\n');
        } catch (IOException e) {
            throw failure(e);
        }
    }

    void flush() {
        try {
            lines.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** The same output for raw bytes, behind the lines written so far. Do not close it. */
    WritableByteChannel channel() {
        flush();
        return Channels.newChannel(stream);
    }

    /** What a failed write to {@link #channel} means. */
    RuntimeException failure(IOException e) {
        String message = e.getMessage();
        boolean gone = isPipe || (message != null && message.contains("Broken pipe"));
        return gone ? new ReaderGone(e) : new UncheckedIOException("cannot write the output: " + message, e);
    }
}
