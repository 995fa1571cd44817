package dev.hearth.tools;

import dev.hearth.store.ValueSource;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The bytes of a value to put: a file, or a copy of what has no length of its own. One thread.
 *
 * <p>A copy has mode 0600 and lost its name before the first byte was written: nothing of it stays, whatever happens.
 */
final class ValueInput implements ValueSource, AutoCloseable {
    private static final int STEP_BYTES = 1 << 20;

    private final FileChannel channel;
    private final long bytes;
    private final String name;
    private long position;

    private ValueInput(FileChannel channel, String name) throws IOException {
        this.channel = channel;
        this.bytes = channel.size();
        this.name = name;
    }

    /**
     * Opens what {@code input} names.
     *
     * @param input a path, or {@code -} for standard input
     * @throws ToolFailure if there is no such file
     */
    static ValueInput open(String input, ToolIo io) throws IOException {
        if (input.equals("-")) {
            return spool(io.in(), "stdin", io);
        }
        Path path = Path.of(input);
        if (Files.isDirectory(path)) {
            throw ToolFailure.usage("input=" + input + " is a directory");
        }
        try {
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                try (InputStream stream = Files.newInputStream(path)) {
                    return spool(stream, input, io);
                }
            }
            return new ValueInput(FileChannel.open(path, StandardOpenOption.READ), input);
        } catch (NoSuchFileException _) {
            throw ToolFailure.usage("input=" + input + " does not exist");
        }
    }

    private static ValueInput spool(InputStream stream, String name, ToolIo io) throws IOException {
        String directory = io.variable("TMPDIR");
        Path file = directory.isEmpty()
                ? Files.createTempFile("hearth-put-", ".tmp")
                : Files.createTempFile(Path.of(directory), "hearth-put-", ".tmp");
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } finally {
            Files.delete(file);
        }
        try {
            byte[] step = new byte[STEP_BYTES];
            for (int read = stream.read(step); read >= 0; read = stream.read(step)) {
                writeAll(channel, ByteBuffer.wrap(step, 0, read));
            }
            return new ValueInput(channel, name);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Length of the value. */
    long bytes() {
        return bytes;
    }

    /** Goes back to the first byte. */
    void rewind() {
        position = 0;
    }

    @Override
    public void read(MemorySegment target) throws IOException {
        for (long done = 0; done < target.byteSize();) {
            long step = Math.min(STEP_BYTES, target.byteSize() - done);
            ByteBuffer buffer = target.asSlice(done, step).asByteBuffer();
            int read = channel.read(buffer, position);
            if (read < 0) {
                throw new EOFException(name + " ends after " + position + " of " + bytes + " bytes");
            }
            done += read;
            position += read;
        }
        if (position == bytes && channel.size() != bytes) {
            throw new IOException(name + " changed while it was read: it had " + bytes + " bytes, now "
                    + channel.size());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
