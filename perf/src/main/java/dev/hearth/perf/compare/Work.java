package dev.hearth.perf.compare;

/** What an operation of a round does. */
enum Work {
    /** Sees the first bytes of a value that is there. */
    HIT(true),
    /** Looks for a key that is not there. */
    MISS(true),
    /** Copies a value that is there into private memory. */
    READ(true),
    /** Replaces a value. */
    PUT(false),
    /** Puts a value under a new key. */
    ADD(false),
    /** Loads all entries of the scenario into an empty store, in the way that is fastest for many. */
    IMPORT(false),
    /** Nine times of ten looks for a value, and puts it if it is not there; else replaces it. */
    MIXED(false);

    private final boolean onlyThinks;

    Work(boolean onlyThinks) {
        this.onlyThinks = onlyThinks;
    }

    /**
     * Whether the processor time of the thread is the cost: then it is measured instead of the time of the clock, which
     * neighbours on the machine lengthen.
     */
    boolean onlyThinks() {
        return onlyThinks;
    }
}
