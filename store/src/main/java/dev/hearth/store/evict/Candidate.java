package dev.hearth.store.evict;

/**
 * An entry that the hand passes.
 *
 * @param reference       what uses of it left, as {@link EvictionPolicy#touched} made it; 0 for none
 * @param tick            the coarse time
 * @param priority        0, which is neutral, to 255
 * @param recomputeCostNs what computing the value took; 0 if unknown
 * @param logicalBytes    length of the value
 * @param extentBytes     what it takes in the store
 */
public record Candidate(int reference, int tick, int priority, long recomputeCostNs, long logicalBytes,
        long extentBytes) {
    /** Checks the ranges. */
    public Candidate {
        if (reference < 0 || reference > EvictionPolicy.REFERENCE_MASK || priority < 0 || priority > 255
                || recomputeCostNs < 0 || logicalBytes < 0 || extentBytes < 0) {
            throw new IllegalArgumentException("reference=" + reference + " priority=" + priority + " recomputeCostNs="
                    + recomputeCostNs + " logicalBytes=" + logicalBytes + " extentBytes=" + extentBytes);
        }
    }

    Candidate withReference(int newReference) {
        return new Candidate(newReference, tick, priority, recomputeCostNs, logicalBytes, extentBytes);
    }
}
