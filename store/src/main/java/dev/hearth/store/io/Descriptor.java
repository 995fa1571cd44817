package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * A file descriptor that is closed only after the last call that uses it has returned.
 *
 * <p>
 * Numbers of closed descriptors are given out again at once. A call that still had the number would then read or
 * write a file of somebody else, so every call enters and leaves, and whoever is last closes. Any thread.
 */
final class Descriptor {
    private static final int CLOSED = 1 << 31;
    private static final VarHandle USERS;

    static {
        try {
            USERS = MethodHandles.lookup().findVarHandle(Descriptor.class, "users", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Path path;
    private final int fd;
    /** Calls in flight, and the sign bit once closing was asked for. */
    @SuppressWarnings("unused") // used through its handle
    private volatile int users;

    Descriptor(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    Path path() {
        return path;
    }

    /** Returns the number, which stays valid until {@link #leave}. */
    int enter() {
        int before = (int) USERS.getAndAdd(this, 1);
        if (before < 0) {
            leave();
            throw new HearthException.Closed("the file is closed: file=" + path);
        }
        return fd;
    }

    void leave() {
        if ((int) USERS.getAndAdd(this, -1) - 1 == CLOSED) {
            release();
        }
    }

    /** Closes as soon as no call is in flight; again is no error. */
    void close() {
        if ((int) USERS.getAndBitwiseOr(this, CLOSED) == 0) {
            release();
        }
    }

    /** Closes once: late callers of {@link #enter} can bring the count back to zero again and again. */
    private void release() {
        if (USERS.compareAndSet(this, CLOSED, CLOSED | RELEASED)) {
            // A failed close still closes on Linux, and what it reports belongs to syncs that were asked for.
            int _ = Libc.close(fd);
        }
    }

    private static final int RELEASED = 1 << 30;
}
