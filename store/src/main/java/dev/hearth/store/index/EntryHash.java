package dev.hearth.store.index;

import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A 64-bit hash of all bytes of a descriptor, never 0: what an index sums up to know what it holds. */
final class EntryHash {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long SEED = 0x9E3779B97F4A7C15L;

    private EntryHash() {}

    static long of(MemorySegment descriptor, long offset) {
        long hash = SEED;
        for (int at = 0; at < EntryLayout.BYTES; at += Long.BYTES) {
            hash = mix(hash ^ descriptor.get(LONG, offset + at));
        }
        return hash == 0 ? 1 : hash;
    }

    /** A bijection in which every bit depends on every other (the finalizer of MurmurHash3). */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }
}
