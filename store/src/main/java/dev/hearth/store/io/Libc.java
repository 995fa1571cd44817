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
import java.lang.ref.Reference;

/**
 * The system calls of the store. Each returns what the call returned, or the negated error number.
 *
 * <p>
 * Any thread. Nothing is retried or checked here. A segment that is passed must be native, and open until the call is
 * over; that of a read or write is kept open. Only on Linux, on x86-64 and aarch64: elsewhere this class must not be
 * loaded ({@link Host#checkSupported}).
 */
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final long ERRNO_OFFSET = Linker.Option.captureStateLayout()
            .byteOffset(PathElement.groupElement("errno"));
    private static final int NOT_VARIADIC = -1;

    /** For calls whose memory belongs to callers: it is kept open until the call is over. */
    private static final FunctionDescriptor TRANSFER = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG,
            JAVA_LONG);
    /**
     * For all others. Making the code for a type of call takes milliseconds, and a process that starts waits for them,
     * so these share one: integers and pointers travel in the same registers on both processors, a callee looks at the
     * lower half of the register where it expects an int, and at no more registers than it has parameters. Of a result
     * that is an int the upper half means nothing.
     */
    private static final FunctionDescriptor WORDS = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private static final MethodHandle PREAD = handle("pread", NOT_VARIADIC, TRANSFER);
    private static final MethodHandle PWRITE = handle("pwrite", NOT_VARIADIC, TRANSFER);
    private static final MethodHandle OPENAT = handle("openat", 3,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    // The argument is an int or a pointer.
    private static final MethodHandle FCNTL = handle("fcntl", 2,
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    // Directory entries have no wrapper in every C library; the number of the call is the processor's.
    private static final MethodHandle SYSCALL_GETDENTS = handle("syscall", 1,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle SYSCALL = words("syscall");
    private static final MethodHandle CLOSE = words("close");
    private static final MethodHandle FALLOCATE = words("fallocate");
    private static final MethodHandle FTRUNCATE = words("ftruncate");
    private static final MethodHandle FDATASYNC = words("fdatasync");
    private static final MethodHandle FSYNC = words("fsync");
    private static final MethodHandle SYNC_FILE_RANGE = words("sync_file_range");
    private static final MethodHandle STATX = words("statx");
    private static final MethodHandle FSTATFS = words("fstatfs");
    private static final MethodHandle MMAP = words("mmap");
    private static final MethodHandle MUNMAP = words("munmap");
    private static final MethodHandle MADVISE = words("madvise");
    private static final MethodHandle MKDIRAT = words("mkdirat");
    private static final MethodHandle UNLINKAT = words("unlinkat");
    private static final MethodHandle RENAMEAT = words("renameat");
    private static final MethodHandle GETEUID = words("geteuid");
    private static final MethodHandle SYSCONF = words("sysconf");

    private Libc() {}

    static int open(int directoryFd, String name, int flags, int mode) {
        if ((flags & LinuxFlags.O_CREAT) != 0) {
            FaultPoints.beforeChange();
        }
        MemorySegment state = Scratch.callState();
        try (Arena arena = Arena.ofConfined()) {
            return checked((int) OPENAT.invokeExact(state, directoryFd, arena.allocateFrom(name), flags, mode), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int close(int fd) {
        return call(CLOSE, fd, 0, 0, 0, 0);
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
        FaultPoints.beforeChange();
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) PWRITE.invokeExact(state, fd, source, lengthBytes, offsetBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int fallocate(int fd, int mode, long offsetBytes, long lengthBytes) {
        FaultPoints.beforeChange();
        return call(FALLOCATE, fd, mode, offsetBytes, lengthBytes, 0);
    }

    static int ftruncate(int fd, long sizeBytes) {
        FaultPoints.beforeChange();
        return call(FTRUNCATE, fd, sizeBytes, 0, 0, 0);
    }

    static int fdatasync(int fd) {
        FaultPoints.beforeChange();
        return call(FDATASYNC, fd, 0, 0, 0, 0);
    }

    static int fsync(int fd) {
        FaultPoints.beforeChange();
        return call(FSYNC, fd, 0, 0, 0, 0);
    }

    static int syncFileRange(int fd, long offsetBytes, long lengthBytes, int flags) {
        return call(SYNC_FILE_RANGE, fd, offsetBytes, lengthBytes, flags, 0);
    }

    static int statx(int directoryFd, String name, int flags, int mask, MemorySegment target) {
        try (Arena arena = Arena.ofConfined()) {
            return call(STATX, directoryFd, arena.allocateFrom(name).address(), flags, mask, target.address());
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    static int fstatfs(int fd, MemorySegment target) {
        try {
            return call(FSTATFS, fd, target.address(), 0, 0, 0);
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    static int fcntl(int fd, int command, int argument) {
        return fcntl(fd, command, (long) argument);
    }

    static int fcntl(int fd, int command, MemorySegment argument) {
        try {
            return fcntl(fd, command, argument.address());
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    private static int fcntl(int fd, int command, long argument) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) FCNTL.invokeExact(state, fd, command, argument), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The address of the new mapping, or the negated error number. */
    static long mmap(long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        return mmap(0, lengthBytes, protection, flags, fd, offsetBytes);
    }

    /** The same at an address, with {@code MAP_FIXED} exactly there, in place of what is mapped there. */
    static long mmap(long address, long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) MMAP.invokeExact(state, address, lengthBytes, (long) protection, (long) flags,
                    (long) fd, offsetBytes), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int munmap(long address, long lengthBytes) {
        return call(MUNMAP, address, lengthBytes, 0, 0, 0);
    }

    static int madvise(MemorySegment range, int advice) {
        // What was unmapped may be somebody else's by now.
        if (!range.scope().isAlive()) {
            throw new IllegalStateException("range is unmapped: address=0x" + Long.toHexString(range.address()));
        }
        try {
            return call(MADVISE, range.address(), range.byteSize(), advice, 0, 0);
        } finally {
            Reference.reachabilityFence(range);
        }
    }

    static int mkdir(int directoryFd, String name, int mode) {
        FaultPoints.beforeChange();
        return fdNameInt(MKDIRAT, directoryFd, name, mode);
    }

    static int unlink(int directoryFd, String name, int flags) {
        FaultPoints.beforeChange();
        return fdNameInt(UNLINKAT, directoryFd, name, flags);
    }

    static int rename(int directoryFd, String from, String to) {
        FaultPoints.beforeChange();
        try (Arena arena = Arena.ofConfined()) {
            return call(RENAMEAT, directoryFd, arena.allocateFrom(from).address(), directoryFd,
                    arena.allocateFrom(to).address(), 0);
        }
    }

    static int geteuid() {
        return call(GETEUID, 0, 0, 0, 0, 0);
    }

    static long sysconf(int name) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((long) SYSCONF.invokeExact(state, (long) name, 0L, 0L, 0L, 0L, 0L), state);
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

    static int membarrier(int command) {
        return call(SYSCALL, LinuxFlags.SYS_MEMBARRIER, command, 0, 0, 0);
    }

    private static int fdNameInt(MethodHandle function, int directoryFd, String name, int argument) {
        try (Arena arena = Arena.ofConfined()) {
            return call(function, directoryFd, arena.allocateFrom(name).address(), argument, 0, 0);
        }
    }

    /** Calls a function that returns an int; the caller keeps the memory open that the words point to. */
    private static int call(MethodHandle function, long first, long second, long third, long fourth, long fifth) {
        MemorySegment state = Scratch.callState();
        try {
            return checked((int) (long) function.invokeExact(state, first, second, third, fourth, fifth, 0L), state);
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

    private static MethodHandle words(String name) {
        return handle(name, NOT_VARIADIC, WORDS);
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
