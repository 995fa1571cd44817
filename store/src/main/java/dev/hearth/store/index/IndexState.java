package dev.hearth.store.index;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What an index holds, in a few words: up to which version it follows the log, how many entries there are, and a sum
 * over all of them that tells whether a scan found exactly these.
 *
 * <p>
 * The sum is taken over {@link EntryHash}es modulo 2^64, so that it follows each change without knowing the rest.
 * Changes are announced in the state before they are made, some at once, each of another entry: whoever finds them
 * pending looks the entries up, and knows of each by its hash whether it was made. So the sum stays exact whatever
 * instruction a process dies at; after a power cut the pages of the file may be of different ages, and then sum or
 * number do not fit.
 *
 * @param sequence number of this state
 * @param version  last version that was wholly applied
 * @param entries  entries before the pending changes
 * @param sum      sum of the hashes of all entries before the pending changes
 * @param pending  the changes that were announced, and may be made or not, each by itself
 */
record IndexState(long sequence, long version, long entries, long sum, List<Pending> pending) {
    static final IndexState EMPTY = new IndexState(1, 0, 0, 0, List.of());

    IndexState {
        pending = List.copyOf(pending);
    }

    /**
     * A change of one entry.
     *
     * @param digestHi   digest of the entry, upper half
     * @param digestLo   lower half
     * @param hashBefore its hash before the change, 0 when it was absent
     * @param hashAfter  its hash after the change, 0 when it is removed
     */
    record Pending(long digestHi, long digestLo, long hashBefore, long hashAfter) {
        boolean isOf(long hi, long lo) {
            return digestLo == lo && digestHi == hi;
        }

        /** By how many the number of entries changes. */
        int presence() {
            return (hashAfter == 0 ? 0 : 1) - (hashBefore == 0 ? 0 : 1);
        }
    }

    boolean isPending() {
        return !pending.isEmpty();
    }

    /** The next state, in which the hashes of some entries are about to change. */
    IndexState announcing(List<Pending> changes) {
        return new IndexState(sequence + 1, version, entries, sum, changes);
    }

    /** This state when {@code hashFound} says what the entry of each change really hashes to, 0 when it is absent. */
    IndexState settled(ToLongFunction<Pending> hashFound) {
        long entriesNow = entries;
        long sumNow = sum;
        for (Pending change : pending) {
            if (hashFound.applyAsLong(change) == change.hashAfter) {
                entriesNow += change.presence();
                sumNow += change.hashAfter - change.hashBefore;
            }
        }
        return new IndexState(sequence, version, entriesNow, sumNow, List.of());
    }

    /** The next state, which follows the log up to {@code newVersion}. */
    IndexState withVersion(long newVersion) {
        return new IndexState(sequence + 1, newVersion, entries, sum, List.of());
    }

    /** The next state, which holds so many entries with this sum of hashes. */
    IndexState holding(long newEntries, long newSum) {
        return new IndexState(sequence + 1, version, newEntries, newSum, List.of());
    }
}
