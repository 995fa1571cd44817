package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/**
 * Each entry the hand meets stays or goes by the toss of a coin, used or not: what survives is spread over all ages. It
 * copies about one byte for each byte put.
 */
final class RandomPolicy implements EvictionPolicy {
    private final IntSupplier random;

    RandomPolicy(IntSupplier random) {
        this.random = random;
    }

    @Override
    public int touched(int before, IntSupplier tick) {
        return before;
    }

    @Override
    public boolean keeps(Candidate candidate) {
        return random.getAsInt() < 0;
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
