package dev.hearth.store.table;

import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * Finds and lists what is visible, without a lock, without allocating, without waiting for a writer.
 *
 * <p>
 * <b>Why a find is right.</b> What it relies on is how {@link TableWriter} applies version V: first every successor is
 * published, then {@code last applied} becomes V, then predecessors are unpublished; and that no published slot holds
 * an older version than a slot of the same digest in the <em>other</em> bucket unless it is flagged "newer elsewhere".
 * <p>
 * {@code last applied} is loaded after the control words. Let the buckets be as they were at time t, and be A the value
 * loaded at t' after t; the answer is the newest version up to A. No version that was applied at t is missed: it was
 * published at t unless a newer one was applied before t, which then is there. A version applied between t and t' is
 * either there, and is right at t', or came between t and t', so that the answer without it is right at t. Loaded the
 * other way round, A could be so old that its versions are gone from the buckets already.
 * <p>
 * One bucket is enough if a visible version is found there without the flag: there was nothing newer in the other
 * one. A miss, a flagged slot, or a slot that is not visible yet need both buckets as of one instant, for an entry
 * may be on its way from one to the other; while it moves it is published in both.
 * <p>
 * A reader starts again only if a writer changed one of its two buckets in the few nanoseconds between its loads.
 * Memory that nobody writes never makes it start again, whatever is in it. The limit on attempts is for what cannot
 * happen, and the answer then is a miss.
 *
 * <p>
 * Threads: any number, no state of its own.
 */
final class TableReader {
    private static final int MAX_ATTEMPTS = 100_000;
    private static final int MOVED = -1;
    private static final int MISS = 0;
    private static final int HIT = 1;

    private final Buckets buckets;
    private final NamespaceTable namespaces;
    private final TableHeader header;
    private final AppliedWord lastApplied;

    TableReader(Buckets buckets, NamespaceTable namespaces, TableHeader header, AppliedWord lastApplied) {
        this.buckets = buckets;
        this.namespaces = namespaces;
        this.header = header;
        this.lastApplied = lastApplied;
    }

    /** Fills {@code out} with the newest visible version and returns true, or returns false if there is none. */
    boolean find(long digestHi, long digestLo, TableEntry out) {
        long home = buckets.home(digestHi);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            long control = buckets.control(home);
            long applied = lastApplied.get();
            int slot = buckets.newestVisible(home, control, digestHi, digestLo, applied);
            if (slot >= 0 && ((Buckets.newerElsewhere(control) >>> slot) & 1) == 0) {
                buckets.copy(home, slot, out);
                if (buckets.isUnchanged(home, control)) {
                    return isPresent(out, applied);
                }
            } else {
                int outcome = findInBoth(home, control, digestHi, digestLo, out);
                if (outcome != MOVED) {
                    return outcome == HIT;
                }
            }
            Thread.onSpinWait();
        }
        return false;
    }

    private int findInBoth(long home, long control, long digestHi, long digestLo, TableEntry out) {
        long alternate = buckets.alternate(digestHi, digestLo);
        long otherControl = buckets.control(alternate);
        long applied = lastApplied.get();
        int slot = buckets.newestVisible(home, control, digestHi, digestLo, applied);
        int otherSlot = buckets.newestVisible(alternate, otherControl, digestHi, digestLo, applied);
        boolean isInOther = otherSlot >= 0 && (slot < 0 || AppliedWord.covers(buckets.version(alternate, otherSlot),
                buckets.version(home, slot)));
        if (isInOther) {
            buckets.copy(alternate, otherSlot, out);
        } else if (slot >= 0) {
            buckets.copy(home, slot, out);
        }
        if (!buckets.isUnchanged(home, control) || !buckets.isUnchanged(alternate, otherControl)) {
            return MOVED;
        }
        return (isInOther || slot >= 0) && isPresent(out, applied) ? HIT : MISS;
    }

    private boolean isPresent(TableEntry entry, long applied) {
        return entry.isSound() && !entry.isTombstone()
                && !namespaces.isDead(entry.namespace(), entry.version, applied);
    }

    /**
     * Hands over every visible entry, bucket by bucket, in a holder that is reused.
     *
     * <p>
     * What is put, replaced or removed meanwhile is seen as before or after. An entry that is replaced meanwhile may be
     * seen twice, one that is moved twice or not at all.
     *
     * @return whether nothing was moved meanwhile, so that no entry that stood there throughout was left out
     */
    boolean forEach(Consumer<TableEntry> consumer) {
        long moves = header.moves();
        TableEntry[] slots = new TableEntry[TableDescriptor.SLOTS_PER_BUCKET];
        for (int slot = 0; slot < slots.length; slot++) {
            slots[slot] = new TableEntry();
        }
        TableEntry found = new TableEntry();
        for (long index = 0; index < buckets.count(); index++) {
            long bucket = buckets.at(index);
            int copied = copyAll(bucket, slots);
            for (int slot = 0; slot < copied; slot++) {
                TableEntry entry = slots[slot];
                if (isNewDigest(slots, slot) && buckets.other(bucket, entry.digestHi, entry.digestLo) >= 0
                        && find(entry.digestHi, entry.digestLo, found) && isListedHere(bucket, found)) {
                    consumer.accept(found);
                }
            }
        }
        VarHandle.loadLoadFence();
        return (moves & 1) == 0 && header.moves() == moves;
    }

    /** Copies the published slots of one state of a bucket. */
    private int copyAll(long bucket, TableEntry[] slots) {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            long control = buckets.control(bucket);
            int copied = 0;
            for (int mask = Buckets.published(control); mask != 0; mask &= mask - 1) {
                buckets.copy(bucket, Integer.numberOfTrailingZeros(mask), slots[copied++]);
            }
            if (buckets.isUnchanged(bucket, control)) {
                return copied;
            }
            Thread.onSpinWait();
        }
        return 0;
    }

    private static boolean isNewDigest(TableEntry[] slots, int slot) {
        for (int before = 0; before < slot; before++) {
            if (slots[before].hasDigest(slots[slot].digestHi, slots[slot].digestLo)) {
                return false;
            }
        }
        return true;
    }

    /**
     * An entry is listed with the first of its buckets in the order of the walk, if it has a slot there by then.
     * Settling may take that slot away later, so the second bucket lists what the first does not have any more:
     * rather twice than never. To appear in the first bucket after the walk passed it, an entry must cross over,
     * which the header counts.
     */
    private boolean isListedHere(long bucket, TableEntry found) {
        long other = buckets.other(bucket, found.digestHi, found.digestLo);
        return other > bucket || buckets.newestVisible(other, buckets.control(other), found.digestHi, found.digestLo,
                -1L) == Buckets.NO_SLOT;
    }
}
