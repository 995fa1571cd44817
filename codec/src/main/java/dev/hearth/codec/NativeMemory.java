package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * All of native memory as one constant segment, for loops whose ranges were checked before they started.
 *
 * <p>A segment asks at every access who may use it: {@code owner != null && owner != Thread.currentThread()}. The
 * compiler counts how often that is answered how for the whole process together, not for each loop. Where segments of
 * confined and of other arenas meet, it therefore takes the second question for a usual one, and hoists it out of
 * loops without the first (profiled loop predicates). For memory that has no owner the hoisted question fails, at
 * every call: the loop is thrown away, interpreted, compiled the same way again, and only after a hundred turns does
 * the compiler give up. For minutes, loops of this module then ran at a tenth of their speed, most of the time with
 * vectors as objects. The session of a constant is a constant: nothing is asked, nothing is counted, nothing hoisted.
 *
 * <p>Whoever takes an address keeps the segment reachable and open while it is used, and stays inside the range that
 * was asked for. Stateless.
 */
final class NativeMemory {
    @SuppressWarnings("restricted")
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong BIG_ENDIAN =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NativeMemory() {}

    /**
     * The address of a range that this thread may read.
     *
     * @throws IndexOutOfBoundsException if the range does not lie in the segment
     * @throws IllegalArgumentException if the segment is heap memory
     */
    static long readable(MemorySegment segment, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, segment.byteSize());
        if (!segment.isNative()) {
            throw new IllegalArgumentException("segment is heap memory, size=" + segment.byteSize());
        }
        if (length > 0) {
            // Refused here, once, if the segment is closed or another thread's.
            segment.get(BYTE, offset);
        }
        return segment.address() + offset;
    }

    /**
     * The address of a range that this thread may write.
     *
     * @throws IndexOutOfBoundsException if the range does not lie in the segment
     * @throws IllegalArgumentException if the segment is heap memory or read-only
     */
    static long writable(MemorySegment segment, long offset, long length) {
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException("segment is read-only, size=" + segment.byteSize());
        }
        return readable(segment, offset, length);
    }

    static int getByte(long address) {
        return ALL.get(BYTE, address) & 0xFF;
    }

    static void putByte(long address, int value) {
        ALL.set(BYTE, address, (byte) value);
    }

    static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /** As {@link #getLong} with the first byte the highest. */
    static long getLongBigEndian(long address) {
        return ALL.get(BIG_ENDIAN, address);
    }

    /** As {@link #putLong} with the first byte the highest. */
    static void putLongBigEndian(long address, long value) {
        ALL.set(BIG_ENDIAN, address, value);
    }
}
