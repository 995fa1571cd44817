package dev.hearth.perf.replay;

import dev.hearth.perf.TemporaryDirectory;
import dev.hearth.store.Eviction;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Prefix-hit ratios of a trace, 0 to 1.
 *
 * @param hearth of a store, its puts without their predecessors
 * @param lru    of the exact model of LRU of as many blocks
 * @param clock  of the exact model of CLOCK with one bit
 * @param fifo   of the exact model of FIFO
 * @param meanNs mean time of a request of the store
 */
public record TraceRatios(double hearth, double lru, double clock, double fifo, double meanNs) {
    private static final long SEED = 1;

    /** Replays the whole trace against a store with room for {@code capacityBlocks} and against the models. */
    public static TraceRatios measure(Path trace, int capacityBlocks) throws IOException {
        BlockGeometry geometry = BlockGeometry.of(capacityBlocks, BlockGeometry.BLOCK_BYTES);
        try (TemporaryDirectory home = TemporaryDirectory.inMemory(geometry.capacityBytes());
                HearthBlocks blocks = new HearthBlocks(home.path().resolve("store"), geometry, Eviction.CLOCK, false,
                        SEED)) {
            ReplayResult result = Replay.run(trace, blocks, Long.MAX_VALUE);
            return new TraceRatios(result.hitRatio(), of(trace, new LruModel(capacityBlocks)),
                    of(trace, ClockModel.clock(capacityBlocks)), of(trace, ClockModel.fifo(capacityBlocks)),
                    result.meanNs());
        }
    }

    private static double of(Path trace, ModelCache model) throws IOException {
        return Replay.run(trace, model, Long.MAX_VALUE).hitRatio();
    }
}
