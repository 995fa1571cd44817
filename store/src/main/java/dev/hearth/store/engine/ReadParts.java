package dev.hearth.store.engine;

/**
 * What reads and leases work with.
 *
 * @param lookups     finds entries
 * @param contexts    working memory
 * @param pages       the bytes of values
 * @param generations says which generation of a segment is there
 * @param references  hears which entries were used
 * @param events      counts
 * @param damage      hears of what is damaged
 */
record ReadParts(Lookups lookups, ReadContext.Pool contexts, ValuePages pages, Reads.Generations generations,
        References references, Events events, Damage damage) {}
