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
 * @param durable   makes durable what was written
 * @param steps     hears how far it is
 */
record SweepParts(Store store, MarkSegments segments, Committer committer, SegmentReleases releases,
        EvictionParts eviction, Events events, LongSupplier clockMs, Durable durable, SweepStep.Listener steps) {

    /** Makes durable what was written, by whatever process. */
    interface Durable {
        /** All bytes of entries. */
        void syncData();

        /**
         * Everything that is visible, so that no recovery doubts it: data, then a mark in the log that says so, then
         * the log.
         */
        void syncAll();
    }
}
