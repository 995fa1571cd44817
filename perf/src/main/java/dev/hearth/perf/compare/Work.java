package dev.hearth.perf.compare;

/** What an operation of a round does. */
enum Work {
    /** Sees the first bytes of a value that is there. */
    HIT(Cost.THINKING),
    /** Looks for a key that is not there. */
    MISS(Cost.THINKING),
    /** The same as a hit, by a call that would compute the value if it were not there. */
    COMPUTE(Cost.THINKING),
    /** Copies a value that is there into private memory. */
    READ(Cost.THINKING),
    /** Copies 4 KiB from somewhere within a value. */
    RANGE(Cost.THINKING),
    /** Replaces a value. */
    PUT(Cost.WAITING),
    /** Puts a value under a new key. */
    ADD(Cost.WAITING),
    /** Loads all entries of the scenario into an empty store, in the way that is fastest for many. */
    IMPORT(Cost.WAITING),
    /** Nine times of ten looks for a value, and puts it if it is not there; else replaces it. */
    MIXED(Cost.WAITING),
    /** Copies all values, divided among the threads, into memory that has room for all of them. */
    LOAD(Cost.WAITING),
    /** Copies a value that is not in the page cache, from a store that was just opened. */
    COLD_READ(Cost.WAITING),
    /** As {@link #COLD_READ}, of values that may be in the page cache: warms up the code for that, not the data. */
    FRESH_READ(Cost.WAITING),
    /** As {@link #LOAD}, of values that are not in the page cache, from a store that was just opened. */
    COLD_LOAD(Cost.WAITING),
    /** Starts a process that attaches and sees one value: how long until it has. */
    ATTACH(Cost.PROCESS),
    /** Starts a process that opens a store without its lookup table: how long that takes for each entry. */
    REBUILD_TABLE(Cost.PROCESS),
    /** Starts a process that opens a store without its persistent index: how long building it takes for each entry. */
    REBUILD_INDEX(Cost.PROCESS);

    private enum Cost {
        THINKING, WAITING, PROCESS
    }

    private final Cost cost;

    Work(Cost cost) {
        this.cost = cost;
    }

    /**
     * Whether the processor time of the thread is the cost: then it is measured instead of the time of the clock, which
     * neighbours on the machine lengthen.
     */
    boolean onlyThinks() {
        return cost == Cost.THINKING;
    }

    /** Whether each round is a process of its own. */
    boolean startsProcess() {
        return cost == Cost.PROCESS;
    }

    /** Whether the store is closed and opened again before each round. */
    boolean isFresh() {
        return this == FRESH_READ || isCold();
    }

    /** Whether the page cache is dropped before the store is opened again. */
    boolean isCold() {
        return this == COLD_READ || this == COLD_LOAD;
    }

    /** Whether a round is over when all values were copied. */
    boolean isLoad() {
        return this == LOAD || this == COLD_LOAD;
    }
}
