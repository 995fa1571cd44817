package dev.hearth.store.mark;

/**
 * Numbers that are never issued twice, not even after a power cut took the last of them: versions and generations.
 *
 * <p>
 * Both are 64 bits, unsigned: the epoch, which is the number of unclean boots survived and is made durable before the
 * first number of it is issued, in the upper 20, and a counter in the lower 44. Whatever was issued and lost in an
 * earlier epoch is below everything of the present one.
 */
public final class Epochs {
    /** Bits of the counter. */
    public static final int COUNTER_BITS = 44;
    /** The largest epoch there can be. */
    public static final long LARGEST_EPOCH = (1L << (Long.SIZE - COUNTER_BITS)) - 1;

    private Epochs() {}

    /** The number after {@code last}, in the present epoch or in that of {@code last}, whichever is later. */
    public static long next(long last, long epoch) {
        if (epoch < 0 || epoch > LARGEST_EPOCH) {
            throw new IllegalArgumentException("epoch=" + epoch);
        }
        long first = epoch << COUNTER_BITS | 1;
        if (last == -1) {
            throw new IllegalStateException("no number is left behind last=" + Long.toUnsignedString(last));
        }
        return Long.compareUnsigned(last + 1, first) > 0 ? last + 1 : first;
    }

    /** The epoch in which a number was issued. */
    public static long epochOf(long number) {
        return number >>> COUNTER_BITS;
    }
}
