package dev.hearth.store.io;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * Native memory of one thread for system calls: where the error number goes, a place for structures, a copy buffer.
 *
 * <p>
 * The garbage collector frees it after the thread. No method that uses the structure or the buffer calls another that
 * does.
 */
final class Scratch {
    /** Enough for every structure that a system call here fills. */
    static final long STRUCTURE_BYTES = 512;
    /** Length of the copy buffer. */
    static final long BUFFER_BYTES = 64 * 1024;

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    private final MemorySegment callState;
    private final MemorySegment structure;
    private MemorySegment buffer = MemorySegment.NULL;

    private Scratch() {
        Arena arena = Arena.ofAuto();
        callState = arena.allocate(Linker.Option.captureStateLayout());
        structure = arena.allocate(STRUCTURE_BYTES, 64);
    }

    static MemorySegment callState() {
        return OF_THREAD.get().callState;
    }

    /** {@value #STRUCTURE_BYTES} bytes with undefined content. */
    static MemorySegment structure() {
        return OF_THREAD.get().structure;
    }

    /** {@value #BUFFER_BYTES} bytes with undefined content, between which and the heap bytes are copied. */
    static MemorySegment buffer() {
        Scratch own = OF_THREAD.get();
        if (own.buffer.byteSize() == 0) {
            own.buffer = Arena.ofAuto().allocate(BUFFER_BYTES, 4096);
        }
        return own.buffer;
    }
}
