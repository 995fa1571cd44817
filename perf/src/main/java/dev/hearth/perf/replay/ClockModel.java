package dev.hearth.perf.replay;

import java.util.HashMap;
import java.util.Map;

/**
 * A ring of blocks with one reference bit each (Corbató 1968): the hand clears bits that are set and evicts the first
 * block whose bit is clear. Without its bits it is FIFO.
 */
final class ClockModel extends ModelCache {
    private final boolean secondChance;
    private final long[] ring;
    private final boolean[] referenced;
    private final Map<Long, Integer> places = new HashMap<>();
    private int filled;
    private int hand;

    private ClockModel(int capacityBlocks, boolean secondChance) {
        super(capacityBlocks);
        this.secondChance = secondChance;
        this.ring = new long[capacityBlocks];
        this.referenced = new boolean[capacityBlocks];
    }

    /** Second chance for blocks that were touched since the hand passed. */
    static ClockModel clock(int capacityBlocks) {
        return new ClockModel(capacityBlocks, true);
    }

    /** The oldest goes, touched or not. */
    static ClockModel fifo(int capacityBlocks) {
        return new ClockModel(capacityBlocks, false);
    }

    @Override
    boolean contains(long block) {
        return places.containsKey(block);
    }

    @Override
    void touch(long block) {
        Integer place = places.get(block);
        if (place != null) {
            referenced[place] = secondChance;
        }
    }

    @Override
    void insert(long block) {
        if (filled < capacityBlocks()) {
            place(block, filled++);
            return;
        }
        while (referenced[hand]) {
            referenced[hand] = false;
            hand = (hand + 1) % ring.length;
        }
        places.remove(ring[hand]);
        place(block, hand);
        hand = (hand + 1) % ring.length;
    }

    private void place(long block, int place) {
        ring[place] = block;
        referenced[place] = false;
        places.put(block, place);
    }
}
