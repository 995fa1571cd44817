package dev.hearth.store.mark;

/**
 * What a put needs in a segment, in units of 64 bytes.
 *
 * @param units        length of the extent
 * @param alignUnits   what a place in the extent is to be aligned to, a power of two; 1 if nothing is
 * @param phaseUnits   where in the extent that place is
 * @param segmentUnits length of the segment, or of the run, with its directory
 */
public record ExtentRequest(long units, long alignUnits, long phaseUnits, long segmentUnits) {
    private static final long MOST_UNITS = 1L << 35;

    /** Checks what no segment can give. */
    public ExtentRequest {
        if (units <= 0 || units > MOST_UNITS || segmentUnits <= 0 || segmentUnits > MOST_UNITS) {
            throw new IllegalArgumentException("units=" + units + " segmentUnits=" + segmentUnits);
        }
        if (Long.bitCount(alignUnits) != 1 || alignUnits < 1 || alignUnits > MOST_UNITS || phaseUnits < 0
                || phaseUnits > units) {
            throw new IllegalArgumentException("alignUnits=" + alignUnits + " phaseUnits=" + phaseUnits);
        }
    }

    /** An extent that may start at any unit. */
    public static ExtentRequest of(long units, long segmentUnits) {
        return new ExtentRequest(units, 1, 0, segmentUnits);
    }

    /** The first offset, not before {@code offsetUnits}, at which the extent may start. */
    long startAt(long offsetUnits) {
        return (offsetUnits + phaseUnits + alignUnits - 1 & -alignUnits) - phaseUnits;
    }
}
