package dev.hearth.store.io;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls of the store. Each returns what the call returned, or the negated error number.
 *
 * <p>
 * Any thread. Nothing is retried or checked here. A segment that is passed is kept alive for the time of the call; it
 * must be native. Only on Linux, on x86-64 and aarch64: elsewhere this class must not be loaded ({@link
 * Host#checkSupported}).
 */
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final long ERRNO_OFFSET = Linker.Option.captureStateLayout()
            .byteOffset(PathElement.groupElement("errno"));
    private static final int NOT_VARIADIC = -1;

    private static final FunctionDescriptor FD = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
    private static final FunctionDescriptor TRANSFER = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG,
            JAVA_LONG);
    private static final FunctionDescriptor FD_NAME_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);

    private static final MethodHandle OPENAT = handle("openat", 3,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE = handle("close", NOT_VARIADIC, FD);
    private static final MethodHandle PREAD = handle("pread", NOT_VARIADIC, TRANSFER);
    private static final MethodHandle PWRITE = handle("pwrite", NOT_VARIADIC, TRANSFER);
    private static final MethodHandle FALLOCATE = handle("fallocate", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FTRUNCATE = handle("ftruncate", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle FDATASYNC = handle("fdatasync", NOT_VARIADIC, FD);
    private static final MethodHandle FSYNC = handle("fsync", NOT_VARIADIC, FD);
    private static final MethodHandle SYNC_FILE_RANGE = handle("sync_file_range", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle STATX = handle("statx", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FSTATFS = handle("fstatfs", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FCNTL_INT = handle("fcntl", 2,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle FCNTL_POINTER = handle("fcntl", 2,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle MMAP = handle("mmap", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = handle("munmap", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MADVISE = handle("madvise", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MKDIRAT = handle("mkdirat", NOT_VARIADIC, FD_NAME_INT);
    private static final MethodHandle UNLINKAT = handle("unlinkat", NOT_VARIADIC, FD_NAME_INT);
    private static final MethodHandle RENAMEAT = handle("renameat", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
    private static final MethodHandle GETEUID = handle("geteuid", NOT_VARIADIC, FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle SYSCONF = handle("sysconf", NOT_VARIADIC,
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
    // Directory entries have no wrapper in every C library; the number of the call is the processor's.
    private static final MethodHandle SYSCALL_GETDENTS = handle("syscall", 1,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private Libc() {}

    static int open(int directoryFd, String name, int flags, int mode) {
        MemorySegment state = Scratch.callState();
        try (Arena arena = Arena.ofConfined()) {
            return checked((int) OPENAT.invokeExact(state, directoryFd, arena.allocateFrom(name), flags, mode), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int close(int fd) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long pread(int fd, MemorySegment target, long lengthBytes, long offsetBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) PREAD.invokeExact(state, fd, target, lengthBytes, offsetBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long pwrite(int fd, MemorySegment source, long lengthBytes, long offsetBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) PWRITE.invokeExact(state, fd, source, lengthBytes, offsetBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fallocate(int fd, int mode, long offsetBytes, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FALLOCATE.invokeExact(state, fd, mode, offsetBytes, lengthBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int ftruncate(int fd, long sizeBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FTRUNCATE.invokeExact(state, fd, sizeBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fdatasync(int fd) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FDATASYNC.invokeExact(state, fd), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fsync(int fd) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FSYNC.invokeExact(state, fd), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int syncFileRange(int fd, long offsetBytes, long lengthBytes, int flags) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) SYNC_FILE_RANGE.invokeExact(state, fd, offsetBytes, lengthBytes, flags), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int statx(int directoryFd, String name, int flags, int mask, MemorySegment target) {
        MemorySegment state = Scratch.callState();
        try (Arena arena = Arena.ofConfined()) {
            return checked((int) STATX.invokeExact(state, directoryFd, arena.allocateFrom(name), flags, mask, target),
                    state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fstatfs(int fd, MemorySegment target) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FSTATFS.invokeExact(state, fd, target), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fcntl(int fd, int command, int argument) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FCNTL_INT.invokeExact(state, fd, command, argument), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fcntl(int fd, int command, MemorySegment argument) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FCNTL_POINTER.invokeExact(state, fd, command, argument), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The address of the new mapping, or the negated error number. */
    static long mmap(long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) MMAP.invokeExact(state, 0L, lengthBytes, protection, flags, fd, offsetBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int munmap(long address, long lengthBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) MUNMAP.invokeExact(state, address, lengthBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int madvise(MemorySegment range, int advice) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) MADVISE.invokeExact(state, range, range.byteSize(), advice), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int mkdir(int directoryFd, String name, int mode) {
        return fdNameInt(MKDIRAT, directoryFd, name, mode);
    }

    static int unlink(int directoryFd, String name, int flags) {
        return fdNameInt(UNLINKAT, directoryFd, name, flags);
    }

    static int rename(int directoryFd, String from, String to) {
        MemorySegment state = Scratch.callState();
        try (Arena arena = Arena.ofConfined()) {
            return checked((int) RENAMEAT.invokeExact(state, directoryFd, arena.allocateFrom(from), directoryFd,
                    arena.allocateFrom(to)), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int geteuid() {
        MemorySegment state = Scratch.callState();
        try {
            return (int) GETEUID.invokeExact(state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long sysconf(int name) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) SYSCONF.invokeExact(state, name), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long getdents64(int fd, MemorySegment target) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) SYSCALL_GETDENTS.invokeExact(state, LinuxFlags.SYS_GETDENTS64, fd, target,
                    target.byteSize()), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static int fdNameInt(MethodHandle function, int directoryFd, String name, int argument) {
        MemorySegment state = Scratch.callState();
        try (Arena arena = Arena.ofConfined()) {
            return checked((int) function.invokeExact(state, directoryFd, arena.allocateFrom(name), argument), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static int checked(int result, MemorySegment state) {
        return result == -1 ? -errno(state) : result;
    }

    private static long checked(long result, MemorySegment state) {
        return result == -1 ? -errno(state) : result;
    }

    private static int errno(MemorySegment state) {
        return state.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(String name, int firstVariadic, FunctionDescriptor type) {
        MemorySegment symbol = LINKER.defaultLookup().find(name)
                .orElseThrow(() -> new UnsupportedOperationException("the C library has no function " + name));
        Linker.Option capture = Linker.Option.captureCallState("errno");
        return firstVariadic == NOT_VARIADIC
                ? LINKER.downcallHandle(symbol, type, capture)
                : LINKER.downcallHandle(symbol, type, capture, Linker.Option.firstVariadicArg(firstVariadic));
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof RuntimeException runtime) {
            return runtime;
        }
        if (e instanceof Error error) {
            throw error;
        }
        throw new AssertionError("a foreign call threw a checked exception", e);
    }
}
