package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.FileStatus;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Frames that are left in memory when nobody uses them any more. Any thread. */
public final class FrameLeftovers {
    private FrameLeftovers() {}

    /** Whether a file or directory in that of a store is one in which frames are. */
    public static boolean isName(String name) {
        return VolatilePlace.NAME.matcher(name).matches();
    }

    /**
     * Removes all frames of the store whose mark file this is, wherever they are, while nobody is attached.
     *
     * @throws HearthException.Busy if somebody uses them all the same
     */
    public static void removeAll(StoreDirectory store, FileStatus mark) {
        String prefix = "hearth-%x-%x-".formatted(mark.device(), mark.inode());
        remove(new VolatilePlace.InSharedMemory(FrameSettings.SHARED_MEMORY), prefix);
        remove(new VolatilePlace.InStore(store), prefix);
    }

    /** Removes what lies in the directory of a store, of whatever store that was once. */
    public static void removeBelow(StoreDirectory store) {
        remove(new VolatilePlace.InStore(store), "hearth-");
    }

    private static void remove(VolatilePlace place, String prefix) {
        for (String name : place.list()) {
            if (name.startsWith(prefix)) {
                try (StoreDirectory directory = place.open(name, false)) {
                    if (directory != null && !VolatilePlace.isEmptied(directory)) {
                        throw new HearthException.Busy("frames are in use: directory=" + directory.directory());
                    }
                }
                place.remove(name);
            }
        }
    }

    /**
     * Directories of ours in memory that no process uses: of stores that were removed by other means, or whose
     * processes were killed and that nobody has attached since.
     */
    public static List<Path> abandoned() {
        VolatilePlace place = new VolatilePlace.InSharedMemory(FrameSettings.SHARED_MEMORY);
        List<Path> abandoned = new ArrayList<>();
        for (String name : place.list()) {
            try (StoreDirectory directory = place.open(name, false)) {
                if (directory != null && !isUsed(directory)) {
                    abandoned.add(directory.directory());
                }
            } catch (HearthException e) {
                // Another user's, or it went away just now.
            }
        }
        return abandoned;
    }

    /** Locks are only looked at, so that whoever is about to open the frames is not kept from it. */
    private static boolean isUsed(StoreDirectory directory) {
        if (!directory.exists(VolatilePlace.FILE)) {
            return false;
        }
        try (OfdLocks locks = OfdLocks.openReadOnly(directory, VolatilePlace.FILE)) {
            return locks.isAnyHeldByOther(VolatilePlace.GATE_BYTE, 1L + FrameWord.MOST_SLOTS);
        }
    }
}
