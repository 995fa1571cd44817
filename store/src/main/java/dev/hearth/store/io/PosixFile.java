package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A regular file of ours, open through one descriptor: positional I/O that is whole or fails.
 *
 * <p>
 * Opening refuses, before a byte is read, whatever is not a regular file with one name, owned by the effective user
 * and closed to everybody else: links are not followed, and a pipe or device blocks nobody. Any thread may call; an
 * interrupt has no effect on a call or on the file. A call that races with {@link #close} either completes or throws
 * {@code HearthException.Closed}; the descriptor is closed after the last of them.
 *
 * <p>
 * After a failed sync the kernel may count pages as clean that never reached the disk, and a second sync would
 * succeed. So the failure stays: every later write and sync throws it again until the file is opened anew.
 *
 * <p>
 * Segments on the heap are copied through a buffer of the thread. Sources and targets must be private memory: the
 * kernel reports a fault in a mapping that lost its file as an error here, but what was moved until then is
 * undefined.
 */
public final class PosixFile implements StoreFile {
    private final Descriptor descriptor;
    private final boolean readOnly;
    private volatile int syncErrno;
    private FileHook hook = FileHook.NONE;

    private PosixFile(Descriptor descriptor, boolean readOnly) {
        this.descriptor = descriptor;
        this.readOnly = readOnly;
    }

    /** How a file is opened. */
    enum Mode {
        READ(LinuxFlags.O_RDONLY),
        READ_WRITE(LinuxFlags.O_RDWR),
        CREATE_NEW(LinuxFlags.O_RDWR | LinuxFlags.O_CREAT | LinuxFlags.O_EXCL),
        OPEN_OR_CREATE(LinuxFlags.O_RDWR | LinuxFlags.O_CREAT);

        private final int flags;

        Mode(int flags) {
            this.flags = flags;
        }
    }

    /** Has {@code events} hear what is done to the file from now on; before it is handed to anybody. */
    PosixFile heardBy(FileEvents events, FileEvents.Type opening) {
        if (events.isHeard() && !readOnly) {
            hook = new FileHook(events, path(), status().inode());
            hook.after(opening, 0, 0, MemorySegment.NULL);
        }
        return this;
    }

    /** Opens {@code name} under a directory descriptor; {@code path} is what messages call it. */
    static PosixFile open(int directoryFd, String name, Path path, Mode mode) {
        int flags = mode.flags | LinuxFlags.O_CLOEXEC | LinuxFlags.O_NOFOLLOW | LinuxFlags.O_NONBLOCK
                | LinuxFlags.O_NOCTTY;
        int fd;
        do {
            fd = Libc.open(directoryFd, name, flags, 0600);
        } while (fd == -Errno.EINTR);
        if (fd < 0) {
            throw Failures.ofOpen(path, -fd);
        }
        PosixFile file = new PosixFile(new Descriptor(path, fd), mode == Mode.READ);
        try {
            file.checkOurs();
            // Only opening had to be kept from blocking.
            file.check("fcntl", Libc.fcntl(fd, LinuxFlags.F_SETFL, 0));
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void checkOurs() {
        FileStatus status = status();
        if (status.links() == 0) {
            throw Failures.of(path(), "open", Errno.ENOENT);
        }
        String reason = null;
        if (!status.isRegularFile()) {
            reason = "it is not a regular file";
        } else if (status.userId() != Libc.geteuid()) {
            reason = "it is owned by user " + Integer.toUnsignedString(status.userId()) + ", not by user "
                    + Integer.toUnsignedString(Libc.geteuid());
        } else if (status.links() != 1) {
            reason = "it has " + Integer.toUnsignedString(status.links()) + " names (hard links)";
        } else if (status.isOpenToOthers()) {
            reason = "its mode " + Integer.toOctalString(status.mode() & 07777) + " lets others in, expected 600";
        }
        if (reason != null) {
            throw new HearthException.Refused(path(), reason);
        }
    }

    @Override
    public Path path() {
        return descriptor.path();
    }

    /** Whether it was opened for reading only. */
    public boolean isReadOnly() {
        return readOnly;
    }

    /** Identity, length and blocks as of now. */
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

    @Override
    public long sizeBytes() {
        return status().sizeBytes();
    }

    @Override
    public long read(long offsetBytes, MemorySegment target) {
        checkRange(offsetBytes, target.byteSize());
        int fd = descriptor.enter();
        try {
            return target.isNative() ? readNative(fd, offsetBytes, target) : readHeap(fd, offsetBytes, target);
        } finally {
            descriptor.leave();
        }
    }

    private long readNative(int fd, long offsetBytes, MemorySegment target) {
        long done = 0;
        while (done < target.byteSize()) {
            long count = Libc.pread(fd, target.asSlice(done), target.byteSize() - done, offsetBytes + done);
            if (count == 0) {
                break;
            }
            if (count > 0) {
                done += count;
            } else if (count != -Errno.EINTR) {
                throw Failures.ofRange(path(), "pread", (int) -count, offsetBytes, target.byteSize());
            }
        }
        return done;
    }

    private long readHeap(int fd, long offsetBytes, MemorySegment target) {
        MemorySegment buffer = Scratch.buffer();
        long done = 0;
        while (done < target.byteSize()) {
            long wanted = Math.min(buffer.byteSize(), target.byteSize() - done);
            long count = readNative(fd, offsetBytes + done, buffer.asSlice(0, wanted));
            MemorySegment.copy(buffer, 0, target, done, count);
            done += count;
            if (count < wanted) {
                break;
            }
        }
        return done;
    }

    @Override
    public void write(long offsetBytes, MemorySegment source) {
        checkRange(offsetBytes, source.byteSize());
        hook.before(FileEvents.Type.WRITE, offsetBytes, source.byteSize(), source);
        int fd = enterToWrite();
        try {
            if (source.isNative()) {
                writeNative(fd, offsetBytes, source);
            } else {
                writeHeap(fd, offsetBytes, source);
            }
            hook.after(FileEvents.Type.WRITE, offsetBytes, source.byteSize(), source);
        } finally {
            descriptor.leave();
        }
    }

    private void writeNative(int fd, long offsetBytes, MemorySegment source) {
        long done = 0;
        while (done < source.byteSize()) {
            long count = Libc.pwrite(fd, source.asSlice(done), source.byteSize() - done, offsetBytes + done);
            if (count > 0) {
                done += count;
            } else if (count != -Errno.EINTR) {
                int errno = count == 0 ? Errno.EIO : (int) -count;
                throw Failures.ofRange(path(), "pwrite", errno, offsetBytes, source.byteSize());
            }
        }
    }

    private void writeHeap(int fd, long offsetBytes, MemorySegment source) {
        MemorySegment buffer = Scratch.buffer();
        long done = 0;
        while (done < source.byteSize()) {
            long count = Math.min(buffer.byteSize(), source.byteSize() - done);
            MemorySegment.copy(source, done, buffer, 0, count);
            writeNative(fd, offsetBytes + done, buffer.asSlice(0, count));
            done += count;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>
     * When the space does not suffice, part of the range may have been allocated and the file may have grown.
     */
    @Override
    public void allocate(long offsetBytes, long lengthBytes) {
        fallocate("fallocate", 0, offsetBytes, lengthBytes);
    }

    @Override
    public void punchHole(long offsetBytes, long lengthBytes) {
        fallocate("punch hole", LinuxFlags.FALLOC_PUNCH_HOLE | LinuxFlags.FALLOC_KEEP_SIZE, offsetBytes, lengthBytes);
    }

    private void fallocate(String operation, int mode, long offsetBytes, long lengthBytes) {
        checkRange(offsetBytes, lengthBytes);
        if (lengthBytes == 0) {
            return;
        }
        FileEvents.Type type = mode == 0 ? FileEvents.Type.ALLOCATE : FileEvents.Type.ZERO;
        hook.before(type, offsetBytes, lengthBytes, MemorySegment.NULL);
        int fd = enterToWrite();
        try {
            int result;
            do {
                result = Libc.fallocate(fd, mode, offsetBytes, lengthBytes);
            } while (result == -Errno.EINTR);
            if (result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS) {
                throw new HearthException.Refused(path(),
                        "its file system cannot reserve or release space (fallocate)");
            }
            if (result < 0) {
                throw Failures.ofRange(path(), operation, -result, offsetBytes, lengthBytes);
            }
            hook.after(type, offsetBytes, lengthBytes, MemorySegment.NULL);
        } finally {
            descriptor.leave();
        }
    }

    @Override
    public void truncate(long sizeBytes) {
        checkRange(sizeBytes, 0);
        hook.before(FileEvents.Type.TRUNCATE, sizeBytes, 0, MemorySegment.NULL);
        int fd = enterToWrite();
        try {
            int result;
            do {
                result = Libc.ftruncate(fd, sizeBytes);
            } while (result == -Errno.EINTR);
            check("ftruncate", result);
            hook.after(FileEvents.Type.TRUNCATE, sizeBytes, 0, MemorySegment.NULL);
        } finally {
            descriptor.leave();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>
     * That includes what was stored through shared mappings of the file. A failure is final for this open file.
     */
    @Override
    public void sync() {
        int fd = enterToWrite();
        try {
            int result = sync(fd);
            if (result < 0) {
                syncErrno = -result;
            }
            check("fdatasync", result);
            hook.after(FileEvents.Type.SYNC, 0, 0, MemorySegment.NULL);
        } finally {
            descriptor.leave();
        }
    }

    private int sync(int fd) {
        try {
            hook.before(FileEvents.Type.SYNC, 0, 0, MemorySegment.NULL);
        } catch (HearthException.Io e) {
            return -e.errno(); // A disk that fails is heard of here.
        }
        int result;
        do {
            result = Libc.fdatasync(fd);
        } while (result == -Errno.EINTR);
        return result;
    }

    @Override
    public void startWriteback(long offsetBytes, long lengthBytes) {
        checkRange(offsetBytes, lengthBytes);
        if (lengthBytes == 0) {
            return; // The kernel would take it for "to the end".
        }
        int fd = enterToWrite();
        try {
            // A hint: nothing is waited for, so there is no outcome to report, and the next sync meets what is wrong.
            int _ = Libc.syncFileRange(fd, offsetBytes, lengthBytes, LinuxFlags.SYNC_FILE_RANGE_WRITE);
        } finally {
            descriptor.leave();
        }
    }

    /** Calls that are under way end normally; the descriptor is closed after the last. Again is no error. */
    @Override
    public void close() {
        descriptor.close();
    }

    Descriptor descriptor() {
        return descriptor;
    }

    private int enterToWrite() {
        if (readOnly) {
            throw new IllegalStateException("readOnly=true file=" + path());
        }
        if (syncErrno != 0) {
            throw Failures.of(path(), "an earlier sync", syncErrno);
        }
        return descriptor.enter();
    }

    private void check(String operation, int result) {
        if (result < 0) {
            throw Failures.of(path(), operation, -result);
        }
    }

    private static void checkRange(long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > Long.MAX_VALUE - lengthBytes) {
            throw new IllegalArgumentException("offsetBytes=" + offsetBytes + " lengthBytes=" + lengthBytes);
        }
    }
}
