package dev.hearth.store.evict;

import dev.hearth.store.Eviction;
import java.util.function.IntSupplier;

/** The policies there are, by the name under which a store selects them. */
public final class Policies {
    private Policies() {}

    /**
     * A policy that weighs priority and recompute cost in.
     *
     * @param random yields any int; any thread may call it
     */
    public static EvictionPolicy of(Eviction eviction, IntSupplier random) {
        EvictionPolicy plain = switch (eviction) {
            case CLOCK -> new ClockPolicy();
            case FIFO -> new FifoPolicy();
            case RANDOM -> new RandomPolicy(random);
            case LFU -> new LfuPolicy(random);
            case LRU_K -> new LruKPolicy();
        };
        return new WeightedPolicy(plain);
    }
}
