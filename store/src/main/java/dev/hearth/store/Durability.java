package dev.hearth.store;

/** What an acknowledged put survives. */
public enum Durability {
    /** The death of every process; the page cache of the kernel holds the bytes. */
    PROCESS(1),
    /** As {@link #PROCESS}, and a power cut except for what was put in the last interval. */
    INTERVAL(2),
    /** A power cut. */
    COMMIT(3);

    private final int id;

    Durability(int id) {
        this.id = id;
    }

    /** The stable number of this durability in files; 0 is none. */
    public int id() {
        return id;
    }

    /**
     * The durability with this number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Durability byId(int id) {
        return switch (id) {
            case 1 -> PROCESS;
            case 2 -> INTERVAL;
            case 3 -> COMMIT;
            default -> throw new IllegalArgumentException("durability=" + id);
        };
    }
}
