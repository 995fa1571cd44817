package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory of a store, held open: every file in it is reached through its descriptor, never again through its path.
 *
 * <p>
 * Opening refuses what is a link, belongs to another user, lets anybody else in, or lies on a file system other hosts
 * can change. Whoever renames the directory or puts another in its place changes nothing for those who have it open.
 * Any thread; closing does not close files that were opened through it.
 */
public final class StoreDirectory implements StoreFiles, AutoCloseable {
    private static final int DIRECTORY_MODE = 0700;
    private static final int STATFS_TYPE = 0;
    private static final int STATFS_BLOCK_BYTES = 8;
    private static final int STATFS_AVAILABLE_BLOCKS = 32;
    private static final int STATFS_FRAGMENT_BYTES = 72;
    private static final int STATFS_FLAGS = 80;
    private static final int DIRENT_LENGTH = 16;
    private static final int DIRENT_NAME = 19;
    private static final long LIST_BUFFER_BYTES = 32 * 1024;

    private final Descriptor descriptor;
    private final FileEvents events;

    private StoreDirectory(Descriptor descriptor, FileEvents events) {
        this.descriptor = descriptor;
        this.events = events;
    }

    /**
     * Creates the directory with mode 0700, and its parents as the user's defaults say, unless it is there; opens it.
     */
    public static StoreDirectory create(Path path) {
        return create(path, FileEvents.NONE);
    }

    /** The same; {@code events} hears what is done in it. */
    public static StoreDirectory create(Path path, FileEvents events) {
        Host.checkSupported();
        NewDirectories made = NewDirectories.above(path);
        makeDirectory(LinuxFlags.AT_FDCWD, path.toString(), path, events);
        made.sync();
        return open(path, events);
    }

    /** Opens a directory that is there. */
    public static StoreDirectory open(Path path) {
        return open(path, FileEvents.NONE);
    }

    /** The same; {@code events} hears what is done in it. */
    public static StoreDirectory open(Path path, FileEvents events) {
        Host.checkSupported();
        return openAt(LinuxFlags.AT_FDCWD, path.toString(), path, events);
    }

    /**
     * Opens a directory within this one, under the same checks; creates it with mode 0700 if {@code create} and none
     * is.
     */
    public StoreDirectory subdirectory(String name, boolean create) {
        checkName(name);
        Path path = directory().resolve(name);
        int fd = descriptor.enter();
        try {
            if (create) {
                makeDirectory(fd, name, path, events);
            }
            return openAt(fd, name, path, events);
        } finally {
            descriptor.leave();
        }
    }

    private static void makeDirectory(int parentFd, String name, Path path, FileEvents events) {
        FileEvents.Event event = FileEvents.Event.of(FileEvents.Type.MAKE_DIRECTORY, path);
        events.before(event);
        int result = Libc.mkdir(parentFd, name, DIRECTORY_MODE);
        if (result < 0 && result != -Errno.EEXIST) {
            throw Failures.of(path, "create directory", -result);
        }
        if (result == 0) {
            events.after(event);
        }
    }

    private static StoreDirectory openAt(int parentFd, String name, Path path, FileEvents events) {
        int flags = LinuxFlags.O_RDONLY | LinuxFlags.O_DIRECTORY | LinuxFlags.O_NOFOLLOW | LinuxFlags.O_CLOEXEC;
        int fd;
        do {
            fd = Libc.open(parentFd, name, flags, 0);
        } while (fd == -Errno.EINTR);
        if (fd == -Errno.ENOTDIR || fd == -Errno.ELOOP) {
            boolean link = FileStatus.read(parentFd, name).status().isLink();
            throw new HearthException.Refused(path, link ? "it is a symbolic link" : "it is not a directory");
        }
        if (fd < 0) {
            throw Failures.ofOpen(path, -fd);
        }
        StoreDirectory directory = new StoreDirectory(new Descriptor(path, fd), events);
        try {
            directory.checkOurs();
            return directory;
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private void checkOurs() {
        FileStatus status = status();
        if (status.userId() != Libc.geteuid()) {
            throw new HearthException.Refused(directory(),
                    "it is owned by user " + Integer.toUnsignedString(status.userId()) + ", not by user "
                            + Integer.toUnsignedString(Libc.geteuid()));
        }
        if (status.isOpenToOthers()) {
            throw new HearthException.Refused(directory(),
                    "its mode " + Integer.toOctalString(status.mode() & 07777) + " lets others in, expected 700");
        }
        String refused = FileSystems.refusedName(statfs(STATFS_TYPE));
        if (!refused.isEmpty()) {
            throw new HearthException.Refused(directory(), "it lies on " + refused
                    + ", which other hosts may change or whose locks and mappings a server decides about");
        }
    }

    @Override
    public Path directory() {
        return descriptor.path();
    }

    /** Identity, owner and mode of the directory. */
    public FileStatus status() {
        int fd = descriptor.enter();
        try {
            FileStatus.Result result = FileStatus.read(fd, "");
            check("statx", -result.errno());
            return result.status();
        } finally {
            descriptor.leave();
        }
    }

    /** Bytes that this user can still allocate on the file system. */
    public long freeBytes() {
        long blockBytes = statfs(STATFS_FRAGMENT_BYTES);
        return statfs(STATFS_AVAILABLE_BLOCKS) * (blockBytes == 0 ? statfs(STATFS_BLOCK_BYTES) : blockBytes);
    }

    /** Whether the file system is mounted read-only here. */
    public boolean isReadOnlyFileSystem() {
        return (statfs(STATFS_FLAGS) & LinuxFlags.ST_RDONLY) != 0;
    }

    private long statfs(int field) {
        int fd = descriptor.enter();
        try {
            MemorySegment buffer = Scratch.structure();
            int result;
            do {
                result = Libc.fstatfs(fd, buffer);
            } while (result == -Errno.EINTR);
            check("fstatfs", result);
            return buffer.get(ValueLayout.JAVA_LONG, field);
        } finally {
            descriptor.leave();
        }
    }

    @Override
    public List<String> list() {
        int parentFd = descriptor.enter();
        try (Arena arena = Arena.ofConfined()) {
            // Of its own, because a directory descriptor has a position.
            int fd = Libc.open(parentFd, ".",
                    LinuxFlags.O_RDONLY | LinuxFlags.O_DIRECTORY | LinuxFlags.O_CLOEXEC, 0);
            check("open", fd);
            try {
                return list(fd, arena.allocate(LIST_BUFFER_BYTES, 8));
            } finally {
                int _ = Libc.close(fd);
            }
        } finally {
            descriptor.leave();
        }
    }

    private List<String> list(int fd, MemorySegment buffer) {
        List<String> names = new ArrayList<>();
        while (true) {
            long count = Libc.getdents64(fd, buffer);
            if (count == -Errno.EINTR) {
                continue;
            }
            check("list", (int) Math.min(count, 0));
            if (count == 0) {
                names.sort(null);
                return names;
            }
            int lengthBytes;
            for (long at = 0; at < count; at += lengthBytes) {
                lengthBytes = Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, at + DIRENT_LENGTH));
                String name = buffer.getString(at + DIRENT_NAME);
                if (!name.equals(".") && !name.equals("..")) {
                    names.add(name);
                }
            }
        }
    }

    @Override
    public boolean exists(String name) {
        checkName(name);
        int fd = descriptor.enter();
        try {
            int errno = FileStatus.read(fd, name).errno();
            if (errno != Errno.ENOENT && errno != 0) {
                throw Failures.of(directory().resolve(name), "statx", errno);
            }
            return errno == 0;
        } finally {
            descriptor.leave();
        }
    }

    @Override
    public PosixFile open(String name, boolean readOnly) {
        return open(name, readOnly ? PosixFile.Mode.READ : PosixFile.Mode.READ_WRITE);
    }

    @Override
    public PosixFile create(String name) {
        return open(name, PosixFile.Mode.CREATE_NEW);
    }

    /** Opens a regular file of ours for reading and writing, creating it empty with mode 0600 if there is none. */
    public PosixFile openOrCreate(String name) {
        return open(name, PosixFile.Mode.OPEN_OR_CREATE);
    }

    private PosixFile open(String name, PosixFile.Mode mode) {
        checkName(name);
        Path path = directory().resolve(name);
        boolean isNew = mode == PosixFile.Mode.CREATE_NEW;
        if (isNew) {
            events.before(FileEvents.Event.of(FileEvents.Type.CREATE, path));
        }
        int fd = descriptor.enter();
        try {
            return PosixFile.open(fd, name, path, mode).heardBy(events,
                    isNew ? FileEvents.Type.CREATE : FileEvents.Type.OPEN);
        } finally {
            descriptor.leave();
        }
    }

    @Override
    public void rename(String from, String to) {
        checkName(from);
        checkName(to);
        FileEvents.Event event = FileEvents.Event.rename(directory().resolve(from), directory().resolve(to));
        events.before(event);
        int fd = descriptor.enter();
        try {
            int result = Libc.rename(fd, from, to);
            if (result < 0) {
                throw Failures.of(directory().resolve(from), "rename to " + to, -result);
            }
            events.after(event);
        } finally {
            descriptor.leave();
        }
    }

    @Override
    public void delete(String name) {
        remove(name, 0);
    }

    /** Removes an empty directory within this one; none there is no error. */
    public void deleteSubdirectory(String name) {
        remove(name, LinuxFlags.AT_REMOVEDIR);
    }

    private void remove(String name, int flags) {
        checkName(name);
        FileEvents.Event event = FileEvents.Event.of(FileEvents.Type.DELETE, directory().resolve(name));
        events.before(event);
        int fd = descriptor.enter();
        try {
            int result = Libc.unlink(fd, name, flags);
            if (result < 0 && result != -Errno.ENOENT) {
                throw Failures.of(directory().resolve(name), "remove", -result);
            }
            if (result == 0) {
                events.after(event);
            }
        } finally {
            descriptor.leave();
        }
    }

    @Override
    public void syncDirectory() {
        FileEvents.Event event = FileEvents.Event.of(FileEvents.Type.SYNC_DIRECTORY, directory());
        events.before(event);
        int fd = descriptor.enter();
        try {
            int result;
            do {
                result = Libc.fsync(fd);
            } while (result == -Errno.EINTR);
            check("fsync", result);
            events.after(event);
        } finally {
            descriptor.leave();
        }
    }

    /** Makes it durable that there is, or is not, something under this path. */
    public static void syncParent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            return;
        }
        int fd = Libc.open(LinuxFlags.AT_FDCWD, parent.toString(),
                LinuxFlags.O_RDONLY | LinuxFlags.O_DIRECTORY | LinuxFlags.O_CLOEXEC, 0);
        if (fd < 0) {
            throw Failures.of(parent, "open", -fd);
        }
        try {
            int result;
            do {
                result = Libc.fsync(fd);
            } while (result == -Errno.EINTR);
            if (result < 0) {
                throw Failures.of(parent, "fsync", -result);
            }
        } finally {
            int _ = Libc.close(fd);
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }

    private void check(String operation, int result) {
        if (result < 0) {
            throw Failures.of(directory(), operation, -result);
        }
    }

    private static void checkName(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0
                || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("name=" + name);
        }
    }
}
