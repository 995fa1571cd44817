package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.frame.FrameLeftovers;
import dev.hearth.store.io.FileStatus;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.PosixFile;
import dev.hearth.store.io.StoreDirectory;
import dev.hearth.store.mark.LockBytes;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.segment.DataFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes a store whole, with its frames in memory. Under the creation lock, with nobody attached; nothing is removed
 * before all was looked at.
 *
 * <p>
 * The mark goes first and the log last, so that what is left by one that was killed is refused by whoever opens it, and
 * known for a store by whoever removes it again.
 */
final class Destroyer {
    private static final String COUNTERS_NEW = Store.COUNTERS + ".new";
    private static final Set<String> FILES = Set.of(MarkFile.NAME, MarkFile.NAME + ".new", ColdStart.TABLE,
            ColdStart.TABLE + ".new", Store.COUNTERS, COUNTERS_NEW, DataFile.NAME, Store.LOCK);
    private static final Set<String> DIRECTORIES = Set.of(Store.INDEX, Store.LOG, Store.LOG + ".new");

    private static final long MOST_SLOTS = 1_024;

    private Destroyer() {}

    /** Removes the store in {@code path}. */
    static void destroy(Path path, long lockTimeoutMs) {
        try (StoreDirectory directory = Opener.existing(path)) {
            requireStore(directory);
            try (OfdLocks locks = OfdLocks.openOrCreate(directory, Store.LOCK)) {
                if (!locks.lock(LockBytes.CREATION, lockTimeoutMs)) {
                    throw OfdLocks.busy("creation", lockTimeoutMs, "a process that creates or recovers the store");
                }
                requireNobody(directory, locks);
                remove(directory);
                directory.delete(Store.LOCK);
            }
        }
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new HearthException.Io(path, "remove directory", 0, e.toString());
        }
        StoreDirectory.syncParent(path);
    }

    /** Files of others are no reason to leave half of a store behind, so nothing is removed if there are any. */
    private static void requireStore(StoreDirectory directory) {
        List<String> names = directory.list();
        if (!names.contains(Store.LOG) && !names.contains(MarkFile.NAME)) {
            throw new HearthException.Refused(directory.directory(), "it holds no store");
        }
        for (String name : names) {
            if (!FILES.contains(name) && !DIRECTORIES.contains(name) && !FrameLeftovers.isName(name)) {
                throw new HearthException.Refused(directory.directory(), "it holds more than a store: found=" + name);
            }
        }
    }

    private static void requireNobody(StoreDirectory directory, OfdLocks locks) {
        if (!locks.isAnyHeldByOther(LockBytes.FIRST_SLOT, MOST_SLOTS)) {
            return;
        }
        List<String> who = new ArrayList<>();
        try (MarkFile mark = MarkFile.open(directory, true)) {
            for (ProcessSlots.Tenant tenant : new ProcessSlots(mark, locks).tenants()) {
                if (tenant.isAlive()) {
                    who.add("pid " + tenant.pid());
                }
            }
        } catch (HearthException e) {
            who.add("unknown: " + e.getMessage());
        }
        throw new HearthException.Busy("the store is attached: directory=" + directory.directory() + " by="
                + String.join(", ", who));
    }

    private static void remove(StoreDirectory directory) {
        FileStatus mark = markStatus(directory);
        if (mark != null) {
            FrameLeftovers.removeAll(directory, mark);
        }
        FrameLeftovers.removeBelow(directory);
        directory.delete(MarkFile.NAME);
        for (String name : FILES) {
            if (!name.equals(Store.LOCK)) {
                directory.delete(name);
            }
        }
        for (String name : List.of(Store.INDEX, Store.LOG + ".new", Store.LOG)) {
            if (directory.exists(name)) {
                try (StoreDirectory below = directory.subdirectory(name, false)) {
                    below.list().forEach(below::delete);
                }
                directory.deleteSubdirectory(name);
            }
        }
    }

    private static @Nullable FileStatus markStatus(StoreDirectory directory) {
        if (!directory.exists(MarkFile.NAME)) {
            return null;
        }
        try (PosixFile mark = directory.open(MarkFile.NAME, true)) {
            return mark.status();
        }
    }
}
