package dev.hearth.store;

/** What an entry is to its owner, and with that whether the store may drop it. */
public enum Kind {
    /** Never evicted; removed only on request. */
    PARAMETER(1),
    /** A cache: may go at any time to make room. */
    ACTIVATION(2);

    private final int id;

    Kind(int id) {
        this.id = id;
    }

    /** The stable number of this kind in files; 0 is no kind. */
    public int id() {
        return id;
    }

    /**
     * The kind with this number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Kind byId(int id) {
        return switch (id) {
            case 1 -> PARAMETER;
            case 2 -> ACTIVATION;
            default -> throw new IllegalArgumentException("kind=" + id);
        };
    }
}
