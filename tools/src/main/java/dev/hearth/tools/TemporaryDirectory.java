package dev.hearth.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory that is removed with all that is in it when it is closed, or when the JVM ends before that. */
final class TemporaryDirectory implements AutoCloseable {
    private final Path path;
    private final Thread atExit = new Thread(this::delete, "temporary-directory");

    private TemporaryDirectory(Path path) {
        this.path = path;
    }

    /** A new directory, mode 0700, where {@code TMPDIR} says, else in the JVM's place for such. */
    static TemporaryDirectory create(String prefix, ToolIo io) throws IOException {
        String parent = io.variable("TMPDIR");
        TemporaryDirectory directory = new TemporaryDirectory(parent.isEmpty()
                ? Files.createTempDirectory(prefix)
                : Files.createTempDirectory(Path.of(parent), prefix));
        Runtime.getRuntime().addShutdownHook(directory.atExit);
        return directory;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException _) {
            // The JVM is ending and the hook runs; it finds what is left.
        }
        delete();
    }

    private void delete() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(path)) {
            List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + path, e);
        }
    }
}
