package dev.hearth.perf.replay;

/** A cache of blocks that a trace is replayed against. One thread. */
interface BlockCache extends AutoCloseable {
    /** What stands for the parent of the first block of a request. */
    long NO_PARENT = -1;

    /**
     * Serves a request: finds the longest prefix of its blocks that is present, inserts those that are not, and touches
     * the others so that no block of a chain is older than those behind it.
     *
     * @return the length of that prefix in blocks
     */
    int request(long[] blocks);

    @Override
    default void close() {}
}
