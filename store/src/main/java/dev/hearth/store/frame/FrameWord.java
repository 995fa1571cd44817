package dev.hearth.store.frame;

import dev.hearth.store.mark.SlotWord;

/**
 * The word that says what a way of a set is: who fills it, or which filling it holds.
 *
 * <pre>
 * bits 61-63  kind: 0 empty, 1 claiming, 2 announced, 3 decoding, 4 ready; others are damage
 * ready:      bits 0-60  sequence: how often the way was filled
 * claims:     bits 0-31 tenancy, 32-41 slot, 42-60 nonce, which tells claims of one attachment from each other
 * empty:      all zero
 * </pre>
 */
final class FrameWord {
    static final long EMPTY = 0;
    static final int CLAIMING = 1;
    static final int ANNOUNCED = 2;
    static final int DECODING = 3;
    static final int READY = 4;

    static final int MOST_SLOTS = 1 << 10;
    private static final int KIND_SHIFT = 61;
    private static final long REST = (1L << KIND_SHIFT) - 1;
    private static final int NONCE_SHIFT = 42;
    private static final long SLOT_AND_TENANCY = (1L << NONCE_SHIFT) - 1;

    private FrameWord() {}

    /** The word of a filled way. */
    static long ready(long sequence) {
        return (long) READY << KIND_SHIFT | (sequence & REST);
    }

    /** The sequence that follows one; never 0, which means that the way was never filled. */
    static long next(long sequence) {
        long next = sequence + 1 & REST;
        return next == 0 ? 1 : next;
    }

    /** The word of a claim. */
    static long claim(int kind, long slotWord, long nonce) {
        return (long) kind << KIND_SHIFT | (nonce << NONCE_SHIFT & REST) | (slotWord & SLOT_AND_TENANCY);
    }

    /** The same claim, one step on. */
    static long withKind(long claim, int kind) {
        return (long) kind << KIND_SHIFT | (claim & REST);
    }

    static int kind(long word) {
        return (int) (word >>> KIND_SHIFT);
    }

    static boolean isReady(long word) {
        return kind(word) == READY;
    }

    /** Whether it says for which page the way was claimed. */
    static boolean namesItsPage(long word) {
        int kind = kind(word);
        return kind == ANNOUNCED || kind == DECODING;
    }

    /** Whether both are steps of one claim. */
    static boolean isSameClaim(long word, long other) {
        return (word & REST) == (other & REST) && !isReady(word);
    }

    /** Who claims, as a {@link SlotWord}; 0 is nobody, which is what damage comes to. */
    static long claimer(long word) {
        int kind = kind(word);
        return kind >= CLAIMING && kind <= DECODING ? word & SLOT_AND_TENANCY : 0;
    }
}
