package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.nio.file.Path;

/** Turns error numbers of system calls into the exceptions of the store. */
final class Failures {
    private Failures() {}

    /** The exception for {@code operation} on {@code file} having failed with {@code errno}. */
    static HearthException of(Path file, String operation, int errno) {
        if (isFull(errno)) {
            return new HearthException.Full(
                    operation + " found no space: file=" + file + " errno=" + errno + " reason=" + Errno.text(errno));
        }
        return new HearthException.Io(file, operation, errno, Errno.text(errno));
    }

    /** As {@link #of(Path, String, int)}, for a call on a range of the file, which the message then names. */
    static HearthException ofRange(Path file, String operation, int errno, long offsetBytes, long lengthBytes) {
        return of(file, operation + " of " + lengthBytes + " bytes at " + offsetBytes, errno);
    }

    /** The exception for a file that could not be opened. */
    static HearthException ofOpen(Path file, int errno) {
        return switch (errno) {
            case Errno.ELOOP -> new HearthException.Refused(file, "it is a symbolic link");
            case Errno.EISDIR -> new HearthException.Refused(file, "it is a directory, not a file");
            case Errno.ENXIO, Errno.ENODEV -> new HearthException.Refused(file, "it is a socket, a pipe or a device");
            default -> of(file, "open", errno);
        };
    }

    private static boolean isFull(int errno) {
        return errno == Errno.ENOSPC || errno == Errno.EDQUOT || errno == Errno.EFBIG;
    }
}
