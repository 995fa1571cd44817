package dev.hearth.store.evict;

import java.util.function.IntSupplier;

/**
 * Gives entries that matter more, or cost more to compute, further chances: an entry that its policy would drop stays
 * for as many laps as it has chances, counted from the last pass at which use kept it.
 *
 * <p>
 * A priority of 64, 128 and 192 or more is worth one, two and three laps. A recompute cost of 100 ns and more for each
 * byte it takes in the store (6.5 ms for 64 KiB) is worth one. Three are the most, so that nothing stays for ever. The
 * policy below has the lower four bits, the laps are counted in the upper two.
 */
final class WeightedPolicy implements EvictionPolicy {
    static final int MOST_CHANCES = 3;
    static final long COSTLY_NS_PER_BYTE = 100;
    private static final int PRIORITY_SHIFT = 6;
    private static final int LAPS_SHIFT = 4;
    private static final int PLAIN_MASK = (1 << LAPS_SHIFT) - 1;
    private final EvictionPolicy plain;

    WeightedPolicy(EvictionPolicy plain) {
        this.plain = plain;
    }

    @Override
    public int touched(int before, IntSupplier tick) {
        return (before & ~PLAIN_MASK) | plain.touched(before & PLAIN_MASK, tick);
    }

    @Override
    public boolean keeps(Candidate candidate) {
        return plain.keeps(plain(candidate)) || laps(candidate) < chances(candidate);
    }

    @Override
    public boolean isUsed(Candidate candidate) {
        return plain.isUsed(plain(candidate));
    }

    @Override
    public int kept(Candidate candidate) {
        Candidate below = plain(candidate);
        int laps = plain.isUsed(below) ? 0 : Math.min(MOST_CHANCES, laps(candidate) + 1);
        return (laps << LAPS_SHIFT) | plain.kept(below);
    }

    private static Candidate plain(Candidate candidate) {
        return candidate.withReference(candidate.reference() & PLAIN_MASK);
    }

    private static int laps(Candidate candidate) {
        return candidate.reference() >>> LAPS_SHIFT;
    }

    static int chances(Candidate candidate) {
        boolean costly = candidate.recomputeCostNs() / COSTLY_NS_PER_BYTE >= Math.max(1, candidate.extentBytes());
        return Math.min(MOST_CHANCES, (candidate.priority() >>> PRIORITY_SHIFT) + (costly ? 1 : 0));
    }
}
