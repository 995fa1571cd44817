package dev.hearth.store.table;

import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Finds the shortest chain of moves that frees a slot in one of two full buckets: breadth first, and bounded.
 *
 * <p>
 * Each digest has two buckets; a full bucket gets room when one of its entries moves to its other bucket, which may
 * first need room in the same way. With seven slots a bucket nearly every full one has a neighbour with a free slot
 * up to a load of nine tenths, so that a chain is one or two moves long. A bucket is looked at once in a search, so
 * that a chain never crosses itself. See R. Pagh and F. F. Rodler, "Cuckoo hashing", 2004; M. Dietzfelbinger and C.
 * Weidling, "Balanced allocation and dictionaries with tightly packed constant size bins", 2007.
 *
 * <p>
 * For the lock holder; keeps its arrays between searches.
 */
final class RoomFinder {
    /** Buckets looked at before giving up; a few dozen are met at a load of nine tenths. */
    private static final int MAX_NODES = 1 << 12;
    private static final int VISITED = MAX_NODES * 4;

    private final Buckets buckets;
    private final LongPredicate hasFree;
    private final TableEntry scratch = new TableEntry();
    private final long[] node = new long[MAX_NODES];
    private final int[] parent = new int[MAX_NODES];
    private final byte[] parentSlot = new byte[MAX_NODES];
    // An open-addressed set; what an earlier search left in it has another number.
    private final long[] visited = new long[VISITED];
    private final int[] visitedIn = new int[VISITED];
    private int searches;
    private int nodes;

    /** {@code hasFree} says whether a bucket has a free slot, after clearing away what may go. */
    RoomFinder(Buckets buckets, LongPredicate hasFree) {
        this.buckets = buckets;
        this.hasFree = hasFree;
    }

    /**
     * The last node of a chain from {@code home} or {@code alternate} to a bucket with a free slot; -1 if there is
     * none.
     */
    int search(long home, long alternate) {
        if (++searches == 0) {
            Arrays.fill(visitedIn, 0);
            searches = 1;
        }
        nodes = 0;
        add(home, -1, 0);
        add(alternate, -1, 0);
        for (int head = 0; head < nodes; head++) {
            for (int slot = 0; slot < TableDescriptor.SLOTS_PER_BUCKET; slot++) {
                buckets.copy(node[head], slot, scratch);
                long other = buckets.other(node[head], scratch.digestHi, scratch.digestLo);
                if (other >= 0 && nodes < MAX_NODES && add(other, head, slot) && hasFree.test(other)) {
                    return nodes - 1;
                }
            }
        }
        return -1;
    }

    long bucket(int at) {
        return node[at];
    }

    /** The node before this one in the chain; -1 if it is the start. */
    int parent(int at) {
        return parent[at];
    }

    /** The slot in the bucket of the parent whose entry is to move into this one. */
    int parentSlot(int at) {
        return parentSlot[at];
    }

    private boolean add(long bucket, int from, int slot) {
        int at = (int) ((bucket / TableDescriptor.BUCKET_BYTES * 0x9E37_79B9L) >>> 8) & (VISITED - 1);
        while (visitedIn[at] == searches) {
            if (visited[at] == bucket) {
                return false;
            }
            at = (at + 1) & (VISITED - 1);
        }
        visited[at] = bucket;
        visitedIn[at] = searches;
        node[nodes] = bucket;
        parent[nodes] = from;
        parentSlot[nodes++] = (byte) slot;
        return true;
    }
}
