package dev.hearth.perf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A directory of its own below another one, removed with all that is in it when it is closed. If the process is
 * interrupted before, its children, which may be writing there, are ended and the directory is removed then.
 */
public final class TemporaryDirectory implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private static final Set<TemporaryDirectory> OPEN = ConcurrentHashMap.newKeySet();
    private static final long END_LIMIT_S = 10;
    private static final int MOST_ATTEMPTS = 20;
    /** What a process answers that was told to end. */
    private static final int INTERRUPTED = 143;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TemporaryDirectory::removeAll, "hearth-perf-remove"));
    }

    private final Path path;

    private TemporaryDirectory(Path path) {
        this.path = path;
        OPEN.add(this);
    }

    /** At the end of the process: what nobody closed. Other threads go on meanwhile and may start more children. */
    private static void removeAll() {
        if (OPEN.isEmpty()) {
            return;
        }
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            ProcessHandle.current().descendants().forEach(TemporaryDirectory::end);
            try {
                for (TemporaryDirectory directory : OPEN) {
                    directory.remove();
                }
                break;
            } catch (IOException | UncheckedIOException _) {
                // Somebody wrote there meanwhile.
            }
        }
        Runtime.getRuntime().halt(INTERRUPTED);
    }

    private static void end(ProcessHandle child) {
        child.destroyForcibly();
        try {
            child.onExit().orTimeout(END_LIMIT_S, TimeUnit.SECONDS).join();
        } catch (CompletionException _) {
            // It will be gone soon.
        }
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
        if (!OPEN.remove(this)) {
            return;
        }
        try {
            remove();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void remove() throws IOException {
        if (Files.notExists(path)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(path)) {
            for (Path each : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
