package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The directories above a new one that were made for it, and are made durable with it: a power cut would otherwise take
 * the whole store, whatever was synced in it. One thread.
 */
final class NewDirectories {
    /** Less what the user's mask takes. */
    private static final int MODE = 0777;
    private final @Nullable Path lowest;
    private final @Nullable Path highest;

    private NewDirectories(@Nullable Path lowest, @Nullable Path highest) {
        this.lowest = lowest;
        this.highest = highest;
    }

    /** Makes what is missing above {@code path}, as the user's defaults say. */
    static NewDirectories above(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null || Files.exists(path)) {
            return new NewDirectories(null, null);
        }
        Deque<Path> missing = new ArrayDeque<>();
        Path there = parent;
        while (!Files.exists(there) && there.getParent() != null) {
            missing.push(there);
            there = there.getParent();
        }
        if (!Files.isDirectory(there)) {
            throw new HearthException.Refused(there, "it is not a directory");
        }
        missing.forEach(NewDirectories::make);
        return new NewDirectories(parent, there);
    }

    private static void make(Path directory) {
        int result = Libc.mkdir(LinuxFlags.AT_FDCWD, directory.toString(), MODE);
        if (result < 0 && result != -Errno.EEXIST) {
            throw Failures.of(directory, "create directory", -result);
        }
    }

    /** Makes the names durable, from the one that is new itself up to that which was there. */
    void sync() {
        for (Path each = lowest; each != null; each = each.equals(highest) ? null : each.getParent()) {
            sync(each);
        }
    }

    private static void sync(Path directory) {
        int fd = Libc.open(LinuxFlags.AT_FDCWD, directory.toString(),
                LinuxFlags.O_RDONLY | LinuxFlags.O_DIRECTORY | LinuxFlags.O_CLOEXEC, 0);
        if (fd < 0) {
            return; // Not ours to read: whoever made it looks after it.
        }
        try {
            int result = Libc.fsync(fd);
            if (result < 0 && result != -Errno.EINVAL) {
                throw Failures.of(directory, "fsync", -result);
            }
        } finally {
            int _ = Libc.close(fd);
        }
    }
}
