package dev.hearth.perf.compare.peer;

import java.lang.foreign.MemorySegment;

/** What one thread does with a store. Keys are made of a number, 16 bytes where the store takes bytes. */
public interface Session extends AutoCloseable {
    /** The first eight bytes of a value, seen where it lies if the store lets one; {@link Peer#ABSENT} if absent. */
    long hit(long id);

    /** Copies a value into {@code target} and returns its first eight bytes; {@link Peer#ABSENT} if absent. */
    long read(long id, MemorySegment target);

    /** Copies the part of a value that starts at {@code offset}, and returns its first eight bytes. */
    default long range(long id, long offset, MemorySegment target) {
        throw new UnsupportedOperationException("ranges");
    }

    /** As {@link #hit}, asking for the value to be computed if it is absent. */
    default long compute(long id) {
        throw new UnsupportedOperationException("computing");
    }

    /** Puts a value; when this returns it survives the death of the process, if the store can do that at all. */
    void put(long id, MemorySegment value);

    @Override
    default void close() {}
}
