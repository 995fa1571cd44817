package dev.hearth.store.io;

/** Error numbers of Linux, the same on x86-64 and aarch64, and what they mean in words. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EFAULT = 14;
    static final int EBUSY = 16;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int ENOTDIR = 20;
    static final int EISDIR = 21;
    static final int EINVAL = 22;
    static final int EFBIG = 27;
    static final int ENOSPC = 28;
    static final int EROFS = 30;
    static final int ENOSYS = 38;
    static final int ELOOP = 40;
    static final int EOPNOTSUPP = 95;
    static final int EDQUOT = 122;

    private Errno() {}

    /** What {@code errno} means; numbers that are rare here are only named by their number. */
    static String text(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted";
            case ENOENT -> "no such file or directory";
            case EIO -> "input/output error";
            case ENXIO -> "no such device or address";
            case 9 -> "bad file descriptor";
            case EAGAIN -> "resource temporarily unavailable";
            case ENOMEM -> "out of memory, or too many mappings";
            case EACCES -> "permission denied";
            case EFAULT -> "bad address";
            case EBUSY -> "device or resource busy";
            case EEXIST -> "file exists";
            case 18 -> "the two names are on different file systems";
            case ENODEV -> "the file system does not support this";
            case ENOTDIR -> "not a directory";
            case EISDIR -> "is a directory";
            case EINVAL -> "invalid argument";
            case 23 -> "too many open files in the system";
            case 24 -> "too many open files in the process";
            case EFBIG -> "file larger than the file system or the process limit allows";
            case ENOSPC -> "no space left on the file system";
            case EROFS -> "read-only file system";
            case 36 -> "file name too long";
            case 37 -> "no locks available";
            case ENOSYS -> "the kernel does not support this";
            case 39 -> "directory not empty";
            case ELOOP -> "is a symbolic link";
            case EOPNOTSUPP -> "the file system does not support this";
            case 116 -> "stale file handle";
            case 117 -> "the file system needs cleaning";
            case EDQUOT -> "disk quota exceeded";
            default -> "error number " + errno;
        };
    }
}
