package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/** The oldest goes, used or not. */
final class FifoPolicy implements EvictionPolicy {
    @Override
    public int touched(int before, IntSupplier tick) {
        return before;
    }

    @Override
    public boolean keeps(Candidate candidate) {
        return isUsed(candidate);
    }

    @Override
    public boolean isUsed(Candidate candidate) {
        return false;
    }

    @Override
    public int kept(Candidate candidate) {
        return 0;
    }
}
