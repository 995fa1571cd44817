package dev.hearth.store.table;

/**
 * What a table is made for.
 *
 * @param uuidHi     upper half of the uuid of the store
 * @param uuidLo     lower half
 * @param maxEntries entries that the table has room for
 * @param hashSeed   seed of the choice of buckets
 */
record TableIdentity(long uuidHi, long uuidLo, long maxEntries, long hashSeed) {
    TableIdentity {
        if (maxEntries < 1 || maxEntries > TableDescriptor.MAX_ENTRIES) {
            throw new IllegalArgumentException("maxEntries=" + maxEntries);
        }
    }
}
