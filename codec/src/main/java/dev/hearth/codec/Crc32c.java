package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * A CRC32C (Castagnoli, RFC 3720) over native memory: of one range, or added up over several.
 *
 * <p>One thread. Calls make no garbage. The memory must be private to the process: a fault under a checksum ends the
 * JVM, so bytes of a mapped file go through {@link #updateCopying}, which copies first and sums the copy.
 */
public final class Crc32c {
    // Small enough that the copy is still in the first-level cache when it is summed.
    private static final long BLOCK_BYTES = 8 << 10;

    private final CRC32C crc = new CRC32C();
    private final NativeWindow window = new NativeWindow();
    private final ByteBuffer word = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** The checksum of a range alone; forgets what was added up before. */
    public int of(MemorySegment segment, long offsetBytes, long lengthBytes) {
        return reset().update(segment, offsetBytes, lengthBytes).value();
    }

    /** The checksum of a range, for cold paths that hold no instance. */
    public static int ofFresh(MemorySegment segment, long offsetBytes, long lengthBytes) {
        return new Crc32c().of(segment, offsetBytes, lengthBytes);
    }

    /** Starts a new sum. */
    public Crc32c reset() {
        crc.reset();
        return this;
    }

    /**
     * Adds a range to the sum.
     *
     * @throws IllegalArgumentException if the segment is not native memory
     */
    public Crc32c update(MemorySegment segment, long offsetBytes, long lengthBytes) {
        try {
            long done = 0;
            while (done < lengthBytes) {
                // The sum takes an int of bytes at a time.
                int step = (int) Math.min(lengthBytes - done, 1L << 30);
                int start = window.cover(segment, offsetBytes + done, step);
                ByteBuffer view = window.buffer();
                // The limit goes first: a position above the old limit is refused.
                view.limit(start + step);
                view.position(start);
                crc.update(view);
                done += step;
            }
        } finally {
            Reference.reachabilityFence(segment);
        }
        return this;
    }

    /** Adds the eight little-endian bytes of a word to the sum. */
    public Crc32c updateLong(long value) {
        word.putLong(0, value);
        word.clear();
        crc.update(word);
        return this;
    }

    /**
     * Copies a range into private memory and adds the copy to the sum, in one pass over memory.
     *
     * <p>The source may be a mapped file: it is touched by {@link MemorySegment#copy} only.
     */
    public Crc32c updateCopying(
            MemorySegment source, long sourceOffset, MemorySegment target, long targetOffset, long lengthBytes) {
        long done = 0;
        while (done < lengthBytes) {
            long step = Math.min(lengthBytes - done, BLOCK_BYTES);
            MemorySegment.copy(source, sourceOffset + done, target, targetOffset + done, step);
            update(target, targetOffset + done, step);
            done += step;
        }
        return this;
    }

    /** The sum so far. */
    public int value() {
        return (int) crc.getValue();
    }

    /** The stored form of a checksum: little-endian, anywhere. */
    public static final ValueLayout.OfInt LAYOUT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
}
