package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.DataGeometry;
import dev.hearth.store.segment.Run;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory on its way to be the copy of a store. One thread.
 *
 * <p>
 * It becomes a store by its log, which has another name until all is durable. What a copy that was killed left behind
 * is taken over by the next one into the same directory; one that failed removes what it made.
 */
final class CopyTarget implements AutoCloseable {
    private static final String NEW_LOG = Store.LOG + ".new";
    private static final Set<String> OURS = Set.of(Store.LOCK, DataFile.NAME, NEW_LOG, Store.INDEX);
    private final Path path;
    private final boolean wasThere;
    private final StoreDirectory directory;
    private final OfdLocks locks;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment line = arena.allocate(16, 8);
    private final Map<Integer, Long> generations = new HashMap<>();
    private PosixFile file;
    private DataFile data;
    private boolean finished;

    private CopyTarget(Path path, boolean wasThere, StoreDirectory directory, OfdLocks locks, Geometry geometry) {
        this.path = path;
        this.wasThere = wasThere;
        this.directory = directory;
        this.locks = locks;
        this.file = directory.create(DataFile.NAME);
        boolean mapped = false;
        try {
            file.truncate(geometry.capacityBytes());
            data = new DataFile(file, Store.dataGeometry(geometry), geometry.uuid());
            mapped = true;
        } finally {
            if (!mapped) {
                file.close();
            }
        }
    }

    /**
     * Begins a copy.
     *
     * @throws HearthException.Refused if there is something else
     * @throws HearthException.Busy    if another copy is being made there
     */
    static CopyTarget create(Path path, Path source, Geometry geometry) {
        boolean wasThere = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        if (path.toAbsolutePath().normalize().startsWith(source.toAbsolutePath().normalize())) {
            throw new HearthException.Refused(path, "it lies in the store that is to be copied");
        }
        StoreDirectory directory = StoreDirectory.create(path);
        OfdLocks locks = null;
        boolean begun = false;
        try {
            List<String> names = directory.list();
            names.stream().filter(name -> !OURS.contains(name)).findFirst().ifPresent(name -> {
                throw new HearthException.Refused(path, "it is not empty: found=" + name);
            });
            // A directory with data and no new log is a store that lost its log, or one that is being created.
            if (!names.isEmpty() && !names.contains(NEW_LOG)) {
                throw new HearthException.Refused(path, "it is not empty: found=" + names.getFirst());
            }
            locks = OfdLocks.openOrCreate(directory, Store.LOCK);
            if (!locks.tryLock(LockBytes.CREATION)) {
                throw new HearthException.Busy("a copy is being made there: directory=" + path);
            }
            clear(directory);
            // First, so that what is left of a copy that is killed is known for that.
            directory.subdirectory(NEW_LOG, true).close();
            CopyTarget target = new CopyTarget(path, wasThere, directory, locks, geometry);
            begun = true;
            return target;
        } finally {
            if (!begun) {
                giveUp(path, wasThere, directory, locks);
            }
        }
    }

    /** Removes what was made, but only if nobody else is at it. */
    private static void giveUp(Path path, boolean wasThere, StoreDirectory directory,
            @Nullable OfdLocks locks) {
        try (directory) {
            if (locks != null && directory.exists(NEW_LOG)) {
                clear(directory);
            }
            if (locks != null) {
                directory.delete(Store.LOCK);
                locks.close();
            }
        }
        if (!wasThere) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // Not empty, so not ours alone; or an empty directory, which does no harm.
            }
        }
    }

    private static void clear(StoreDirectory directory) {
        directory.delete(DataFile.NAME);
        for (String name : List.of(Store.INDEX, NEW_LOG)) {
            if (directory.exists(name)) {
                try (StoreDirectory below = directory.subdirectory(name, false)) {
                    below.list().forEach(below::delete);
                }
                directory.deleteSubdirectory(name);
            }
        }
    }

    /** Makes room for a segment in this generation; what an earlier one had there is gone. */
    void enter(Run run) {
        Long known = generations.put(run.head(), run.generation());
        if (known != null && known == run.generation()) {
            return;
        }
        DataGeometry sizes = data.geometry();
        long start = run.head() * sizes.segmentBytes();
        long bytes = run.segments() * sizes.segmentBytes();
        if (known != null) {
            file.punchHole(start, bytes);
        }
        file.allocate(start, bytes);
        data.writeHeader(run);
    }

    /** Writes bytes of the data file. */
    void write(long fileOffsetBytes, MemorySegment source) {
        file.write(fileOffsetBytes, source);
    }

    /** Writes the line of an entry into the directory of its segment. */
    void writeLine(EntryDescriptor entry, int runSegments) {
        data.writeDirectoryLine(entry, runSegments, line);
    }

    /** What checkpoint and log go into. */
    interface LogSource {
        long writeTo(StoreDirectory files);
    }

    /** Makes it a store; returns the bytes of its log. */
    long finish(LogSource log) {
        data.sync();
        long bytes;
        try (StoreDirectory files = directory.subdirectory(NEW_LOG, false)) {
            bytes = log.writeTo(files);
            files.syncDirectory();
        }
        directory.subdirectory(Store.INDEX, true).close();
        directory.syncDirectory();
        directory.rename(NEW_LOG, Store.LOG);
        directory.syncDirectory();
        StoreDirectory.syncParent(path);
        finished = true;
        return bytes;
    }

    @Override
    public void close() {
        data.close();
        arena.close();
        if (finished) {
            locks.close();
            directory.close();
        } else {
            giveUp(path, wasThere, directory, locks);
        }
    }
}
