package dev.hearth.store.evict;

/** The oldest goes, used or not. */
final class FifoPolicy implements EvictionPolicy {
    @Override
    public int touched(int before, int tick) {
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
