package dev.hearth.store.table;

import dev.hearth.store.io.DirectWords;
import java.lang.invoke.VarHandle;

/**
 * The short way to what nearly all finds find: an entry that does not expire and is alone with its digest in its home
 * bucket. Reads at bare addresses, in the order of loads of {@link TableReader}; the caller keeps
 * the memory mapped meanwhile. What it does not find may be there all the same. Any thread.
 */
public final class DirectReader {
    private final long bucketsAddress;
    private final long bucketCount;
    private final long seed;
    private final NamespaceTable namespaces;
    private final long namespacesAddress;
    private final long appliedAddress;
    private final Lookaside lookaside;

    DirectReader(Buckets buckets, NamespaceTable namespaces, AppliedWord lastApplied, Lookaside lookaside) {
        this.bucketsAddress = buckets.address();
        this.bucketCount = buckets.count();
        this.seed = buckets.seed();
        this.namespaces = namespaces;
        this.namespacesAddress = namespaces.address();
        this.appliedAddress = lastApplied.address();
        this.lookaside = lookaside;
    }

    /** Whether there is such a way: not in memory on the heap, and not in a table of a test's own size. */
    boolean isPossible() {
        return bucketsAddress != DirectWords.NOWHERE && appliedAddress != DirectWords.NOWHERE
                && namespacesAddress != DirectWords.NOWHERE && namespaces.capacity() == NamespaceDescriptor.RECORDS;
    }

    /**
     * Fills {@code out} with an entry of a namespace that was found here before and {@linkplain #remember remembered};
     * returns where its value starts in the data file, if it is contiguous, else what was noted of it, at most 0; or
     * {@link Lookaside#ABSENT}.
     *
     * @param definedAt the commit that defined the namespace
     */
    public long recall(long digestHi, long digestLo, int namespace, long definedAt, TableEntry out) {
        if (Integer.compareUnsigned(namespace, NamespaceDescriptor.RECORDS) >= 0) {
            return Lookaside.ABSENT;
        }
        long record = namespacesAddress + (long) namespace * NamespaceDescriptor.RECORD_BYTES;
        long seal = digestLo ^ DirectWords.getAcquire(bucketsAddress + Buckets.home(digestHi, seed, bucketCount)
                + TableDescriptor.CONTROL_OFFSET);
        long line = lookaside.line(digestHi, digestLo);
        // First which writing it is, then whether that is through.
        long start = DirectWords.getAcquire(line + Lookaside.START);
        if (DirectWords.getAcquire(line) != seal) {
            return Lookaside.ABSENT;
        }
        if (!isAlive(record, namespace, definedAt, DirectWords.get(line + Lookaside.VERSION))) {
            return Lookaside.ABSENT;
        }
        long length = DirectWords.get(line + Lookaside.LENGTH);
        out.digestHi = DirectWords.get(line + Lookaside.DIGEST_HI);
        out.digestLo = digestLo;
        out.version = DirectWords.get(line + Lookaside.VERSION);
        out.generation = DirectWords.get(line + Lookaside.GENERATION);
        out.place = (length >>> Lookaside.SEGMENT_SHIFT) | ((long) namespace << Integer.SIZE);
        out.extent = DirectWords.get(line + Lookaside.EXTENT);
        out.logicalBytes = length & Lookaside.LENGTH_MASK;
        out.misc = DirectWords.get(line + Lookaside.MISC);
        out.control = seal ^ digestLo;
        VarHandle.loadLoadFence();
        boolean same = DirectWords.getAcquire(line) == seal && DirectWords.getOpaque(line + Lookaside.START) == start;
        return same && out.digestHi == digestHi ? Lookaside.startBytes(start) : Lookaside.ABSENT;
    }

    /**
     * Whether an entry of this version belongs to the namespace that {@code definedAt} defined under this number, and
     * is not dead.
     */
    private boolean isAlive(long record, int namespace, long definedAt, long version) {
        long ended = DirectWords.getAcquire(record + NamespaceDescriptor.ENDED_OFFSET)
                | DirectWords.getAcquire(record + NamespaceDescriptor.OTHER_ENDED_OFFSET);
        // That it still is this namespace is looked at last: the number may have been given to another one meanwhile.
        return (ended == 0 || !namespaces.isDead(namespace, version, DirectWords.getAcquire(appliedAddress)))
                && DirectWords.getAcquire(record + NamespaceDescriptor.READY_OFFSET) == definedAt;
    }

    /**
     * Fills {@code out} with an entry of a namespace and returns true; false means nothing.
     *
     * @param definedAt the commit that defined the namespace
     */
    public boolean find(long digestHi, long digestLo, int namespace, long definedAt, TableEntry out) {
        if (Integer.compareUnsigned(namespace, NamespaceDescriptor.RECORDS) >= 0) {
            return false;
        }
        long bucket = bucketsAddress + Buckets.home(digestHi, seed, bucketCount);
        long control = DirectWords.getAcquire(bucket + TableDescriptor.CONTROL_OFFSET);
        long applied = DirectWords.getAcquire(appliedAddress);
        int fitting = Buckets.fitting(DirectWords.get(bucket + TableDescriptor.TAGS_OFFSET),
                DirectWords.get(bucket + TableDescriptor.TAGS_OFFSET + 8), digestHi) & Buckets.published(control);
        if (Integer.bitCount(fitting) != 1 || (fitting & Buckets.newerElsewhere(control)) != 0) {
            return false;
        }
        copy(bucket + TableDescriptor.SLOTS_OFFSET
                + (long) Integer.numberOfTrailingZeros(fitting) * TableDescriptor.SLOT_BYTES, out);
        VarHandle.loadLoadFence();
        out.control = control;
        return DirectWords.getOpaque(bucket + TableDescriptor.CONTROL_OFFSET) == control
                && out.hasDigest(digestHi, digestLo) && AppliedWord.covers(applied, out.version)
                && out.isSoundAndPlain() && out.namespace() == namespace
                && isAlive(namespacesAddress + (long) namespace * NamespaceDescriptor.RECORD_BYTES, namespace,
                        definedAt, out.version);
    }

    private static void copy(long slot, TableEntry target) {
        target.digestHi = DirectWords.get(slot + TableDescriptor.DIGEST_HI_OFFSET);
        target.digestLo = DirectWords.get(slot + TableDescriptor.DIGEST_LO_OFFSET);
        target.version = DirectWords.get(slot + TableDescriptor.VERSION_OFFSET);
        target.generation = DirectWords.get(slot + TableDescriptor.GENERATION_OFFSET);
        target.place = DirectWords.get(slot + TableDescriptor.PLACE_OFFSET);
        target.extent = DirectWords.get(slot + TableDescriptor.EXTENT_OFFSET);
        target.logicalBytes = DirectWords.get(slot + TableDescriptor.LOGICAL_BYTES_OFFSET);
        target.misc = DirectWords.get(slot + TableDescriptor.MISC_OFFSET);
    }

    /**
     * Notes what {@link #find} or {@link #recall} has just found, a contiguous value once it was checked.
     *
     * @param startBytes where the value starts in the data file; if it is not contiguous 0, or a
     *                   {@link Lookaside#note}
     */
    public void remember(TableEntry entry, long startBytes) {
        lookaside.put(entry.control, entry, startBytes);
    }
}
