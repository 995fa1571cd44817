package dev.hearth.codec;

/**
 * What a user asks of the encoding of values: how much time may be spent to save how much space.
 *
 * <p>Every level is lossless for every bit pattern and falls back to the page's own bytes where it saves less than a
 * sixteenth. Ids are part of stored formats: they are never reused or renumbered, and 0 is invalid.
 */
public enum Compression {
    /** Pages are stored as they are. */
    NONE(1),
    /** Plain LZ4: saves on text and repetition, nothing on weights. */
    LZ4(2),
    /** LZ4 with an exhaustive encoder: slower to write, as fast to read. */
    LZ4_HC(3),
    /** Fixed-width codes: decoding costs little more than copying. */
    FAST(4),
    /** The default: as {@link #FAST}, and slower codes where they save clearly more. */
    BALANCED(5),
    /** Entropy codes: the smallest pages, still decoded at gigabytes a second. */
    SMALL(6);

    private static final Compression[] BY_ID = new Compression[7];

    static {
        for (Compression level : values()) {
            BY_ID[level.id] = level;
        }
    }

    private final int id;

    Compression(int id) {
        this.id = id;
    }

    /** The stable id, from 1 to 255. */
    public int id() {
        return id;
    }

    /**
     * The level with a stored id.
     *
     * @throws IllegalArgumentException if no level has it
     */
    public static Compression byId(int id) {
        if (id < 1 || id >= BY_ID.length) {
            throw new IllegalArgumentException("unknown compression id=" + id);
        }
        return BY_ID[id];
    }
}
