package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A byte buffer over a stretch of native memory, kept from call to call, for interfaces that take nothing else.
 *
 * <p>Making a buffer of a segment costs an object each time. A window spans the two gigabytes from where it was first
 * needed, so that buffers that lie near each other, or the same buffer again, need none. The window itself owns and
 * guards nothing: whoever uses {@link #buffer()} touches only the bytes of the segment asked for, and keeps that
 * segment reachable meanwhile. One thread.
 */
final class NativeWindow {
    private static final long WINDOW_BYTES = Integer.MAX_VALUE - 8;

    private @Nullable ByteBuffer buffer;
    private long base;

    /**
     * Makes the window cover a range and returns where the range starts in {@link #buffer()}.
     *
     * @throws IllegalArgumentException if the segment is not native memory
     * @throws IndexOutOfBoundsException if the range does not lie in the segment
     */
    int cover(MemorySegment segment, long offsetBytes, long lengthBytes) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("segment is heap memory, size=" + segment.byteSize());
        }
        Objects.checkFromIndexSize(offsetBytes, lengthBytes, segment.byteSize());
        long address = segment.address() + offsetBytes;
        if (buffer == null || address < base || address + lengthBytes > base + WINDOW_BYTES) {
            move(address, lengthBytes);
        }
        return (int) (address - base);
    }

    /** The buffer that {@link #cover} placed. */
    ByteBuffer buffer() {
        ByteBuffer placed = buffer;
        if (placed == null) {
            throw new IllegalStateException("window covers nothing");
        }
        return placed;
    }

    @SuppressWarnings("restricted")
    private void move(long address, long lengthBytes) {
        if (lengthBytes > WINDOW_BYTES) {
            throw new IllegalArgumentException("lengthBytes=" + lengthBytes + " above " + WINDOW_BYTES);
        }
        buffer = MemorySegment.ofAddress(address).reinterpret(WINDOW_BYTES).asByteBuffer();
        base = address;
    }
}
