package dev.hearth.store.segment;

/**
 * The sizes of the data file.
 *
 * @param capacityBytes size of the file, whole segments
 * @param segmentBytes  size of a segment
 * @param pageBytes     size of a page
 */
public record DataGeometry(long capacityBytes, long segmentBytes, int pageBytes) {
    /** Number of segments. */
    public int segments() {
        return Math.toIntExact(capacityBytes / segmentBytes);
    }

    /** Where a segment starts in the file. */
    long start(int segment) {
        return segment * segmentBytes;
    }
}
