package dev.hearth.store.segment;

/**
 * A slice of a segment that was given to one entry and to nobody else.
 *
 * @param segment        index of the segment, or of the head of the run
 * @param generation     generation of the segment
 * @param offsetUnits    where it starts in the segment, in units of 64 bytes
 * @param units          its length, in units of 64 bytes
 * @param directoryIndex its place in the directory of the segment
 * @param hold           the hold on the segment that came with it
 * @param fresh          whether the segment was claimed for it and nobody else can reserve in it until it is shared
 */
public record Extent(int segment, long generation, long offsetUnits, long units, int directoryIndex, int hold,
        boolean fresh) {
    /** Bytes of a unit. */
    public static final int UNIT_BYTES = 64;

    /** Units that hold {@code bytes}. */
    static long unitsOf(long bytes) {
        return Math.ceilDiv(bytes, (long) UNIT_BYTES);
    }

    /** The same, of a segment that is looked after by another one. */
    Extent shared() {
        return new Extent(segment, generation, offsetUnits, units, directoryIndex, hold, false);
    }

    long offsetBytes() {
        return offsetUnits * UNIT_BYTES;
    }

    long lengthBytes() {
        return units * UNIT_BYTES;
    }
}
