package dev.hearth.store.log;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Access to little-endian numbers at any offset. */
final class Bytes {
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private Bytes() {}

    /** The next multiple of {@code alignment}, a power of two. */
    static long align(long value, long alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
