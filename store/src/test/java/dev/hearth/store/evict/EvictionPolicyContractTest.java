package dev.hearth.store.evict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Eviction;
import java.util.Random;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds of every policy, and what sets each apart. */
class EvictionPolicyContractTest {
    private static IntSupplier random(long seed) {
        return new Random(seed)::nextInt;
    }

    private static Candidate candidate(int reference, int priority, long costNs) {
        return new Candidate(reference, 0, priority, costNs, 1_000, 1_000);
    }

    private static IntSupplier at(int tick) {
        return () -> tick;
    }

    private static int uses(EvictionPolicy policy, int count, int firstTick) {
        int reference = 0;
        for (int i = 0; i < count; i++) {
            reference = policy.touched(reference, at(firstTick + i));
        }
        return reference;
    }

    /** Laps that an entry stays with nobody using it. */
    private static int laps(EvictionPolicy policy, int reference, int priority, long costNs) {
        int laps = 0;
        int now = reference;
        while (laps < 1_000 && policy.keeps(candidate(now, priority, costNs))) {
            now = policy.kept(candidate(now, priority, costNs));
            laps++;
        }
        return laps;
    }

    @ParameterizedTest
    @EnumSource(Eviction.class)
    void bits_ofAnySequence_stayWithinTheMask(Eviction eviction) {
        Random random = new Random(1);
        EvictionPolicy policy = Policies.of(eviction, random(2));
        int reference = 0;
        for (int i = 0; i < 10_000; i++) {
            reference = random.nextInt(3) > 0
                    ? policy.touched(reference, at(i / 10))
                    : policy.kept(candidate(reference, random.nextInt(256), random.nextInt(1_000_000)));
            assertEquals(reference, reference & EvictionPolicy.REFERENCE_MASK, "i=" + i);
        }
    }

    /** The most laps an entry with all chances stays with nobody using it. */
    private static int mostLaps(Eviction eviction) {
        return WeightedPolicy.MOST_CHANCES + switch (eviction) {
            case FIFO -> 0;
            case CLOCK -> 1;
            // The largest count is 3, and with less than 2 it goes.
            case LRU_K -> 2;
            // 15, 7, 3, 1.
            case LFU -> 4;
            // One in 2^30 stays so long, and 64 are tried.
            case RANDOM -> 30;
        };
    }

    @ParameterizedTest
    @EnumSource(Eviction.class)
    void entry_nobodyUses_goesWithinFewLaps(Eviction eviction) {
        for (int reference = 0; reference <= EvictionPolicy.REFERENCE_MASK; reference++) {
            int laps = laps(Policies.of(eviction, random(reference)), reference, 255, Long.MAX_VALUE);
            assertTrue(laps <= mostLaps(eviction), "reference=" + reference + " laps=" + laps);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Eviction.class, mode = EnumSource.Mode.EXCLUDE, names = "RANDOM")
    void entry_new_goesAtOnceUnlessItWeighs(Eviction eviction) {
        EvictionPolicy policy = Policies.of(eviction, random(1));
        assertEquals(0, laps(policy, 0, 0, 0));
        assertEquals(0, laps(policy, 0, 63, 99_000));
        assertEquals(1, laps(policy, 0, 64, 0));
        assertEquals(1, laps(policy, 0, 0, 100_000));
        assertEquals(2, laps(policy, 0, 128, 0));
        assertEquals(3, laps(policy, 0, 192, 0));
        assertEquals(3, laps(policy, 0, 255, Long.MAX_VALUE));
    }

    @Test
    void clock_used_staysOneLapAndIsStoredOnce() {
        EvictionPolicy policy = Policies.of(Eviction.CLOCK, random(1));
        int reference = uses(policy, 1, 0);
        assertEquals(reference, policy.touched(reference, at(9)), "nothing to store");
        assertEquals(1, laps(policy, reference, 0, 0));
    }

    @Test
    void fifo_used_isNotSeen() {
        EvictionPolicy policy = Policies.of(Eviction.FIFO, random(1));
        assertEquals(0, uses(policy, 100, 0));
    }

    @Test
    void random_manyEntries_aboutHalfStay() {
        EvictionPolicy policy = Policies.of(Eviction.RANDOM, random(1));
        int kept = 0;
        for (int i = 0; i < 10_000; i++) {
            kept += policy.keeps(candidate(0, 0, 0)) ? 1 : 0;
        }
        assertTrue(kept > 4_800 && kept < 5_200, "kept=" + kept);
    }

    /** All chances, and then one more lap on average: n with a probability of 2^-(n+1). */
    @Test
    void random_weighty_staysItsChancesAndThenTosses() {
        EvictionPolicy policy = Policies.of(Eviction.RANDOM, random(1));
        int sum = 0;
        for (int i = 0; i < 10_000; i++) {
            int laps = laps(policy, 0, 192, 0);
            assertTrue(laps >= WeightedPolicy.MOST_CHANCES, "laps=" + laps);
            sum += laps;
        }
        // The standard deviation of the sum is 141.
        assertEquals(10_000 * (WeightedPolicy.MOST_CHANCES + 1), sum, 600);
    }

    @Test
    void lfu_usedMoreOften_staysLonger() {
        EvictionPolicy policy = Policies.of(Eviction.LFU, random(1));
        int few = laps(policy, uses(policy, 2, 0), 0, 0);
        int many = laps(policy, uses(policy, 1_000, 0), 0, 0);
        assertTrue(few >= 1 && many > few, "few=" + few + " many=" + many);
    }

    @Test
    void lruK_usedOnceOrInOneBurst_goes_usedTwiceStays() {
        EvictionPolicy policy = Policies.of(Eviction.LRU_K, random(1));
        assertFalse(policy.keeps(candidate(uses(policy, 1, 5), 0, 0)));
        assertFalse(policy.keeps(candidate(policy.touched(policy.touched(0, at(5)), at(5)), 0, 0)), "a burst");
        assertTrue(policy.keeps(candidate(uses(policy, 2, 5), 0, 0)));
    }

    @Test
    void candidate_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> candidate(64, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> candidate(0, 256, 0));
    }
}
