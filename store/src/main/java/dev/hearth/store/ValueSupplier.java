package dev.hearth.store;

import java.lang.foreign.MemorySegment;

/**
 * Computes a value that the store has not.
 *
 * @param <E> what it throws
 */
@FunctionalInterface
public interface ValueSupplier<E extends Exception> {
    /**
     * Computes the value, in memory that stays as it is until the call it was given to returns; the store copies it.
     *
     * @throws E to the caller of {@code getOrCompute} in this thread, and to nobody else
     */
    MemorySegment compute() throws E;
}
