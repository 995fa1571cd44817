package dev.hearth.store.engine;

import dev.hearth.store.Eviction;
import dev.hearth.store.evict.EvictionPolicy;
import dev.hearth.store.evict.Policies;
import dev.hearth.store.mark.Geometry;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;

/**
 * What decides about the entries of a store.
 *
 * @param policy     its policy
 * @param tick       the coarse time: eight ticks are about as many segments opened as the store has
 * @param references what uses left
 */
record EvictionParts(EvictionPolicy policy, IntSupplier tick, ReferenceMap references) {
    static EvictionParts of(Store store) {
        Geometry geometry = store.mark().geometry();
        MarkWords words = store.mark().words();
        int segmentsPerTick = Math.max(1, geometry.segmentCount() / 8);
        IntSupplier tick = () -> (int) (words.get(MarkWord.OPENED) / segmentsPerTick);
        EvictionPolicy policy = Policies.of(Eviction.byId(geometry.evictionId()),
                () -> ThreadLocalRandom.current().nextInt());
        return new EvictionParts(policy, tick,
                new ReferenceMap(store.references(), geometry.segmentBytes(), policy, tick));
    }
}
