package dev.hearth.store.engine;

import java.util.function.LongSupplier;

/**
 * What eviction works with.
 *
 * @param store     the open files
 * @param segments  the states of segments
 * @param committer commits moves and releases
 * @param releases  gives segments back
 * @param eviction  decides what stays
 * @param events    counts
 * @param clockMs   the time
 */
record SweepParts(Store store, MarkSegments segments, Committer committer, SegmentReleases releases,
        EvictionParts eviction, Events events, LongSupplier clockMs) {}
