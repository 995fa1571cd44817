package dev.hearth.perf.replay;

import java.util.LinkedHashMap;
import java.util.Map;

/** Evicts the block that was used longest ago. */
final class LruModel extends ModelCache {
    private final LinkedHashMap<Long, Boolean> blocks;

    LruModel(int capacityBlocks) {
        super(capacityBlocks);
        this.blocks = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
                return size() > capacityBlocks;
            }
        };
    }

    @Override
    boolean contains(long block) {
        return blocks.containsKey(block);
    }

    @Override
    void touch(long block) {
        blocks.get(block);
    }

    @Override
    void insert(long block) {
        blocks.put(block, true);
    }
}
