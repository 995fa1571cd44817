package dev.hearth.store.index;

/**
 * What an index holds, in a few words: up to which version it follows the log, how many entries there are, and a sum
 * over all of them that tells whether a scan found exactly these.
 *
 * <p>
 * The sum is taken over {@link EntryHash}es modulo 2^64, so that it follows each change without knowing the rest. A
 * change is announced in the state before it is made: whoever finds it pending looks the entry up and knows by its hash
 * whether it was made. So the sum stays exact whatever instruction a process dies at; after a power cut the pages of
 * the file may be of different ages, and then sum or number do not fit.
 *
 * @param sequence   number of this state
 * @param version    last version that was wholly applied
 * @param entries    entries before the pending change
 * @param sum        sum of the hashes of all entries before the pending change
 * @param digestHi   digest of the entry whose change is pending, upper half
 * @param digestLo   lower half
 * @param hashBefore its hash before the change, 0 when it was absent
 * @param hashAfter  its hash after the change, 0 when it is removed; both 0 when no change is pending
 */
record IndexState(long sequence, long version, long entries, long sum, long digestHi, long digestLo, long hashBefore,
        long hashAfter) {
    static final IndexState EMPTY = new IndexState(1, 0, 0, 0, 0, 0, 0, 0);

    boolean isPending() {
        return hashBefore != 0 || hashAfter != 0;
    }

    /** The next state, in which the hash of one entry is about to change. */
    IndexState announcing(long hi, long lo, long before, long after) {
        return new IndexState(sequence + 1, version, entries, sum, hi, lo, before, after);
    }

    /** This state when {@code hashFound} is what the pending entry really hashes to, 0 when it is absent. */
    IndexState settled(long hashFound) {
        if (!isPending()) {
            return this;
        }
        boolean made = hashFound == hashAfter;
        long entriesNow = made ? entries + presence(hashAfter) - presence(hashBefore) : entries;
        long sumNow = made ? sum + hashAfter - hashBefore : sum;
        return new IndexState(sequence, version, entriesNow, sumNow, 0, 0, 0, 0);
    }

    /** The next state, which follows the log up to {@code newVersion}. */
    IndexState withVersion(long newVersion) {
        return new IndexState(sequence + 1, newVersion, entries, sum, 0, 0, 0, 0);
    }

    /** The next state, which holds so many entries with this sum of hashes. */
    IndexState holding(long newEntries, long newSum) {
        return new IndexState(sequence + 1, version, newEntries, newSum, 0, 0, 0, 0);
    }

    private static long presence(long hash) {
        return hash == 0 ? 0 : 1;
    }
}
