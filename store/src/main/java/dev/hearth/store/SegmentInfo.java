package dev.hearth.store;

import org.jspecify.annotations.Nullable;

/**
 * A slice of the data file, and what is in it.
 *
 * @param segment     its index; the head of a run stands for all of it, members of runs are not listed
 * @param run         how many segments of the file it takes
 * @param state       what it is used for: free, claimed, open, sealed, released, ...; unknown without a shared mark
 * @param kind        of the entries in it; null if it has none
 * @param generation  how often it was given out, with the epoch in the upper bits
 * @param givenBytes  bytes from its start that were given out
 * @param entries     entries that are there
 * @param storedBytes what these take
 * @param usedEntries of those, how many were used since the hand passed them
 */
public record SegmentInfo(int segment, int run, String state, @Nullable Kind kind, long generation, long givenBytes,
        long entries, long storedBytes, long usedEntries) {}
