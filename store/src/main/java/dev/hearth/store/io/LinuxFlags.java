package dev.hearth.store.io;

/**
 * Flags of Linux system calls. Nearly all are the same on x86-64 and aarch64; the four that are not are chosen by the
 * processor this JVM runs on.
 */
final class LinuxFlags {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_NOCTTY = 0x100;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int O_DIRECTORY = directory(Host.ARCHITECTURE);
    static final int O_NOFOLLOW = nofollow(Host.ARCHITECTURE);

    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;

    static final int STATX_BASIC_STATS = 0x7FF;
    static final int S_IFMT = 0xF000;
    static final int S_IFDIR = 0x4000;
    static final int S_IFREG = 0x8000;
    static final int S_IFLNK = 0xA000;

    static final int F_SETFL = 4;
    static final int F_OFD_GETLK = 36;
    static final int F_OFD_SETLK = 37;
    static final short F_WRLCK = 1;
    static final short F_UNLCK = 2;

    static final int FALLOC_KEEP_SIZE = 1;
    static final int FALLOC_PUNCH_HOLE = 2;
    static final int SYNC_FILE_RANGE_WRITE = 2;
    static final int ST_RDONLY = 1;

    static final int PROT_NONE = 0;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_FIXED = 0x10;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;

    static final int SC_PAGESIZE = 30;
    static final long SYS_GETDENTS64 = getdents64(Host.ARCHITECTURE);
    static final long SYS_MEMBARRIER = membarrier(Host.ARCHITECTURE);
    static final int MEMBARRIER_GLOBAL_EXPEDITED = 1 << 1;
    static final int MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 1 << 2;
    static final int MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3;
    static final int MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4;

    private LinuxFlags() {}

    static int directory(String architecture) {
        return isAarch64(architecture) ? 0x4000 : 0x10000;
    }

    static int nofollow(String architecture) {
        return isAarch64(architecture) ? 0x8000 : 0x20000;
    }

    static long getdents64(String architecture) {
        return isAarch64(architecture) ? 61 : 217;
    }

    static long membarrier(String architecture) {
        return isAarch64(architecture) ? 283 : 324;
    }

    private static boolean isAarch64(String architecture) {
        return architecture.equals("aarch64");
    }
}
