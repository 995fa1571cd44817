package dev.hearth.store.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads the small text files in which the kernel describes itself; they are the kernel's, so ownership is not
 * checked.
 */
final class ProcFiles {
    private ProcFiles() {}

    /** The first {@value Scratch#BUFFER_BYTES} bytes of a file. */
    static String read(Path path) {
        int fd;
        do {
            fd = Libc.open(LinuxFlags.AT_FDCWD, path.toString(), LinuxFlags.O_RDONLY | LinuxFlags.O_CLOEXEC, 0);
        } while (fd == -Errno.EINTR);
        if (fd < 0) {
            throw Failures.of(path, "open", -fd);
        }
        try {
            MemorySegment buffer = Scratch.buffer();
            long count;
            do {
                count = Libc.pread(fd, buffer, buffer.byteSize(), 0);
            } while (count == -Errno.EINTR);
            if (count < 0) {
                throw Failures.of(path, "read", (int) -count);
            }
            byte[] bytes = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
            return new String(bytes, StandardCharsets.US_ASCII);
        } finally {
            int _ = Libc.close(fd);
        }
    }
}
