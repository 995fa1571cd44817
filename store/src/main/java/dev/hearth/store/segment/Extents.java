package dev.hearth.store.segment;

import dev.hearth.store.Kind;

/** Gives out extents. Any thread may call. */
interface Extents {
    /**
     * Reserves an extent of at least {@code bytes}, and one line of the directory of its segment, and holds the
     * segment until {@link #letGo}.
     *
     * @throws dev.hearth.store.HearthException.Full if there is no room
     */
    Extent reserve(Kind kind, long bytes);

    /**
     * Gives back what lies behind the first {@code usedBytes} of an extent, as far as nothing was reserved behind it.
     */
    Extent shrink(Extent extent, long usedBytes);

    /** Lets others reserve behind a {@linkplain Extent#fresh() fresh} extent. Does nothing for another. */
    void share(Extent extent);

    /** To be called by a put behind {@link #share} of a fresh extent: others may make room for the next. */
    void ahead(Kind kind);

    /** Gives up the hold of an extent: once what is in it was made visible, or never will be. */
    void letGo(int segment, int hold);
}
