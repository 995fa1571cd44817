package dev.hearth.store.engine;

/** The steps in which space is given back, in their order; a process may die between any two of them. */
enum SweepStep {
    /** An activation segment takes no more entries and was looked through. */
    EVICT_CLOSED,
    /** What stays of it was copied. */
    EVICT_COPIED,
    /** The copies count. */
    EVICT_RELOCATED,
    /** Segments of parameters take no more entries and were looked through. */
    MOVE_FROZEN,
    /** What is in them was copied. */
    MOVE_COPIED,
    /** All bytes of entries that were written until then are durable. */
    DATA_SYNCED,
    /** The copies are durable. */
    MOVE_SYNCED,
    /** A record of the log is to be applied: its directory line is not yet written. */
    APPLYING,
    /** The copies count. */
    MOVE_RELOCATED,
    /** The log is durable up to what was its end. */
    LOG_SYNCED,
    /** The record that says so is durable, with all in front of it and all that they speak of. */
    MOVE_DURABLE,
    /** A segment is marked; the record of its release is not yet written. */
    RELEASE_MARKED,
    /** The release is in the log and not yet in the segment table. */
    RELEASE_LOGGED,
    /** It is in the segment table; the writer lock is still held. */
    RELEASE_APPLIED,
    /** What spoke of the segment is gone. */
    CLEANED,
    /** The segment is free. */
    FREED,
    /** The blocks of free segments are about to be given back. */
    GIVING_BACK,
    /** They were. */
    GIVEN_BACK;

    /** Hears of the steps; tests end the process in it. */
    @FunctionalInterface
    interface Listener {
        /** Does nothing. */
        Listener NONE = step -> {
        };

        void at(SweepStep step);
    }
}
