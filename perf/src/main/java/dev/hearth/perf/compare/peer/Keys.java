package dev.hearth.perf.compare.peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Keys of 16 bytes that are made of numbers, in no order. */
public final class Keys {
    /** Length of a key. */
    public static final int BYTES = 16;

    private Keys() {}

    /** Spreads a number over 64 bits (Steele, Lea, Flood 2014). */
    public static long mix(long id) {
        long z = (id + 1) * 0x9E37_79B9_7F4A_7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }

    /** Writes the key of a number to the start of a segment, and returns it. */
    static MemorySegment write(long id, MemorySegment key) {
        key.set(ValueLayout.JAVA_LONG, 0, mix(id));
        key.set(ValueLayout.JAVA_LONG, Long.BYTES, id);
        return key;
    }
}
