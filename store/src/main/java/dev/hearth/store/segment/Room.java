package dev.hearth.store.segment;

import dev.hearth.store.Kind;

/** Makes room when no free segment suits. Any thread; called without any lock. */
public interface Room {
    /** Makes none. */
    Room NONE = new Room() {
        @Override
        public boolean make(Kind kind, int segments, int kept) {
            return false;
        }

        @Override
        public void ahead(Kind kind) {}

        @Override
        public String holders() {
            return "";
        }
    };

    /**
     * Tries to make so many adjacent segments free, beside {@code kept} that are to stay free; whether there is reason
     * to look again. Others may be faster.
     *
     * <p>
     * With {@code kept} above 1 there may be room in any case, so nobody is waited for who is making some.
     */
    boolean make(Kind kind, int segments, int kept);

    /** A put has taken a segment: room for the next may be made now, without waiting for anybody. Does not throw. */
    void ahead(Kind kind);

    /** Who has what, for the message of an error. */
    String holders();
}
