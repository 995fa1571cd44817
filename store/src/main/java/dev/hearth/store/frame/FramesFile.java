package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import org.jspecify.annotations.Nullable;

/**
 * The file of the frames as one attachment uses it: found or created, locked, mapped, and removed by whoever is last.
 *
 * <p>
 * Locks on its bytes say who uses it: the kernel drops those of the dead, so that what they left can be told from what
 * is in use. {@link VolatilePlace#sweep} says how opening and removing exclude each other. Any thread; opening and
 * leaving happen while nobody else opens or leaves the frames of the same store.
 */
final class FramesFile {
    private static final long GATE_TIMEOUT_MS = 1000;
    private static final int TRIES = 10;

    private final VolatilePlace place;
    private final String name;
    private final StoreDirectory directory;
    private final OfdLocks locks;
    private final int slot;

    private FramesFile(VolatilePlace place, String name, StoreDirectory directory, OfdLocks locks, int slot) {
        this.place = place;
        this.name = name;
        this.directory = directory;
        this.locks = locks;
        this.slot = slot;
    }

    /** Opens the file in a place and takes its gate; creates it empty if there is none. */
    static FramesFile enter(VolatilePlace place, String name, int slot) {
        for (int tries = 1;; tries++) {
            StoreDirectory directory = place.open(name, true);
            OfdLocks locks = null;
            boolean entered = false;
            try {
                if (directory == null) {
                    throw new IllegalStateException("name=" + name);
                }
                locks = OfdLocks.openOrCreate(directory, VolatilePlace.FILE);
                if (!locks.lock(VolatilePlace.GATE_BYTE, GATE_TIMEOUT_MS)) {
                    throw OfdLocks.busy("gate of frames", GATE_TIMEOUT_MS, "another process");
                }
                // Somebody may have removed it before the gate was taken.
                entered = locks.file().status().links() != 0;
                if (entered) {
                    return new FramesFile(place, name, directory, locks, slot);
                }
            } catch (HearthException.Io e) {
                if (tries == TRIES) {
                    throw e;
                }
            } finally {
                if (!entered) {
                    close(directory, locks);
                }
            }
            if (tries == TRIES) {
                throw OfdLocks.busy("gate of frames", GATE_TIMEOUT_MS, "a process that removes them");
            }
        }
    }

    private static void close(@Nullable StoreDirectory directory, @Nullable OfdLocks locks) {
        if (locks != null) {
            locks.close();
        }
        if (directory != null) {
            directory.close();
        }
    }

    PosixFile file() {
        return locks.file();
    }

    long freeBytes(FrameSettings settings) {
        return settings.freeBytes().applyAsLong(directory);
    }

    /** Whether anybody else uses it. */
    boolean isUsedByOthers() {
        return locks.isAnyHeldByOther(VolatilePlace.FIRST_USER_BYTE, FrameWord.MOST_SLOTS);
    }

    /** Makes it the frames of a store; all of it that is touched from the start has space then. */
    void format(FramesHeader header, FrameLayout layout) {
        PosixFile file = locks.file();
        file.truncate(layout.fileBytes);
        file.allocate(0, layout.fixedBytes());
        file.write(0, header.encode(layout));
    }

    /** Says that this attachment uses it, and lets others in. */
    void use(FrameLayout layout) {
        locks.file().allocate(layout.holdsOffset(slot), layout.holdsBytes);
        if (!locks.tryLock(VolatilePlace.FIRST_USER_BYTE + slot)) {
            throw OfdLocks.busy("frames of slot " + slot, 0, "another process");
        }
        locks.unlock(VolatilePlace.GATE_BYTE);
    }

    MappedRegion map(FrameLayout layout) {
        return MappedRegion.mapWithHoles(locks.file(), 0, layout.fileBytes);
    }

    /** Gives space to a part of a file that is still as long as it was. */
    void allocate(FrameLayout layout, long offsetBytes, long lengthBytes) {
        long sizeBytes = locks.file().sizeBytes();
        if (sizeBytes < layout.fileBytes) {
            throw new HearthException.Corrupt("length of the file", locks.file().path(), sizeBytes,
                    layout.fileBytes + " bytes", sizeBytes + " bytes");
        }
        locks.file().allocate(offsetBytes, lengthBytes);
    }

    /** Stops using it; removes it if nobody else uses it, and returns whether it did. */
    boolean leave() {
        try {
            boolean last = locks.lock(VolatilePlace.GATE_BYTE, GATE_TIMEOUT_MS) && !isUsedByOthers();
            if (last) {
                remove();
            }
            return last;
        } finally {
            close();
        }
    }

    /** Removes it, holding its gate. */
    void remove() {
        directory.delete(VolatilePlace.FILE);
        place.remove(name);
    }

    /** Stops using it, whoever else does. */
    void close() {
        close(directory, locks);
    }
}
