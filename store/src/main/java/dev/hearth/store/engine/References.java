package dev.hearth.store.engine;

/** Notes that entries were used, for whoever has to decide which may go. Any thread; takes no lock and never waits. */
interface References {
    /** Notes nothing. */
    References NONE = (segment, offsetUnits) -> {
    };

    /** The entry whose extent starts at this offset of the segment, in units of 64 bytes (unsigned), was used. */
    void touch(int segment, int offsetUnits);
}
