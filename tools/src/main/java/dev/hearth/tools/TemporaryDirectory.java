package dev.hearth.tools;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A directory that is removed with all that is in it when it is closed, or when the JVM ends before that, however it
 * ends: should it be killed, a shell that waits for its end removes the directory.
 */
final class TemporaryDirectory implements AutoCloseable {
    /**
     * Waits for a line or for the end of this JVM, whichever comes first; only the second makes it remove anything. It
     * survives the keys that interrupt a whole group of processes, and removes twice, as processes that were writing
     * into the directory take a moment to notice. Decoded pages of a store that is in the directory lie in shared
     * memory, under a name that begins with device and inode of the store's mark.
     */
    private static final String WATCH = """
            trap '' INT TERM HUP
            read -r line && exit
            frames=$(find "$1" -name hearth.mark -exec stat -c '%d %i' {} + | while read -r device inode; do
                printf '/dev/shm/hearth-%x-%x-*\\n' "$device" "$inode"
            done)
            rm -rf -- "$1" $frames
            sleep 2
            rm -rf -- "$1" $frames
            """;
    private static final int CHILD_SECONDS = 5;

    private final Path path;
    private final Process watch;
    private final Thread atExit = new Thread(this::removeAtExit, "temporary-directory");

    private TemporaryDirectory(Path path, Process watch) {
        this.path = path;
        this.watch = watch;
    }

    /** A new directory, mode 0700, where {@code TMPDIR} says, else in the JVM's place for such. */
    static TemporaryDirectory create(String prefix, ToolIo io) throws IOException {
        String parent = io.variable("TMPDIR");
        Path path = parent.isEmpty()
                ? Files.createTempDirectory(prefix)
                : Files.createTempDirectory(Path.of(parent), prefix);
        Process watch =
                new ProcessBuilder("/bin/sh", "-c", WATCH, "hearth-demo-watch", path.toAbsolutePath().toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        TemporaryDirectory directory = new TemporaryDirectory(path, watch);
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
        try (OutputStream line = watch.getOutputStream()) {
            line.write('\n');
        } catch (IOException _) {
            // It is gone, and there is nothing left to remove.
        }
    }

    /** Processes that this one started would go on writing into the directory. */
    private void removeAtExit() {
        List<ProcessHandle> children =
                ProcessHandle.current().children().filter(child -> child.pid() != watch.pid()).toList();
        children.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle child : children) {
            child.onExit().completeOnTimeout(child, CHILD_SECONDS, TimeUnit.SECONDS).join();
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
