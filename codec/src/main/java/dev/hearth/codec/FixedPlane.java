package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where the fixed-width codes of a plane lie and what they mean. Reusable, to make no garbage; one thread. */
final class FixedPlane {
    // Fewer escapes than a register holds, and as much room again behind them.
    private final MemorySegment rest = Arena.ofAuto().allocate(2 * FixedWidth.GROUP_BYTES, FixedWidth.GROUP_BYTES);
    private MemorySegment source = MemorySegment.NULL;
    private CodeWindow window = CodeWindow.of(1, 0);
    private long codes;
    private long escapes;
    private long escapesEnd;
    private int groups;

    /** Groups of 64 codes at an offset of the source. */
    FixedPlane of(MemorySegment source, CodeWindow window, long codes, int groups) {
        this.source = source;
        this.window = window;
        this.codes = codes;
        this.groups = groups;
        return this;
    }

    /** Where in the source the escapes are; nothing of them is read from the end on. */
    FixedPlane escapes(long start, long end) {
        escapes = start;
        escapesEnd = end;
        return this;
    }

    /** Copies the last escapes, fewer than {@value FixedWidth#GROUP_BYTES}, to memory that goes on behind them. */
    MemorySegment moveRest(long from) {
        MemorySegment.copy(source, from, rest, 0, escapesEnd - from);
        return rest;
    }

    /** Lets go of the caller's segment. */
    void clear() {
        source = MemorySegment.NULL;
    }

    MemorySegment source() {
        return source;
    }

    CodeWindow window() {
        return window;
    }

    long codes() {
        return codes;
    }

    long escapes() {
        return escapes;
    }

    long escapesEnd() {
        return escapesEnd;
    }

    int groups() {
        return groups;
    }
}
