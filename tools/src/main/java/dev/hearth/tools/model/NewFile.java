package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a file under a temporary name and puts it in place when it is whole. */
final class NewFile {
    private NewFile() {}

    /** What to write. */
    interface Body {
        void write(FileChannel channel) throws IOException;
    }

    static void write(Path target, Body body) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path name = absolute.getFileName();
        if (name == null || Files.isDirectory(absolute)) {
            throw new IllegalArgumentException("target=" + target + " is a directory");
        }
        Path temporary = absolute
                .resolveSibling("." + name + "." + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".tmp");
        // For the end of the process by a signal; once the file is in place, nothing has this name.
        temporary.toFile().deleteOnExit();
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE)) {
                body.write(channel);
                channel.force(true);
            }
            Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Writes all of a buffer. */
    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Writes a tensor's bytes in chunks. */
    static void writeContents(FileChannel channel, TensorOutput tensor) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(Math.max(1, Math.min(tensor.info().byteSize(), Limits.CHUNK_BYTES)),
                    4_096);
            eachChunk(tensor, chunk, part -> writeFully(channel, part.asByteBuffer()));
        }
    }

    /** Takes a chunk of a tensor's bytes. */
    interface ChunkConsumer {
        void accept(MemorySegment part) throws IOException;
    }

    /** Reads a tensor from its start to its end through one piece of memory. */
    static void eachChunk(TensorOutput tensor, MemorySegment chunk, ChunkConsumer consumer) throws IOException {
        long byteSize = tensor.info().byteSize();
        for (long offset = 0; offset < byteSize; offset += chunk.byteSize()) {
            MemorySegment part = chunk.asSlice(0, Math.min(chunk.byteSize(), byteSize - offset));
            tensor.contents().read(offset, part);
            consumer.accept(part);
        }
    }
}
