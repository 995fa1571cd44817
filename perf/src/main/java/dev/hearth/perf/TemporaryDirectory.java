package dev.hearth.perf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory of its own below another one, removed with all that is in it when it is closed. */
public final class TemporaryDirectory implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path path;

    private TemporaryDirectory(Path path) {
        this.path = path;
    }

    /** A new directory below {@code parent}. */
    public static TemporaryDirectory below(Path parent) throws IOException {
        return new TemporaryDirectory(Files.createTempDirectory(parent, "hearth-perf-"));
    }

    /** A new directory in a file system in memory that has room for {@code bytes}; else among temporary files. */
    public static TemporaryDirectory inMemory(long bytes) throws IOException {
        boolean roomy = Files.isWritable(MEMORY)
                && Math.min(Files.getFileStore(MEMORY).getUsableSpace(), freeMemoryBytes()) > bytes + (bytes >> 2);
        return below(roomy ? MEMORY : Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Whether a directory is where {@link #inMemory} would have it. */
    public static boolean isInMemory(Path directory) {
        return directory.startsWith(MEMORY);
    }

    /** What is left of the memory that such a file system says it may use. */
    private static long freeMemoryBytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable")).findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).orElse(Long.MAX_VALUE);
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(path)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
