package dev.hearth.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where the fixed-width codes of a plane lie, what they mean, and how far its escapes are used. Reusable, to make no
 * garbage; one thread.
 */
final class FixedPlane {
    // Fewer escapes than a register holds, and as much room again behind them.
    private final MemorySegment rest = Arena.ofAuto().allocate(2 * FixedWidth.GROUP_BYTES, FixedWidth.GROUP_BYTES);
    private long[] words = new long[0];
    private MemorySegment source = MemorySegment.NULL;
    private CodeWindow window = CodeWindow.of(1, 0);
    private long codesOffset;
    private long escapesOffset;
    private long escapesEnd;
    private int elements;
    private int rowBytes;

    private long codes;
    private long next;
    private long end;
    private long readableEnd;
    private boolean moved;

    /** Codes of so many groups of 64 at an offset of the source. */
    FixedPlane of(MemorySegment source, CodeWindow window, long codesOffset, int groups) {
        this.source = source;
        this.window = window;
        this.codesOffset = codesOffset;
        elements = groups * FixedWidth.GROUP_BYTES;
        rowBytes = FixedWidth.rowBytes(elements);
        return this;
    }

    /** Where in the source the escapes are; nothing of them is used from the end on. */
    FixedPlane escapes(long start, long end) {
        escapesOffset = start;
        escapesEnd = end;
        return this;
    }

    /** Checks that codes and escapes lie in the source, and goes to the first escape. */
    void start() {
        codes = NativeMemory.readable(source, codesOffset, FixedWidth.codeBytes(elements, window.width()));
        next = NativeMemory.readable(source, escapesOffset, escapesEnd - escapesOffset);
        end = next + escapesEnd - escapesOffset;
        readableEnd = next + source.byteSize() - escapesOffset;
        moved = false;
    }

    /**
     * Goes on where more can be read than the escapes that are left, fewer than {@value FixedWidth#GROUP_BYTES}.
     *
     * @return false if that was done before, or more escapes were used than there are
     */
    boolean moveRest() {
        long left = end - next;
        if (moved || left < 0) {
            return false;
        }
        MemorySegment.copy(source, escapesEnd - left, rest, 0, left);
        next = rest.address();
        end = next + left;
        readableEnd = next + rest.byteSize();
        moved = true;
        return true;
    }

    /** Lets go of the caller's segment. */
    void clear() {
        source = MemorySegment.NULL;
    }

    CodeWindow window() {
        return window;
    }

    /** Bytes of a row: see {@link FixedWidth}. */
    int rowBytes() {
        return rowBytes;
    }

    /** Elements of a row; 0 if the plane has ended before it. */
    int rowElements(int row) {
        return Math.clamp(elements - (long) row * rowBytes, 0, rowBytes);
    }

    /** The bytes of the plane. */
    int elements() {
        return elements;
    }

    /** Address of the vector that holds the field of four bits of a row; that of the first one if there is none. */
    long four(int row) {
        return codes + ((window.width() & 4) == 0 ? 0 : (long) (row >> 1) * rowBytes);
    }

    /** The same for the field of two bits. */
    long two(int row) {
        return codes + ((window.width() & 2) == 0 ? 0 : (long) ((window.width() & 4) + (row >> 2)) * rowBytes);
    }

    /** The same for the field of one bit. */
    long one() {
        return codes + ((window.width() & 1) == 0 ? 0 : (long) (window.width() & 6) * rowBytes);
    }

    /** Address of the next escape. */
    long next() {
        return next;
    }

    /** Says which escape is the next. */
    void next(long address) {
        next = address;
    }

    /** The last address from which so many bytes can be read, be they escapes or not. */
    long lastOf(int bytes) {
        return readableEnd - bytes;
    }

    /** The address behind the last escape. */
    long end() {
        return end;
    }

    /** Where in the source the escapes end that were used, or -1 if that is more than there are. */
    long used() {
        return next > end ? -1 : escapesEnd - (end - next);
    }

    /** Working memory of at least so many words, with anything in it. */
    long[] words(int count) {
        if (words.length < count) {
            words = new long[count];
        }
        return words;
    }
}
