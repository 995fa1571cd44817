package dev.hearth.store.frame;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Access to aligned little-endian words of shared memory: coordinates are a memory segment and an offset in bytes. */
final class Words {
    static final ValueLayout.OfLong LONG_LAYOUT = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT_LAYOUT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT_LAYOUT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong UNALIGNED_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt UNALIGNED_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG = LONG_LAYOUT.varHandle().withInvokeExactBehavior();
    static final VarHandle INT = INT_LAYOUT.varHandle().withInvokeExactBehavior();
    static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle().withInvokeExactBehavior();

    private Words() {}

    /**
     * Replaces {@code expected}; returns whether it was there. The load comes first because a compare-and-set of the
     * interpreter does not survive a truncated file.
     */
    static boolean replace(MemorySegment memory, long offset, long expected, long value) {
        return (long) LONG.getVolatile(memory, offset) == expected
                && LONG.compareAndSet(memory, offset, expected, value);
    }
}
