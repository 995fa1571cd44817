package dev.hearth.store.segment;

import dev.hearth.store.Kind;

/** Makes room when no free segment suits. Any thread; called without any lock. */
public interface Room {
    /** Makes none. */
    Room NONE = new Room() {
        @Override
        public boolean make(Kind kind, int segments) {
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
     * Tries to make so many adjacent segments free; whether there is reason to look again. Others may be faster.
     */
    boolean make(Kind kind, int segments);

    /** A put has taken a segment: room for the next may be made now, without waiting for anybody. Does not throw. */
    void ahead(Kind kind);

    /** Who has what, for the message of an error. */
    String holders();
}
