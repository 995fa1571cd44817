package dev.hearth.tools.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file under a temporary name and puts it in place when it is whole.
 *
 * <p>The temporary file goes when writing fails and when the process is ended by a signal it can see. What a process
 * that was killed left is removed by the next one that writes the same file: who writes has it locked, so that it is
 * told from one that is being written, also by a process of another container.
 */
final class NewFile {
    private static final String SUFFIX = ".tmp";
    /** Behind what a process can take between making a file and locking it. */
    private static final long MIN_LEFT_MS = 60_000;

    private NewFile() {}

    /** What to write. */
    interface Body {
        void write(FileChannel channel) throws IOException;
    }

    /** Writes a file; one that is there is replaced. */
    static void write(Path target, Body body) throws IOException {
        write(target, true, body);
    }

    /**
     * Writes a file.
     *
     * @param replaces whether one that is there is replaced
     * @throws FileAlreadyExistsException if there is one that is not to be replaced, whenever it came
     */
    static void write(Path target, boolean replaces, Body body) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path name = absolute.getFileName();
        if (name == null || Files.isDirectory(absolute)) {
            throw new IllegalArgumentException("target=" + target + " is a directory");
        }
        Path temporary = absolute
                .resolveSibling("." + name + "." + ProcessHandle.current().pid() + "-" + System.nanoTime() + SUFFIX);
        removeLeft(absolute, "." + name + ".");
        // For the end of the process by a signal; once the file is in place, nothing has this name.
        temporary.toFile().deleteOnExit();
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE); FileLock _ = channel.lock()) {
                body.write(channel);
                channel.force(true);
            }
            if (replaces) {
                Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else {
                moveToFree(temporary, absolute);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** A second name is given only where there is none, which a rename does not promise. */
    private static void moveToFree(Path temporary, Path target) throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // A file system without second names: looks first, and renames then.
            Files.move(temporary, target);
        }
    }

    private static void removeLeft(Path target, String prefix) throws IOException {
        Path folder = target.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return;
        }
        String own = prefix + ProcessHandle.current().pid() + "-";
        try (DirectoryStream<Path> siblings = Files.newDirectoryStream(folder, path -> {
            String name = String.valueOf(path.getFileName());
            return name.startsWith(prefix) && name.endsWith(SUFFIX) && !name.startsWith(own)
                    && name.substring(prefix.length(), name.length() - SUFFIX.length()).matches("[0-9]+-[0-9]+");
        })) {
            for (Path left : siblings) {
                removeLeft(left);
            }
        }
    }

    private static void removeLeft(Path left) {
        try {
            if (!Files.isRegularFile(left, LinkOption.NOFOLLOW_LINKS) || System.currentTimeMillis()
                    - Files.getLastModifiedTime(left).toMillis() < MIN_LEFT_MS) {
                return;
            }
            try (FileChannel channel = FileChannel.open(left, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                    FileLock lock = channel.tryLock()) {
                if (lock != null) {
                    Files.deleteIfExists(left);
                }
            }
        } catch (IOException e) {
            // Somebody else's, or gone: nothing that this one needs.
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
