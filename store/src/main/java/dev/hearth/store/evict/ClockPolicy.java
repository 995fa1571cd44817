package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/** Second chance: what was used since the hand last passed stays (F. J. Corbató, 1968). One bit. */
final class ClockPolicy implements EvictionPolicy {
    @Override
    public int touched(int before, IntSupplier tick) {
        return 1;
    }

    @Override
    public boolean keeps(Candidate candidate) {
        return isUsed(candidate);
    }

    @Override
    public boolean isUsed(Candidate candidate) {
        return candidate.reference() != 0;
    }

    @Override
    public int kept(Candidate candidate) {
        return 0;
    }
}
