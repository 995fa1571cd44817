package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The directories above a new one that were made for it, and are made durable with it: a power cut would otherwise take
 * the whole store, whatever was synced in it. One thread.
 */
final class NewDirectories {
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
        Path there = parent;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw new HearthException.Io(parent, "create directory", 0, e.toString());
        }
        return new NewDirectories(parent, there);
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
