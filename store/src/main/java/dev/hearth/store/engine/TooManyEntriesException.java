package dev.hearth.store.engine;

/** The table has no room for more entries until others go. */
final class TooManyEntriesException extends IllegalStateException {
    private static final long serialVersionUID = 1;
    private final long added;

    TooManyEntriesException(long entries, long added, long maxEntries) {
        super("too many entries: entries=" + entries + " added=" + added + " maxEntries=" + maxEntries);
        this.added = added;
    }

    /** For how many there has to be room. */
    long added() {
        return added;
    }
}
