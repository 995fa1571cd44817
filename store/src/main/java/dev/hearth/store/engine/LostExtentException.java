package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;

/** The segment into which an entry was written was given back before it was committed: it has to be written anew. */
final class LostExtentException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    LostExtentException(EntryDescriptor entry) {
        super("not committed, the space of the value was given back: segment=" + entry.segment() + " generation="
                + Long.toUnsignedString(entry.generation()));
    }
}
