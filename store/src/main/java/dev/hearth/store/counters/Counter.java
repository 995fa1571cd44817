package dev.hearth.store.counters;

/**
 * What each attachment counts. The sum over all slots is that of the store since the counters file was created.
 *
 * <p>
 * The order is part of the layout of the file; a file of another order is replaced.
 */
public enum Counter {
    /** Gets that found an entry. */
    HITS("hits", 8),
    /** Gets that found none. */
    MISSES("misses", 8),
    /** Bytes handed to callers. */
    BYTES_READ("bytesRead", 8),
    /** Pages of values loaded and checked, encoded or not. */
    PAGES_READ("pagesRead", 4),
    /** Pages of compact values loaded, checked and decoded, into frames or privately. */
    PAGES_DECODED("pagesDecoded", 4),
    /** Frames filled less frames emptied; of one attachment alone it may be negative. */
    FRAMES_RESIDENT("framesResident", 4),
    /** Frames whose page gave way to another one. */
    FRAMES_EVICTED("framesEvicted", 4),
    /** Times that a reader waited for another one to decode the page. */
    FRAME_WAITS("frameWaits", 4),
    /** Pages decoded privately: every frame they could go to was held, or whoever decodes them did not get on. */
    FRAMES_REFUSED("framesRefused", 4),
    /** Entries put. */
    PUTS("puts", 1),
    /** Bytes of values put. */
    BYTES_PUT("bytesPut", 1),
    /** Bytes those took in the store. */
    BYTES_STORED("bytesStored", 1),
    /** Entries removed on request. */
    REMOVES("removes", 1),
    /** Entries dropped to make room. */
    EVICTIONS("evictions", 1),
    /** Entries that were moved to make room. */
    MOVES("moves", 1),
    /** Bytes that these took. */
    BYTES_MOVED("bytesMoved", 1),
    /** Segments released. */
    SEGMENTS_RELEASED("segmentsReleased", 1),
    /** Puts refused because another key has the same digest. */
    DIGEST_COLLISIONS("digestCollisions", 1),
    /** Structures found damaged. */
    DAMAGE("damage", 1),
    /** Times that what somebody began and did not finish was redone. */
    REDO("redo", 1),
    /** Generations of the persistent index built from the start. */
    INDEX_REBUILDS("indexRebuilds", 1),
    /** Checkpoints written. */
    CHECKPOINTS("checkpoints", 1),
    /** Times the log was synced. */
    LOG_SYNCS("logSyncs", 1),
    /** Calls that ended with Busy. */
    BUSY("busy", 1),
    /** Calls that ended with Full. */
    FULL("full", 1),
    /** Times an attachment was opened. */
    ATTACHES("attaches", 1),
    /** Parameters that were moved, so that their segments could go; their bytes are in {@link #BYTES_MOVED}. */
    PARAMETERS_MOVED("parametersMoved", 1),
    /** Bytes of blocks of free segments that were given back to the file system. */
    BYTES_GIVEN_BACK("bytesGivenBack", 1),
    /** Microseconds that syncs of the log took, together. */
    LOG_SYNC_MICROS("logSyncMicros", 1),
    /** Microseconds that writing checkpoints took, the sync of the data in front of them included. */
    CHECKPOINT_MICROS("checkpointMicros", 1),
    /** Microseconds that redoing took, under the writer lock. */
    REDO_MICROS("redoMicros", 1),
    /** Microseconds that building generations of the persistent index took. */
    INDEX_REBUILD_MICROS("indexRebuildMicros", 1),
    /** Huge pages that bytes of the store were moved into, or found in. */
    HUGE_PAGES("hugePages", 1);

    private final String label;
    private final int stripes;

    Counter(String label, int stripes) {
        this.label = label;
        this.stripes = stripes;
    }

    /** Its name in labels and in JSON. */
    public String label() {
        return label;
    }

    /** Over how many places an attachment spreads it, so that threads do not wait for each other; a power of two. */
    int stripes() {
        return stripes;
    }
}
