package dev.hearth.store.segment;

import dev.hearth.store.Kind;

/**
 * The state of every segment, shared by all processes of the store. Any thread; each call is one atomic step.
 *
 * <p>
 * Claiming is done by the holder of the allocation lock only, so that whoever holds it knows that nobody else does;
 * reserving in a segment is done by anybody, by compare-and-set.
 */
public interface SegmentStates {
    /** What a segment is. */
    enum State {
        /** It holds nothing and was given to nobody. */
        FREE,
        /** It was given to one process, which makes it ready. */
        CLAIMED,
        /** Its owner reserves in it, and everybody does if it is the open segment of its kind. */
        OPEN,
        /** Nobody reserves in it any more, unless it is a segment of parameters that has room left. */
        SEALED,
        /** It is being released. */
        MARKED,
        /** It belongs to the run of a segment before it. */
        RUN_MEMBER,
        /** Nothing in it exists any more, but something may still speak of it. */
        RELEASED,
        /** Its state word is damaged. */
        DAMAGED
    }

    /** Number of segments. */
    int count();

    /** The state of a segment. */
    State state(int segment);

    /** Whether a segment is in a state; cheaper than {@link #state} for most of those that are in another one. */
    default boolean is(int segment, State state) {
        return state(segment) == state;
    }

    /** How many segments are free. */
    default int free() {
        int free = 0;
        for (int segment = 0; segment < count(); segment++) {
            free += is(segment, State.FREE) ? 1 : 0;
        }
        return free;
    }

    /** Whether segments are known to have all their blocks. Lock holder. */
    default boolean haveBlocks(int first, int segments) {
        return false;
    }

    /** Notes whether segments have all their blocks. Lock holder. */
    default void setBlocks(int first, int segments, boolean have) {}

    /** The generation of a segment. */
    long generation(int segment);

    /** The kind of the entries of a segment that is not free. */
    Kind kind(int segment);

    /** The length in segments of the run of which {@code segment} is the head. */
    int runSegments(int segment);

    /** The segment in which entries of this kind are put; -1 if there is none. */
    int open(Kind kind);

    /** Makes {@code to} that segment if it still is {@code from}; -1 stands for none. */
    boolean replaceOpen(Kind kind, int from, int to);

    /** Gives a run to this process in a new generation; false if not all of it is free. Lock holder. */
    boolean claim(int head, int segments, Kind kind);

    /** Opens a claimed run, of which the first {@code headerUnits} are taken. Its claimer. */
    void start(int head, long headerUnits);

    /** Gives a claimed run back. Its claimer. */
    void unclaim(int head);

    /**
     * Frees what dead processes claimed, and seals what they opened and did not get to share. Lock holder.
     */
    void freeOrphans();

    /** Moves a segment from one state to another; false if it is not in the first. */
    boolean change(int segment, State from, State to);

    /** Whether nobody can reserve in a segment any more, whatever room it has. */
    boolean isClosed(int segment);

    /** Units that were reserved in a segment, its header included. */
    long reservedUnits(int segment);

    /** Directory lines that were reserved in a segment. */
    int reservedLines(int segment);

    /**
     * Reserves units and a directory line at the end of what was reserved; -1 if the segment has not that many left, or
     * went into another generation.
     *
     * @return where the units start, in the lower 40 bits, and the line in the upper 24
     */
    long reserve(int segment, long generation, long units);

    /** Adds a hold on a segment, which keeps it from being released; what it is must be looked at behind this. */
    int hold(int segment);

    /** Gives a hold back that {@link #hold} returned. */
    void letGo(int segment, int hold);

    /**
     * Moves a segment that is the open one to the end of the order in which segments are evicted. Called in front of
     * {@link #replaceOpen}.
     */
    void retire(Kind kind, int segment);

    /**
     * Sets the end of what was reserved back from {@code fromUnits} to {@code toUnits}; false if more was reserved
     * since.
     */
    boolean giveBack(int segment, long generation, long fromUnits, long toUnits);
}
