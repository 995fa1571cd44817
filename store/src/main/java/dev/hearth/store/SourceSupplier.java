package dev.hearth.store;

import java.io.IOException;

/** Says where a value that the store has not, and that need not fit into memory, is to be read from. */
@FunctionalInterface
public interface SourceSupplier {
    /**
     * A source that yields the value from its start; asked for again should the value have to be written again.
     *
     * @throws IOException to the caller of {@code getOrCompute} in this thread, and to nobody else
     */
    ValueSource open() throws IOException;
}
