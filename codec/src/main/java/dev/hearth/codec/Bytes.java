package dev.hearth.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian access to segments at any alignment. */
final class Bytes {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static int getByte(MemorySegment segment, long offset) {
        return segment.get(BYTE, offset) & 0xFF;
    }

    static void putByte(MemorySegment segment, long offset, int value) {
        segment.set(BYTE, offset, (byte) value);
    }

    static int getInt(MemorySegment segment, long offset) {
        return segment.get(INT, offset);
    }

    static void putInt(MemorySegment segment, long offset, int value) {
        segment.set(INT, offset, value);
    }

    static long getLong(MemorySegment segment, long offset) {
        return segment.get(LONG, offset);
    }

    static void putLong(MemorySegment segment, long offset, long value) {
        segment.set(LONG, offset, value);
    }

    /** A word that holds the same byte eight times. */
    static long broadcast(int value) {
        return (value & 0xFFL) * 0x0101010101010101L;
    }
}
