package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

/**
 * Exclusive locks on single bytes of a file, held by this open description of it until released, closed, or the
 * process dies.
 *
 * <p>
 * They exclude other descriptions, in other processes and in this one alike, and survive the closing of any other
 * descriptor of the file (classic locks are dropped by that). They do not exclude threads that share this object, and
 * are not counted: locking a byte that this description holds succeeds at once. Excluding the threads of an
 * attachment is the caller's. The kernel frees the locks of a dead process by itself, at some 60 ms per GiB that was
 * resident.
 *
 * <p>
 * Waiting is done by trying again at growing pauses, because the kernel's own wait has no limit. An interrupt does
 * not end it and is kept. Any thread.
 */
public final class OfdLocks implements AutoCloseable {
    private static final int TYPE = 0;
    private static final int WHENCE = 2;
    private static final int START = 8;
    private static final int LENGTH = 16;
    private static final int PID = 24;
    private static final int BYTES = 32;

    private static final int QUICK_TRIES = 20;
    private static final long FIRST_PAUSE_NS = 20_000;
    private static final long LONGEST_PAUSE_NS = 1_000_000;

    private final PosixFile file;

    private OfdLocks(PosixFile file) {
        this.file = file;
    }

    /** A new description of {@code name}, which is created empty if there is none; for taking locks. */
    public static OfdLocks openOrCreate(StoreDirectory directory, String name) {
        return new OfdLocks(directory.openOrCreate(name));
    }

    /** A new description of {@code name} with which locks of others can be seen but none can be taken. */
    public static OfdLocks openReadOnly(StoreDirectory directory, String name) {
        return new OfdLocks(directory.open(name, true));
    }

    /** The file that is locked. */
    public PosixFile file() {
        return file;
    }

    /** Takes the lock on a byte, or returns false if another description has it. */
    public boolean tryLock(long byteOffset) {
        if (file.isReadOnly()) {
            throw new IllegalStateException("readOnly=true file=" + file.path());
        }
        int result = control(LinuxFlags.F_OFD_SETLK, LinuxFlags.F_WRLCK, byteOffset);
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
            return false;
        }
        check("lock", result);
        return true;
    }

    /**
     * Takes the lock on a byte, waiting up to {@code timeoutMs}; 0 tries once.
     *
     * @return whether it was taken
     */
    public boolean lock(long byteOffset, long timeoutMs) {
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("timeoutMs=" + timeoutMs);
        }
        long startNs = System.nanoTime();
        long limitNs = Math.min(timeoutMs, Long.MAX_VALUE / 1_000_000) * 1_000_000;
        boolean interrupted = false;
        try {
            for (int tries = 0;; tries++) {
                if (tryLock(byteOffset)) {
                    return true;
                }
                long leftNs = limitNs - (System.nanoTime() - startNs);
                if (leftNs <= 0) {
                    return false;
                }
                // An interrupted thread does not park, so the interrupt waits until the end.
                interrupted |= Thread.interrupted();
                pause(tries, leftNs);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void pause(int tries, long leftNs) {
        if (tries < QUICK_TRIES) {
            Thread.onSpinWait();
            return;
        }
        long pauseNs = Math.min(LONGEST_PAUSE_NS, FIRST_PAUSE_NS << Math.min(tries - QUICK_TRIES, 10));
        LockSupport.parkNanos(this, Math.min(pauseNs, leftNs));
    }

    /** Releases the lock on a byte; one that is not held is no error. */
    public void unlock(long byteOffset) {
        check("unlock", control(LinuxFlags.F_OFD_SETLK, LinuxFlags.F_UNLCK, byteOffset));
    }

    /** Whether another description, here or in another process, has the lock on a byte. */
    public boolean isHeldByOther(long byteOffset) {
        return isAnyHeldByOther(byteOffset, 1);
    }

    /** Whether another description has the lock on any of {@code count} bytes. */
    public boolean isAnyHeldByOther(long byteOffset, long count) {
        if (count <= 0) {
            throw new IllegalArgumentException("count=" + count);
        }
        int fd = file.descriptor().enter();
        try {
            MemorySegment lock = describe(LinuxFlags.F_WRLCK, byteOffset, count);
            check("look at lock", Libc.fcntl(fd, LinuxFlags.F_OFD_GETLK, lock));
            return lock.get(ValueLayout.JAVA_SHORT, TYPE) != LinuxFlags.F_UNLCK;
        } finally {
            file.descriptor().leave();
        }
    }

    /** Releases all locks and closes this description; again is no error. */
    @Override
    public void close() {
        file.close();
    }

    private int control(int command, short type, long byteOffset) {
        int fd = file.descriptor().enter();
        try {
            int result;
            do {
                result = Libc.fcntl(fd, command, describe(type, byteOffset, 1));
            } while (result == -Errno.EINTR);
            return result;
        } finally {
            file.descriptor().leave();
        }
    }

    private static MemorySegment describe(short type, long byteOffset, long count) {
        if (byteOffset < 0) {
            throw new IllegalArgumentException("byteOffset=" + byteOffset);
        }
        MemorySegment lock = Scratch.structure().asSlice(0, BYTES).fill((byte) 0);
        lock.set(ValueLayout.JAVA_SHORT, TYPE, type);
        lock.set(ValueLayout.JAVA_SHORT, WHENCE, (short) 0);
        lock.set(ValueLayout.JAVA_LONG, START, byteOffset);
        lock.set(ValueLayout.JAVA_LONG, LENGTH, count);
        lock.set(ValueLayout.JAVA_INT, PID, 0);
        return lock;
    }

    private void check(String operation, int result) {
        if (result < 0) {
            throw Failures.of(file.path(), operation, -result);
        }
    }

    /** The exception for a lock that was not had in time. */
    public static HearthException.Busy busy(String lock, long timeoutMs, String holder) {
        return new HearthException.Busy("lock not had: lock=" + lock + " timeoutMs=" + timeoutMs + " holder=" + holder);
    }
}
