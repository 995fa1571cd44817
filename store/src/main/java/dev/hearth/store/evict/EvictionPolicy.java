package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/**
 * Decides for one entry at a time whether it stays when the hand passes.
 *
 * <p>
 * All it remembers of an entry are six bits, which every process of the store can write without a lock: a policy is a
 * function of them. New entries start with 0. The hand visits entries in the order in which they were put or last kept.
 *
 * <p>
 * Any thread. Implementations have no state but a source of randomness.
 */
public interface EvictionPolicy {
    /** The bits that are a policy's; results are within them. */
    int REFERENCE_MASK = 0x3F;

    /**
     * What the bits are after a use. If they are what they were, nothing is stored: for entries in use that should be
     * the rule, because a store is seen by all processors.
     *
     * @param tick the coarse time, asked only by who needs it
     */
    int touched(int before, IntSupplier tick);

    /** Whether the entry stays for another lap. To be asked once: chance may be in it. */
    boolean keeps(Candidate candidate);

    /**
     * Whether use is a reason for the entry to stay: decided by the bits alone, so that it can be asked as often as one
     * likes.
     */
    boolean isUsed(Candidate candidate);

    /** What the bits are behind the hand, of an entry that stays, for this policy's reason or another. */
    int kept(Candidate candidate);
}
