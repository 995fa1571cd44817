package dev.hearth.store.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the kernel says of an open file: identity, owner, mode, length and blocks.
 *
 * <p>
 * The structure it is read from has the same layout on x86-64 and aarch64.
 *
 * @param device         the device of its file system: major number in the upper, minor in the lower 32 bits
 * @param inode          its number on that device
 * @param mode           type and permission bits
 * @param userId         its owner
 * @param links          how many names it has
 * @param sizeBytes      its length
 * @param allocatedBytes how much space the file system gave to it; may be less than its length if it has holes
 */
public record FileStatus(long device, long inode, int mode, int userId, int links, long sizeBytes,
        long allocatedBytes) {
    private static final int LINKS = 16;
    private static final int USER_ID = 20;
    private static final int MODE = 28;
    private static final int INODE = 32;
    private static final int SIZE = 40;
    private static final int BLOCKS = 48;
    private static final int DEVICE_MAJOR = 136;
    private static final int DEVICE_MINOR = 140;
    private static final int BLOCK_BYTES = 512;

    /** Reads the status of {@code name} under a directory, or of the descriptor itself if the name is empty. */
    static Result read(int fd, String name) {
        MemorySegment buffer = Scratch.structure();
        int flags = name.isEmpty() ? LinuxFlags.AT_EMPTY_PATH : LinuxFlags.AT_SYMLINK_NOFOLLOW;
        int result = Libc.statx(fd, name, flags, LinuxFlags.STATX_BASIC_STATS, buffer);
        return result < 0 ? new Result(EMPTY, -result) : new Result(decode(buffer), 0);
    }

    private static final FileStatus EMPTY = new FileStatus(0, 0, 0, 0, 0, 0, 0);

    /** A status, or the error number for which there is none. */
    record Result(FileStatus status, int errno) {}

    /** Whether both are of one and the same file, whatever its names. */
    public boolean isSameFile(FileStatus other) {
        return device == other.device && inode == other.inode;
    }

    boolean isRegularFile() {
        return (mode & LinuxFlags.S_IFMT) == LinuxFlags.S_IFREG;
    }

    boolean isDirectory() {
        return (mode & LinuxFlags.S_IFMT) == LinuxFlags.S_IFDIR;
    }

    boolean isLink() {
        return (mode & LinuxFlags.S_IFMT) == LinuxFlags.S_IFLNK;
    }

    /** Whether anybody but the owner may do anything with it. */
    boolean isOpenToOthers() {
        return (mode & 0077) != 0;
    }

    private static FileStatus decode(MemorySegment buffer) {
        long device = Integer.toUnsignedLong(buffer.get(ValueLayout.JAVA_INT, DEVICE_MAJOR)) << 32
                | Integer.toUnsignedLong(buffer.get(ValueLayout.JAVA_INT, DEVICE_MINOR));
        return new FileStatus(device, buffer.get(ValueLayout.JAVA_LONG, INODE),
                Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, MODE)),
                buffer.get(ValueLayout.JAVA_INT, USER_ID), buffer.get(ValueLayout.JAVA_INT, LINKS),
                buffer.get(ValueLayout.JAVA_LONG, SIZE), buffer.get(ValueLayout.JAVA_LONG, BLOCKS) * BLOCK_BYTES);
    }
}
