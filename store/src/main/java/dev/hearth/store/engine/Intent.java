package dev.hearth.store.engine;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.entry.EntryDescriptor;

/** What a caller wants to have committed, before it has a version and before the present state was looked at. */
sealed interface Intent {
    /**
     * An entry whose bytes are written. {@code namespaceVersion} is the commit that defined its namespace, 0 if that is
     * the same one.
     */
    @SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
    record Put(EntryDescriptor entry, byte[] key, long namespaceVersion) implements Intent {}

    /** An entry is to go, unless the number of its namespace was given to another one. */
    @SuppressWarnings("ArrayRecordComponent") // keys are shared, and by contract nobody writes them
    record Remove(long digestHi, long digestLo, int namespace, byte[] key, long namespaceVersion) implements Intent {}

    /** A namespace is to be there. */
    record Define(Fingerprint fingerprint) implements Intent {}

    /**
     * A namespace is to be there under this number, which nobody has yet; puts of the same transaction may be in it.
     */
    record DefineAs(int number, Fingerprint fingerprint) implements Intent {}

    /** A namespace is to go, unless its number was given to another one. */
    record End(int number, long namespaceVersion) implements Intent {}

    /** Nothing changes; the first record of a store says that it was created. */
    record Mark() implements Intent {}
}
