package dev.hearth.store.table;

/**
 * Called by the lock holder after every single store to the shared memory, so that a test can look at the table, or let
 * the writer die, between any two of them.
 */
@FunctionalInterface
interface Steps {
    /** Outside of tests nothing happens between two stores. */
    Steps NONE = () -> {
    };

    /** One more store was made. */
    void stored();
}
