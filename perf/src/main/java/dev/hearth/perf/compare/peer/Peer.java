package dev.hearth.perf.compare.peer;

/**
 * A store under test, open in this process and set up as its own documentation recommends. Any thread may ask for a
 * session.
 */
public interface Peer extends AutoCloseable {
    /** What a session answers when there is no such entry. */
    long ABSENT = Long.MIN_VALUE;

    /** A way in for the calling thread; close it. */
    Session session();

    /** Puts the values from {@code from} to {@code to}, not included, in the way that is fastest for many. */
    default void load(Values values, long from, long to) {
        try (Session session = session()) {
            for (long id = from; id < to; id++) {
                session.put(id, values.of(id));
            }
        }
    }

    /** Ends what loading left to be done in the background, so that it is not measured with what comes next. */
    default void settle() {}

    /**
     * Has what was removed of the store and can be made anew made anew; returns how long that took.
     *
     * @throws UnsupportedOperationException if the store has nothing of the kind
     */
    default long rebuildNanos() {
        throw new UnsupportedOperationException("rebuilding");
    }

    @Override
    void close();
}
