package dev.hearth.store;

/**
 * In which order activations give way when room is needed. Parameters never do. Fixed when a store is created.
 */
public enum Eviction {
    /** Second chance: what was used since the hand last passed stays. The default. */
    CLOCK(1),
    /** The oldest goes, used or not. */
    FIFO(2),
    /** Any goes: the yardstick for all others. */
    RANDOM(3),
    /** The least often used goes; uses of long ago count less and less. */
    LFU(4),
    /** What was used at least twice of late stays (LRU-2): one use alone, as by a scan, is not enough. */
    LRU_K(5);

    private final int id;

    Eviction(int id) {
        this.id = id;
    }

    /** The stable number of this order in files. */
    public int id() {
        return id;
    }

    /** The order with this number. */
    public static Eviction byId(int id) {
        for (Eviction eviction : values()) {
            if (eviction.id == id) {
                return eviction;
            }
        }
        throw new IllegalArgumentException("evictionId=" + id);
    }
}
