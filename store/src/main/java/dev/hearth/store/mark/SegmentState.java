package dev.hearth.store.mark;

/** What a segment is being used for. */
public enum SegmentState {
    /** Nobody's; its generation is the one that its next use will have. */
    FREE(0),
    /** Taken by its owner, who makes it ready. */
    CLAIMED(1),
    /** Extents are being reserved in it. */
    OPEN(2),
    /** Full: no more extents. */
    SEALED(3),
    /** About to be released: whoever holds it from now on lets go again. */
    MARKED(4),
    /** Part of a run and used through the head of it. */
    RUN_MEMBER(5),
    /** Given back: nothing in it exists any more. It is free once nothing speaks of what was in it. */
    RELEASED(6);

    private static final SegmentState[] BY_ID = values();

    private final int id;

    SegmentState(int id) {
        this.id = id;
    }

    /** The stable number of this state in files. */
    public int id() {
        return id;
    }

    /** Whether bytes of entries may lie in a segment of this state and be read. */
    public boolean isReadable() {
        return this == OPEN || this == SEALED;
    }

    static boolean isId(int id) {
        return id >= 0 && id < BY_ID.length;
    }

    static SegmentState byId(int id) {
        return BY_ID[id];
    }
}
