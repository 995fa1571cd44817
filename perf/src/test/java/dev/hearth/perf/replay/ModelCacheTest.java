package dev.hearth.perf.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The models against slow ones that are obviously right, and against figures known for a published trace. */
final class ModelCacheTest {
    private static final long SEED = 0x7EA5_0E11L;
    private static final Path TRACE = Path.of("..", "..", "shared", "data", "mooncake-synthetic.jsonl");

    /** The models, and which block of a list in order of insertion or use the naive cache evicts. */
    enum Model {
        LRU, FIFO, CLOCK;

        ModelCache create(int capacityBlocks) {
            return switch (this) {
                case LRU -> new LruModel(capacityBlocks);
                case FIFO -> ClockModel.fifo(capacityBlocks);
                case CLOCK -> ClockModel.clock(capacityBlocks);
            };
        }
    }

    /** Blocks in a plain list, the next to go first. */
    private static final class Naive {
        private final Model model;
        private final int capacity;
        private final List<Long> queue = new ArrayList<>();
        private final List<Long> marked = new ArrayList<>();

        Naive(Model model, int capacity) {
            this.model = model;
            this.capacity = capacity;
        }

        int request(long[] blocks) {
            int prefix = 0;
            while (prefix < blocks.length && queue.contains(blocks[prefix])) {
                prefix++;
            }
            for (int i = blocks.length - 1; i >= 0; i--) {
                Long block = blocks[i];
                if (!queue.contains(block)) {
                    insert(block);
                } else if (model == Model.LRU) {
                    queue.remove(block);
                    queue.add(block);
                } else if (model == Model.CLOCK && !marked.contains(block)) {
                    marked.add(block);
                }
            }
            return prefix;
        }

        private void insert(Long block) {
            if (queue.size() == capacity) {
                // A second chance: whoever was used goes back to the end of the line.
                while (marked.remove(queue.getFirst())) {
                    queue.add(queue.removeFirst());
                }
                queue.removeFirst();
            }
            queue.add(block);
        }
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void request_randomChains_hitsAsTheNaiveModel(Model model) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int capacity : new int[]{1, 2, 7, 40}) {
            ModelCache cache = model.create(capacity);
            Naive naive = new Naive(model, capacity);
            for (int i = 0; i < 3_000; i++) {
                long[] blocks = new long[random.nextInt(10)];
                long chain = random.nextLong(12) * random.nextLong(1, 3);
                for (int b = 0; b < blocks.length; b++) {
                    blocks[b] = chain * 100 + b;
                }
                assertEquals(naive.request(blocks), cache.request(blocks), "seed=" + SEED + " request=" + i);
            }
        }
    }

    @Test
    void create_withoutRoom_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new LruModel(0));
    }

    @Test
    void replay_publishedTrace_givesTheKnownRatios() throws IOException {
        assumeTrue(Files.exists(TRACE), "the published trace is not beside this checkout");
        double[] percent = Stream.of(ClockModel.fifo(10_000), new LruModel(10_000), ClockModel.clock(10_000))
                .mapToDouble(this::percentOfTrace).toArray();
        assertEquals(40.2, percent[0], 0.051, "FIFO");
        assertEquals(42.4, percent[1], 0.051, "LRU");
        assertEquals(43.3, percent[2], 0.051, "CLOCK");
    }

    private double percentOfTrace(ModelCache cache) {
        try {
            ReplayResult result = Replay.run(TRACE, cache, Long.MAX_VALUE);
            assertEquals(3_993, result.requests());
            assertEquals(121_877, result.blockReferences());
            return 100 * result.hitRatio();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
