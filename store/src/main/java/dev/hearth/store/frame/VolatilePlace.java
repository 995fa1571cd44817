package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory in which directories with frames lie: that of file systems in memory, which belongs to everybody, or that
 * of a store. What is found in it is ours only if {@link StoreDirectory} says so. Any thread.
 */
sealed interface VolatilePlace {
    /** The file in each of the directories. */
    String FILE = "frames";
    /** Locked while somebody opens, leaves or removes the file. */
    long GATE_BYTE = 0;
    /** Locked by the user of process slot 0 as long as he uses the file; the others follow. */
    long FIRST_USER_BYTE = 1;

    Pattern NAME = Pattern.compile("hearth-[0-9a-f]{1,16}-[0-9a-f]{1,16}-[0-9a-f]{16}");

    /** The name of the frames of a store. */
    static String name(FramesHeader header) {
        return "hearth-%x-%x-%016x".formatted(header.device(), header.inode(), header.nonce());
    }

    /** Opens one of the directories; none if there is none and it is not to be created. */
    @Nullable
    StoreDirectory open(String name, boolean create);

    /** Removes one of them if it is empty. */
    void remove(String name);

    /** What lies here under the names of frames, ours or not. */
    List<String> list();

    /**
     * Removes frames that nobody uses, of whatever store; {@code keep} stays.
     *
     * <p>
     * Who opens frames takes the gate, makes sure that the file still has a name, and then locks his own byte. So a
     * file whose gate is had here, and none of whose other bytes is locked, is used by nobody, and whoever is about to
     * open it will see that it is gone.
     */
    default void sweep(String keep) {
        for (String name : list()) {
            if (!name.equals(keep)) {
                try (StoreDirectory directory = open(name, false)) {
                    if (directory != null && isEmptied(directory)) {
                        remove(name);
                    }
                } catch (HearthException e) {
                    // Somebody else's, or in use: it stays.
                }
            }
        }
    }

    /** Whether nobody uses the frames in a directory of ours; if so they are removed, and it is empty. */
    static boolean isEmptied(StoreDirectory directory) {
        if (!directory.exists(FILE)) {
            return true;
        }
        try (OfdLocks locks = OfdLocks.openOrCreate(directory, FILE)) {
            boolean unused = locks.tryLock(GATE_BYTE)
                    && !locks.isAnyHeldByOther(FIRST_USER_BYTE, FrameWord.MOST_SLOTS);
            if (unused) {
                directory.delete(FILE);
            }
            return unused;
        }
    }

    /** Within the directory of a store. */
    record InStore(StoreDirectory store) implements VolatilePlace {
        @Override
        public @Nullable StoreDirectory open(String name, boolean create) {
            return create || store.exists(name) ? store.subdirectory(name, create) : null;
        }

        @Override
        public void remove(String name) {
            store.deleteSubdirectory(name);
        }

        @Override
        public List<String> list() {
            return store.list().stream().filter(name -> NAME.matcher(name).matches()).toList();
        }
    }

    /** Within a directory that may be shared with other users. */
    record InSharedMemory(Path path) implements VolatilePlace {
        boolean isThere() {
            return Files.isDirectory(path) && Files.isWritable(path);
        }

        @Override
        public @Nullable StoreDirectory open(String name, boolean create) {
            Path directory = path.resolve(name);
            if (create) {
                return StoreDirectory.create(directory);
            }
            return Files.exists(directory, LinkOption.NOFOLLOW_LINKS) ? StoreDirectory.open(directory) : null;
        }

        @Override
        public void remove(String name) {
            try {
                Files.deleteIfExists(path.resolve(name));
            } catch (IOException e) {
                throw new HearthException.Io(path.resolve(name), "remove", 0, e.toString());
            }
        }

        @Override
        public List<String> list() {
            if (!isThere()) {
                return List.of();
            }
            try (Stream<Path> found = Files.list(path)) {
                return found.map(entry -> String.valueOf(entry.getFileName()))
                        .filter(name -> NAME.matcher(name).matches()).toList();
            } catch (IOException e) {
                throw new HearthException.Io(path, "list", 0, e.toString());
            }
        }
    }
}
