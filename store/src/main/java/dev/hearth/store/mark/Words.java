package dev.hearth.store.mark;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * How words of the mark file are loaded and stored: little-endian and aligned, so that processors share them whole.
 */
final class Words {
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Takes a segment and an offset in bytes. */
    static final VarHandle LONGS = LONG.varHandle();
    /** Takes a segment and an offset in bytes. */
    static final VarHandle INTS = INT.varHandle();

    private Words() {}
}
