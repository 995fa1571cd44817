package dev.hearth.store.mark;

/**
 * The state word of a segment.
 *
 * <pre>
 * bits  0..7   state
 * bits  8..15  kind, 0 if none
 * bits 16..31  check: a hash of the other bits and the number of the segment
 * bits 32..63  of a head: segments of its run, 1 if it stands alone; of a member: its distance from the head; else 0
 * </pre>
 *
 * <p>
 * A word of zeros is that of a free segment that was never used. The check bits tell a flipped bit, or a word that
 * got into the place of another, in all but one of 65,536 cases.
 */
public final class SegmentWord {
    /** The word of a free segment. */
    static final long FREE = 0;
    private static final long CHECK_MASK = 0xFFFFL << 16;

    private SegmentWord() {}

    static long of(int segment, SegmentState state, int kindId, int run) {
        long word = state.id() | (long) kindId << 8 | (long) run << 32;
        return word == 0 ? 0 : word | check(segment, word);
    }

    /** Whether a word is one that was stored for this segment. */
    public static boolean isValid(int segment, long word) {
        if (word == 0) {
            return true;
        }
        long bare = word & ~CHECK_MASK;
        return bare != 0 && (word & CHECK_MASK) == check(segment, bare) && SegmentState.isId((int) word & 0xFF);
    }

    /** The state in a valid word. */
    public static SegmentState state(long word) {
        return SegmentState.byId((int) word & 0xFF);
    }

    /** The number of the kind in a word; 0 if it has none. */
    public static int kindId(long word) {
        return (int) (word >>> 8) & 0xFF;
    }

    /** Of a head the segments of its run, 1 if it stands alone; of a member its distance from the head. */
    public static int run(long word) {
        return (int) (word >>> 32);
    }

    private static long check(int segment, long bare) {
        // The finalizer of a 64-bit multiplicative hash: each bit of the input moves each bit of the output.
        long hash = bare + (segment + 1L) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 30) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ hash >>> 27) * 0x94D049BB133111EBL;
        return ((hash ^ hash >>> 31) & 0xFFFF) << 16;
    }
}
