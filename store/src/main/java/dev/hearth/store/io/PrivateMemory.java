package dev.hearth.store.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Zeroed memory of this process alone, which the kernel gives page by page as it is touched, in huge pages where it has
 * them. Any thread. {@link #close} unmaps: whoever holds the bare address must have stopped before.
 */
public final class PrivateMemory implements AutoCloseable {
    private static final long HUGE_PAGE_BYTES = HugePages.BYTES;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private final Arena arena;
    private final MemorySegment segment;

    private PrivateMemory(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Memory of {@code bytes}, which starts at a cache line, and at a huge page if it is at least one; null if the
     * kernel gives none.
     */
    public static @Nullable PrivateMemory map(long bytes) {
        boolean huge = bytes >= HUGE_PAGE_BYTES;
        long mapped = huge ? bytes + HUGE_PAGE_BYTES : bytes;
        long address = Libc.mmap(mapped, LinuxFlags.PROT_READ | LinuxFlags.PROT_WRITE,
                LinuxFlags.MAP_PRIVATE | LinuxFlags.MAP_ANONYMOUS | LinuxFlags.MAP_NORESERVE, -1, 0);
        if (address < 0) {
            return null;
        }
        Arena arena = Arena.ofShared();
        MemorySegment whole = attach(address, mapped, arena);
        MemorySegment segment = whole.asSlice(huge ? -address & (HUGE_PAGE_BYTES - 1) : 0, bytes);
        if (huge) {
            int _ = Libc.madvise(segment, MADV_HUGEPAGE); // A kernel without them refuses, and that is all.
        }
        return new PrivateMemory(arena, segment);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment attach(long address, long bytes, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, gone -> {
            int _ = Libc.munmap(gone.address(), gone.byteSize());
        });
    }

    /** The memory. */
    public MemorySegment segment() {
        return segment;
    }

    /** Gives what was touched back to the kernel: all of it reads as zeros again. */
    public void forget() {
        int _ = Libc.madvise(segment, MADV_DONTNEED);
    }

    /** Unmaps; again is no error. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
