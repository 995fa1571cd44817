package dev.hearth.store;

import java.util.Map;

/**
 * The state of a store and what was done with it, over all processes and since its creation where it counts events.
 *
 * @param entries          entries that are there
 * @param logicalBytes     bytes of their values
 * @param storedBytes      what they take in the data file: headers, page tables, pages, padding
 * @param capacityBytes    size of the data file
 * @param allocatedBytes   part of it that the file system gave blocks to
 * @param segmentBytes     unit of giving out and taking back space
 * @param pageBytes        unit of encoding, checksum and loading
 * @param maxEntries       the most entries
 * @param segments         segments of the data file
 * @param freeSegments     segments that hold nothing
 * @param deadBytes        bytes of removed and overwritten entries that have not come back yet, of values that were
 *                         never finished, of headers and of directories
 * @param freeBytes        bytes that were given to nothing yet: free segments, and what is left of others
 * @param heldBytes        what would be free but for somebody who makes a segment ready or gives it back at this
 *                         moment; while nobody writes, {@code freeBytes + storedBytes + deadBytes + heldBytes} is
 *                         {@code capacityBytes}
 * @param version          the newest version that is visible
 * @param indexedVersion   the newest version that the persistent index has
 * @param indexGeneration  generation of the persistent index; 0 if there is none yet
 * @param tableLoad        part of the slots of the lookup table that is taken, 0 to 1
 * @param namespaces       namespaces that are there
 * @param processes        attached processes that are alive
 * @param logFiles         files of the consistency log
 * @param logBytes         bytes of records in the newest of them
 * @param checkpointVersion version of the newest checkpoint; 0 if there is none
 * @param readOnlyFallback whether these figures come from a private table because there is no shared one
 * @param counters         events by name, such as {@code hits}, {@code misses}, {@code pagesDecoded}
 */
public record StoreStats(long entries, long logicalBytes, long storedBytes, long capacityBytes, long allocatedBytes,
        long segmentBytes, int pageBytes, long maxEntries, int segments, int freeSegments, long deadBytes,
        long freeBytes, long heldBytes, long version,
        long indexedVersion, long indexGeneration, double tableLoad, int namespaces, int processes, int logFiles,
        long logBytes, long checkpointVersion, boolean readOnlyFallback, Map<String, Long> counters) {

    /** Copies the counters. */
    public StoreStats {
        counters = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(counters));
    }

    /** An event counter; 0 if it never happened. */
    public long counter(String name) {
        return counters.getOrDefault(name, 0L);
    }

    /** Hits over lookups, 0 to 1; 0 before the first lookup. */
    public double hitRatio() {
        long hits = counter("hits");
        long lookups = hits + counter("misses");
        return lookups == 0 ? 0 : (double) hits / lookups;
    }
}
