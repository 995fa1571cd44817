package dev.hearth.perf.compare.peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Values of stores whose values are arrays. */
final class Arrays {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private Arrays() {}

    /** The first eight bytes. */
    static long first(byte[] value) {
        return (long) LONG.get(value, 0);
    }

    /** Copies a value and returns its first eight bytes. */
    static long copy(byte[] value, MemorySegment target) {
        MemorySegment.copy(value, 0, target, ValueLayout.JAVA_BYTE, 0, value.length);
        return first(value);
    }
}
