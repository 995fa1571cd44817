package dev.hearth.store.io;

import dev.hearth.store.HearthException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A range of an open file, mapped shared into memory: exactly the file whose descriptor was checked.
 *
 * <p>
 * The range must lie within the file, so that touching it does not fault, and a range mapped for writing is given
 * blocks first, so that a full disk is an error here and no fault later. Should somebody truncate the file
 * afterwards, touching what is gone throws {@link InternalError} as long as it is touched by {@code
 * MemorySegment.copy} or scalar access; anything native (checksums, vector loads, foreign calls) kills the JVM and
 * must see private copies only. Compiled code goes on for some instructions before the error is thrown, with whatever
 * was in the register: nothing that was loaded is to be believed before it was checked, and the error can come out of
 * a statement behind the access.
 *
 * <p>
 * Any thread may use the segment. {@link #close} unmaps: a segment used later throws {@link IllegalStateException};
 * whoever holds the bare address must have stopped before. The file may be closed earlier. Closing costs a handshake
 * with all threads, some 50 µs.
 */
public final class MappedRegion implements AutoCloseable {
    private static final int MADV_POPULATE_READ = 22;
    private static final int MADV_POPULATE_WRITE = 23;
    private static final int MADV_COLLAPSE = 25;
    /** Volatile, because the compiler drops a plain load that nobody uses. */
    private static final VarHandle BYTES = ValueLayout.JAVA_BYTE.varHandle();

    private final Arena arena;
    private final Access access;
    /** The whole pages that are mapped; the range asked for is a slice of them. */
    private final MemorySegment pages;
    private final MemorySegment segment;

    private MappedRegion(Arena arena, Access access, MemorySegment pages, MemorySegment segment) {
        this.arena = arena;
        this.access = access;
        this.pages = pages;
        this.segment = segment;
    }

    /** What may be done with a mapped range. */
    public enum Access {
        /** Stores throw {@link IllegalArgumentException}; native ones would fault. */
        READ,
        /** Loads and stores, seen at once by every process that maps the same bytes. */
        READ_WRITE
    }

    /** What is going to be done with a range, so that the kernel can read ahead, or not. */
    public enum Advice {
        /** The kernel's own reading ahead. */
        NORMAL(0),
        /** Nothing is read ahead. */
        RANDOM(1),
        /** Much is read ahead. */
        SEQUENTIAL(2),
        /** The range is read in now, in the background. */
        WILL_NEED(3),
        /** Huge pages where the file system has them. */
        HUGE_PAGES(14),
        /** Left out of core dumps. */
        NO_DUMP(16);

        private final int number;

        Advice(int number) {
            this.number = number;
        }
    }

    /** What came of moving bytes into a huge page. */
    public enum Collapse {
        /** They are in one. */
        MOVED,
        /** Somebody is using them in a way that does not allow it. */
        NOT_NOW,
        /** There is no huge page to be had. */
        NONE_LEFT,
        /** The kernel or the file system does not have that. */
        IMPOSSIBLE
    }

    /**
     * Maps {@code lengthBytes} at {@code offsetBytes} of the file; neither has to be a multiple of a page.
     *
     * @throws HearthException.Corrupt if the range does not lie within the file
     * @throws HearthException.Full    if it is mapped for writing, has holes, and there is no space for them
     */
    public static MappedRegion map(PosixFile file, Access access, long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes <= 0 || offsetBytes > Long.MAX_VALUE - lengthBytes) {
            throw new IllegalArgumentException("offsetBytes=" + offsetBytes + " lengthBytes=" + lengthBytes);
        }
        checkWithin(file, access == Access.READ_WRITE, offsetBytes, lengthBytes);
        return mapRange(file, access, offsetBytes, lengthBytes);
    }

    /**
     * Maps a range for loads and stores as {@link #map} does, but gives no blocks to its holes: the caller does that
     * with {@link PosixFile#allocate} before it touches them.
     */
    public static MappedRegion mapWithHoles(PosixFile file, long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes <= 0 || offsetBytes > Long.MAX_VALUE - lengthBytes) {
            throw new IllegalArgumentException("offsetBytes=" + offsetBytes + " lengthBytes=" + lengthBytes);
        }
        checkWithin(file, false, offsetBytes, lengthBytes);
        return mapRange(file, Access.READ_WRITE, offsetBytes, lengthBytes);
    }

    private static MappedRegion mapRange(PosixFile file, Access access, long offsetBytes, long lengthBytes) {
        long before = offsetBytes % Host.pageBytes();
        MemorySegment bare = mapPages(file, access, offsetBytes - before, lengthBytes + before);
        Arena arena = Arena.ofShared();
        MemorySegment pages = attach(bare, arena);
        MemorySegment segment = pages.asSlice(before, lengthBytes);
        return new MappedRegion(arena, access, pages, access == Access.READ ? segment.asReadOnly() : segment);
    }

    private static void checkWithin(PosixFile file, boolean fillHoles, long offsetBytes, long lengthBytes) {
        FileStatus status = file.status();
        if (status.sizeBytes() < offsetBytes + lengthBytes) {
            throw new HearthException.Corrupt("length of the file", file.path(), status.sizeBytes(),
                    "at least " + (offsetBytes + lengthBytes) + " bytes", status.sizeBytes() + " bytes");
        }
        // A file with fewer blocks than bytes has holes somewhere. Allocating what is allocated is quick and harmless.
        if (fillHoles && status.allocatedBytes() < status.sizeBytes()) {
            file.allocate(offsetBytes, lengthBytes);
        }
    }

    private static MemorySegment mapPages(PosixFile file, Access access, long offsetBytes, long lengthBytes) {
        int protection = access == Access.READ ? LinuxFlags.PROT_READ : LinuxFlags.PROT_READ | LinuxFlags.PROT_WRITE;
        int fd = file.descriptor().enter();
        try {
            long address = lengthBytes < HugePages.BYTES
                    ? Libc.mmap(lengthBytes, protection, LinuxFlags.MAP_SHARED, fd, offsetBytes)
                    : mapAligned(lengthBytes, protection, fd, offsetBytes);
            if (address < 0) {
                throw Failures.ofRange(file.path(), "mmap", (int) -address, offsetBytes, lengthBytes);
            }
            return resize(MemorySegment.ofAddress(address), lengthBytes);
        } finally {
            file.descriptor().leave();
        }
    }

    /**
     * Maps where huge pages of the file can be huge pages of the memory: the kernel chooses such a place by itself only
     * for some file systems. Returns the address or the negated error number.
     */
    private static long mapAligned(long lengthBytes, int protection, int fd, long offsetBytes) {
        long room = Math.ceilDiv(lengthBytes, Host.pageBytes()) * Host.pageBytes() + HugePages.BYTES;
        long start = Libc.mmap(room, LinuxFlags.PROT_NONE,
                LinuxFlags.MAP_PRIVATE | LinuxFlags.MAP_ANONYMOUS | LinuxFlags.MAP_NORESERVE, -1, 0);
        if (start < 0) {
            return start;
        }
        long before = offsetBytes - start & (HugePages.BYTES - 1);
        long address = Libc.mmap(start + before, lengthBytes, protection, LinuxFlags.MAP_SHARED | LinuxFlags.MAP_FIXED,
                fd, offsetBytes);
        if (address < 0) {
            int _ = Libc.munmap(start, room);
            return address;
        }
        if (before > 0) {
            int _ = Libc.munmap(start, before);
        }
        int _ = Libc.munmap(start + room - HugePages.BYTES + before, HugePages.BYTES - before);
        return address;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment resize(MemorySegment bare, long lengthBytes) {
        return bare.reinterpret(lengthBytes);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment attach(MemorySegment bare, Arena arena) {
        return bare.reinterpret(arena, gone -> {
            int _ = Libc.munmap(gone.address(), gone.byteSize());
        });
    }

    /** The mapped range; read-only if mapped so. */
    public MemorySegment segment() {
        return segment;
    }

    /** Its length in bytes. */
    public long lengthBytes() {
        return segment.byteSize();
    }

    /**
     * Tells the kernel what will be done with a part of the range, widened to whole pages.
     *
     * @return whether the kernel took the advice; it may not know it, or the file system may not
     */
    public boolean advise(Advice advice, long offsetBytes, long lengthBytes) {
        return lengthBytes == 0 || Libc.madvise(pagesOf(offsetBytes, lengthBytes), advice.number) >= 0;
    }

    /**
     * Maps the pages of a part of the range now, reading them in, so that touching them later does not fault.
     *
     * @throws InternalError if the file no longer has them
     */
    public void populate(long offsetBytes, long lengthBytes) {
        if (lengthBytes == 0) {
            return;
        }
        int advice = access == Access.READ ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
        int result = Libc.madvise(pagesOf(offsetBytes, lengthBytes), advice);
        if (result == -Errno.EINVAL) {
            touch(offsetBytes, lengthBytes);
        } else if (result < 0) {
            // The call says so without the fault that touching the page would be.
            throw new InternalError("a page of a mapping cannot be had: errno=" + -result + " reason="
                    + Errno.text(-result));
        }
    }

    /**
     * Has the kernel move the bytes of one huge page, which all have blocks, into a huge page, for all processes that
     * map them: {@code MADV_COLLAPSE}, since Linux 6.1. It takes a millisecond or some. Files in memory can have huge
     * pages, those on most disks get them otherwise or not at all.
     *
     * @param offsetBytes where it starts in the range; a multiple of {@link HugePages#BYTES} in the file
     */
    public Collapse collapse(long offsetBytes) {
        return switch (Libc.madvise(pagesOf(offsetBytes, HugePages.BYTES), MADV_COLLAPSE)) {
            case 0 -> Collapse.MOVED;
            case -Errno.EAGAIN, -Errno.EBUSY -> Collapse.NOT_NOW;
            case -Errno.ENOMEM -> Collapse.NONE_LEFT;
            default -> Collapse.IMPOSSIBLE;
        };
    }

    /** What {@link #populate} comes to on a kernel before 5.14. */
    private void touch(long offsetBytes, long lengthBytes) {
        for (long at = offsetBytes; at < offsetBytes + lengthBytes; at += Host.pageBytes()) {
            byte _ = (byte) BYTES.getVolatile(segment, at);
        }
    }

    private MemorySegment pagesOf(long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > segment.byteSize() - lengthBytes) {
            throw new IllegalArgumentException("offsetBytes=" + offsetBytes + " lengthBytes=" + lengthBytes
                    + " regionBytes=" + segment.byteSize());
        }
        long start = segment.address() - pages.address() + offsetBytes;
        long pageStart = start - start % Host.pageBytes();
        return pages.asSlice(pageStart, start + lengthBytes - pageStart);
    }

    /** Unmaps; again is no error. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
