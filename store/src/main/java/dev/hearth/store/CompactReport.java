package dev.hearth.store;

/**
 * What gathering live entries in few segments came to.
 *
 * @param movedEntries     entries that were moved
 * @param movedBytes       what they take
 * @param releasedSegments segments that were emptied by that, or were empty
 * @param givenBackBytes   blocks of free segments that the file system has again
 * @param freeBytes        bytes of segments that hold nothing now
 * @param deadBytes        bytes of removed and overwritten entries that stay, in segments that are held, or of which so
 *                         much is live that moving it would gain nothing
 */
public record CompactReport(long movedEntries, long movedBytes, int releasedSegments, long givenBackBytes,
        long freeBytes, long deadBytes) {}
