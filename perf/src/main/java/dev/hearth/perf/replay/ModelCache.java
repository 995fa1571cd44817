package dev.hearth.perf.replay;

/**
 * An exact model of a cache of a number of blocks. A request walks its blocks from tail to head: blocks that are there
 * are touched, the others are inserted, unreferenced. So a head is always younger than its tail.
 */
abstract class ModelCache implements BlockCache {
    private final int capacityBlocks;

    ModelCache(int capacityBlocks) {
        if (capacityBlocks < 1) {
            throw new IllegalArgumentException("capacityBlocks=" + capacityBlocks);
        }
        this.capacityBlocks = capacityBlocks;
    }

    /** The most blocks it holds. */
    final int capacityBlocks() {
        return capacityBlocks;
    }

    abstract boolean contains(long block);

    /** Marks a block that is there as used. */
    abstract void touch(long block);

    /** Inserts a block that is not there; evicts one if the cache is full. */
    abstract void insert(long block);

    @Override
    public final int request(long[] blocks) {
        int prefix = 0;
        while (prefix < blocks.length && contains(blocks[prefix])) {
            prefix++;
        }
        for (int i = blocks.length - 1; i >= 0; i--) {
            if (contains(blocks[i])) {
                touch(blocks[i]);
            } else {
                insert(blocks[i]);
            }
        }
        return prefix;
    }
}
