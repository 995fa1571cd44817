package dev.hearth.store.io;

import java.lang.foreign.MemorySegment;
import org.agrona.UnsafeApi;

/**
 * Aligned little-endian words at bare addresses of mapped memory: for the one path where it counts that an access is
 * one instruction and not twenty.
 *
 * <p>
 * A memory segment checks with each access that it is still mapped, that the place is within it and aligned, and of
 * which class it is. Here the caller answers for all that: he keeps the memory mapped meanwhile, and computes addresses
 * from nothing that he has not compared with a limit. Only the loss of bytes that were cut off a file is still an
 * {@code InternalError}, as with a segment. Both processors on which this runs are little-endian. Any thread.
 */
public final class DirectWords {
    /** {@link #addressOf}: memory that has no address. */
    public static final long NOWHERE = 0;

    private DirectWords() {}

    /** Where memory starts, if that is a multiple of eight bytes; {@link #NOWHERE} if it is on the heap. */
    public static long addressOf(MemorySegment memory) {
        return memory.isNative() && memory.address() % Long.BYTES == 0 ? memory.address() : NOWHERE;
    }

    /** A plain load. */
    public static long get(long address) {
        return UnsafeApi.getLong(address);
    }

    /** A load with acquire order. */
    public static long getAcquire(long address) {
        return UnsafeApi.getLongAcquire(null, address);
    }

    /** An opaque load. */
    public static long getOpaque(long address) {
        return UnsafeApi.getLongOpaque(null, address);
    }

    /** A volatile load. */
    public static long getVolatile(long address) {
        return UnsafeApi.getLongVolatile(null, address);
    }

    /** A plain store. */
    public static void set(long address, long value) {
        UnsafeApi.putLong(address, value);
    }

    /** A byte, with a plain load. */
    public static byte getByte(long address) {
        return UnsafeApi.getByte(address);
    }

    /** Stores a byte, with a plain store. */
    public static void setByte(long address, byte value) {
        UnsafeApi.putByte(address, value);
    }

    /** Half a word, with a plain load. */
    public static int getInt(long address) {
        return UnsafeApi.getInt(address);
    }

    /** Half a word, with a store with release order. */
    public static void setIntRelease(long address, int value) {
        UnsafeApi.putIntRelease(null, address, value);
    }

    /** Half a word, with a volatile store. */
    public static void setIntVolatile(long address, int value) {
        UnsafeApi.putIntVolatile(null, address, value);
    }

    /** Replaces a word if it is as expected, with a full fence; says whether it did. */
    public static boolean compareAndSet(long address, long expected, long value) {
        return UnsafeApi.compareAndSetLong(null, address, expected, value);
    }

    /** A store with release order. */
    public static void setRelease(long address, long value) {
        UnsafeApi.putLongRelease(null, address, value);
    }

    /** An opaque store. */
    public static void setOpaque(long address, long value) {
        UnsafeApi.putLongOpaque(null, address, value);
    }
}
