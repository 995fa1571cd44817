package dev.hearth.store.index;

import java.util.UUID;

/**
 * What an index is built for.
 *
 * @param storeId    identity of the store; an index of another store is refused
 * @param maxEntries entries that a generation created with these settings has room for; one that is opened keeps the
 *                   number it was created with
 */
public record IndexSettings(UUID storeId, long maxEntries) {
    /** The most entries one index can be built for. */
    public static final long MAX_ENTRIES = 1L << 30;

    /** Checks the range of {@code maxEntries}. */
    public IndexSettings {
        if (maxEntries < 1 || maxEntries > MAX_ENTRIES) {
            throw new IllegalArgumentException("maxEntries=" + maxEntries);
        }
    }
}
