package dev.hearth.perf.compare;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes files cold: takes what the kernel has of them out of its page cache, of them alone, and looks whether it is
 * out. No process may have them mapped.
 */
@SuppressWarnings("restricted")
final class PageCache {
    /** {@code POSIX_FADV_DONTNEED}, on all of Linux that this runs on. */
    private static final int DONT_NEED = 4;
    private static final int READ_ONLY = 0;
    private static final long PAGE_BYTES = 4_096;
    /** Part of the pages that may stay: the kernel takes out what nobody uses in that instant. */
    private static final double MOST_LEFT = 0.01;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle ADVISE =
            LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("posix_fadvise"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CLOSE = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("close"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle MINCORE = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("mincore"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS));

    private PageCache() {}

    /**
     * Makes the files of a directory cold, or only the one of that name in it.
     *
     * @throws IllegalStateException if they are still in the cache then, as those of a file system in memory are
     */
    static void drop(Path directory, @Nullable String only) {
        try (Stream<Path> paths = Files.walk(directory)) {
            List<Path> files = paths.filter(Files::isRegularFile)
                    .filter(file -> only == null || file.equals(directory.resolve(only))).toList();
            for (Path file : files) {
                drop(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void drop(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // What was not written yet cannot be dropped.
            channel.force(false);
            advise(file);
            double left = residentPart(channel);
            if (left > MOST_LEFT) {
                throw new IllegalStateException("file=" + file + " is still in memory: part=" + left);
            }
        }
    }

    private static void advise(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
            int failed = (int) ADVISE.invokeExact(descriptor, 0L, 0L, DONT_NEED);
            int _ = (int) CLOSE.invokeExact(descriptor);
            if (descriptor < 0 || failed != 0) {
                throw new IllegalStateException("file=" + file + " descriptor=" + descriptor + " error=" + failed);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** The part of the pages of a file that is in the page cache. */
    static double residentPart(FileChannel channel) throws IOException {
        long bytes = channel.size();
        if (bytes == 0) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
            long pages = Math.ceilDiv(bytes, PAGE_BYTES);
            MemorySegment states = arena.allocate(pages);
            int failed = (int) MINCORE.invokeExact(mapped, bytes, states);
            long resident = 0;
            for (long page = 0; page < pages; page++) {
                resident += states.get(JAVA_BYTE, page) & 1;
            }
            return failed != 0 ? 1 : (double) resident / pages;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
