package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/**
 * The least often used goes, with ageing: each use counts with a probability that falls as the count rises, so that
 * four bits tell apart a few uses from thousands (R. Morris, 1978), and the hand halves the count. An entry used n
 * times stays about log n laps.
 */
final class LfuPolicy implements EvictionPolicy {
    private static final int LARGEST = 15;
    private final IntSupplier random;

    LfuPolicy(IntSupplier random) {
        this.random = random;
    }

    @Override
    public int touched(int before, IntSupplier tick) {
        // From count c on it takes 2^c uses, as far as that goes, to count one more.
        int mask = (1 << before) - 1;
        return before < LARGEST && (random.getAsInt() & mask) == 0 ? before + 1 : before;
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
        return candidate.reference() / 2;
    }
}
