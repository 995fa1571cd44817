package dev.hearth.store;

/** How the bytes of a value lie in the store. */
public enum Storage {
    /** Raw, contiguous and aligned: used where it lies. The default of a {@link Kind#PARAMETER}. */
    IN_PLACE(1),
    /** Encoded page by page. The default of an {@link Kind#ACTIVATION}. */
    COMPACT(2);

    private final int id;

    Storage(int id) {
        this.id = id;
    }

    /** The stable number of this storage in files; 0 is no storage. */
    public int id() {
        return id;
    }

    /**
     * The storage with this number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Storage byId(int id) {
        return switch (id) {
            case 1 -> IN_PLACE;
            case 2 -> COMPACT;
            default -> throw new IllegalArgumentException("storage=" + id);
        };
    }
}
