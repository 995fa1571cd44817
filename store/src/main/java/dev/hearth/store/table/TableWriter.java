package dev.hearth.store.table;

import dev.hearth.store.HearthException;
import org.jspecify.annotations.Nullable;

/**
 * Puts versions into the buckets and takes them out again: for the holder of the writer lock.
 *
 * <p>
 * <b>The order of a commit.</b> Version V is applied in three steps: all successors and tombstones are inserted, and
 * nobody sees them; the caller sets {@code last applied} to V, and everybody sees all of them; every digest is
 * settled, which unpublishes what is no longer the newest. Each step may be done again from its start, for inserting
 * what is there and settling what is settled change nothing. Who finds that the lock holder died does the whole
 * commit again or, if it was applied, only has to clear predecessors away; {@link TableCounter} does that for all
 * digests at once.
 *
 * <p>
 * <b>Where versions lie.</b> A successor goes beside its predecessor, or into the other bucket if only that has a
 * free slot, or else room is made by moving others. Readers may stop at the first bucket that has a visible version,
 * therefore the rule: <em>a published slot of which the other bucket has a newer version is flagged "newer
 * elsewhere"</em>, unless its own bucket has that newer version as well. It is kept thus: before a version is
 * published, its older versions in the other bucket are flagged; when it is published, it is flagged itself if the
 * other bucket has a newer one. A flag too many costs a reader one more look, so flags vanish only together with
 * their slots.
 *
 * <p>
 * Were successors bound to the bucket of their predecessor, a commit that replaces many entries of a well-filled
 * table could not be applied: three pairs fill a bucket of seven. With the flag every slot is free to be in either
 * bucket at any time, and nine tenths of all slots can be used, whatever is a predecessor of what.
 *
 * <p>
 * <b>Moving</b> is publishing in the other bucket, and then unpublishing here: at every instant the entry is in one of
 * the two at least. A writer that dies in between leaves a twin, which has the same words and is as right as the other.
 * The header says which digest is being moved, and the next writer takes the twin out before it moves anything itself.
 *
 * <p>
 * <b>Taking out</b> starts with the oldest version, so that none comes back by losing what hid it: predecessors go
 * before the tombstone above them.
 *
 * <p>
 * What is damaged, or dead because its namespace ended, is taken out when its room is needed. The count of slots and
 * the totals of namespaces follow each slot as it comes and goes; after a death they are counted anew.
 */
final class TableWriter {
    private static final long ANY_VERSION = -1;

    private final Buckets buckets;
    private final NamespaceTable namespaces;
    private final TableHeader header;
    private final AppliedWord lastApplied;
    private final SlotQueries queries;
    /** Made when it is first needed: most processes only read. */
    private @Nullable RoomFinder rooms;
    private final TableEntry leaving = new TableEntry();
    private final TableEntry moving = new TableEntry();
    private final TableEntry cleaned = new TableEntry();
    private final TableEntry tombstone = new TableEntry();

    TableWriter(Buckets buckets, NamespaceTable namespaces, TableHeader header, AppliedWord lastApplied) {
        this.buckets = buckets;
        this.namespaces = namespaces;
        this.header = header;
        this.lastApplied = lastApplied;
        this.queries = new SlotQueries(buckets);
    }

    /** Publishes a version, unless it is there. */
    void insert(TableEntry entry) {
        if (!entry.isSound()) {
            throw new IllegalArgumentException("entry=" + entry);
        }
        namespaces.checkNumber(entry.namespace());
        finishMove();
        long home = buckets.home(entry.digestHi);
        long alternate = buckets.alternate(entry.digestHi, entry.digestLo);
        int here = queries.ofDigest(home, entry.digestHi, entry.digestLo);
        int there = queries.ofDigest(alternate, entry.digestHi, entry.digestLo);
        if (queries.withVersion(home, here, entry.version) == 0
                && queries.withVersion(alternate, there, entry.version) == 0) {
            boolean beside = Long.compareUnsigned(queries.newest(alternate, there, ANY_VERSION),
                    queries.newest(home, here, ANY_VERSION)) > 0;
            add(entry, beside ? alternate : home, beside ? home : alternate);
        }
    }

    void insertTombstone(long digestHi, long digestLo, long version) {
        insert(tombstone.tombstone(digestHi, digestLo, version));
    }

    /** Unpublishes what an applied version of the digest has superseded, and that version too if it is no entry. */
    void settle(long digestHi, long digestLo) {
        long home = buckets.home(digestHi);
        long alternate = buckets.alternate(digestHi, digestLo);
        int here = queries.ofDigest(home, digestHi, digestLo);
        int there = queries.ofDigest(alternate, digestHi, digestLo);
        long applied = lastApplied.get();
        long newest = newestOf(home, here, alternate, there, applied);
        takeOut(home, queries.olderThan(home, here, newest), true);
        takeOut(alternate, queries.olderThan(alternate, there, newest), true);
        here = queries.withVersion(home, here, newest);
        there = queries.withVersion(alternate, there, newest);
        takeOut(home, absent(home, here, applied), true);
        takeOut(alternate, absent(alternate, there, applied), true);
    }

    /**
     * Fills {@code out} with the newest published version, visible or not; false if there is none, or it is no entry.
     */
    boolean newest(long digestHi, long digestLo, TableEntry out) {
        long home = buckets.home(digestHi);
        long alternate = buckets.alternate(digestHi, digestLo);
        int here = queries.ofDigest(home, digestHi, digestLo);
        int there = queries.ofDigest(alternate, digestHi, digestLo);
        long newest = newestOf(home, here, alternate, there, ANY_VERSION);
        if (newest == 0) {
            return false;
        }
        int mask = queries.withVersion(home, here, newest);
        if (mask != 0) {
            buckets.copy(home, Integer.numberOfTrailingZeros(mask), out);
        } else {
            mask = queries.withVersion(alternate, there, newest);
            buckets.copy(alternate, Integer.numberOfTrailingZeros(mask), out);
        }
        return !out.isTombstone() && !namespaces.isEnded(out.namespace(), newest);
    }

    /** Gives an entry whose version stays another place; false if that version is not there. */
    boolean relocate(TableEntry entry) {
        finishMove();
        long home = buckets.home(entry.digestHi);
        long alternate = buckets.alternate(entry.digestHi, entry.digestLo);
        int here = sameVersion(home, entry);
        int there = sameVersion(alternate, entry);
        if ((here | there) == 0) {
            return false;
        }
        if (queries.equalTo(home, here, entry) == 0 && queries.equalTo(alternate, there, entry) == 0) {
            add(entry, here != 0 ? home : alternate, here != 0 ? alternate : home);
        }
        here = sameVersion(home, entry);
        there = sameVersion(alternate, entry);
        takeOut(home, here & ~queries.equalTo(home, here, entry), true);
        takeOut(alternate, there & ~queries.equalTo(alternate, there, entry), true);
        return true;
    }

    /** Takes out an entry if it lies in this segment and generation; says whether it did. */
    boolean drop(long digestHi, long digestLo, int segment, long generation) {
        settle(digestHi, digestLo);
        long home = buckets.home(digestHi);
        long alternate = buckets.alternate(digestHi, digestLo);
        int here = lyingIn(home, queries.ofDigest(home, digestHi, digestLo), segment, generation);
        int there = lyingIn(alternate, queries.ofDigest(alternate, digestHi, digestLo), segment, generation);
        takeOut(home, here, true);
        takeOut(alternate, there, true);
        return (here | there) != 0;
    }

    /** Takes out the twin that is there if a writer died while it moved an entry. */
    void finishMove() {
        if ((header.moves() & 1) == 0) {
            return;
        }
        long digestHi = header.movingDigestHi();
        long digestLo = header.movingDigestLo();
        long home = buckets.home(digestHi);
        long alternate = buckets.alternate(digestHi, digestLo);
        for (int mask = queries.ofDigest(home, digestHi, digestLo); mask != 0; mask &= mask - 1) {
            buckets.copy(home, Integer.numberOfTrailingZeros(mask), moving);
            int there = queries.ofDigest(alternate, digestHi, digestLo);
            takeOut(alternate, queries.equalTo(alternate, there, moving), false);
        }
        header.endMove();
    }

    /** Takes out of a bucket what is damaged, dead or superseded; says how many slots were damaged. */
    int clean(long bucket) {
        int damaged = 0;
        for (int mask = Buckets.published(buckets.control(bucket)); mask != 0; mask &= mask - 1) {
            long control = buckets.control(bucket);
            int slot = Integer.numberOfTrailingZeros(mask);
            if (((Buckets.published(control) >>> slot) & 1) == 0) {
                continue;
            }
            buckets.copy(bucket, slot, cleaned);
            if (!cleaned.isSound() || buckets.other(bucket, cleaned.digestHi, cleaned.digestLo) < 0) {
                takeOut(bucket, 1 << slot, false);
                damaged++;
            } else if (cleaned.isTombstone() || ((Buckets.newerElsewhere(control) >>> slot) & 1) != 0
                    || Integer.bitCount(buckets.candidates(bucket, control, cleaned.digestHi)) > 1
                    || namespaces.isDead(cleaned.namespace(), cleaned.version, lastApplied.get())) {
                settle(cleaned.digestHi, cleaned.digestLo);
            }
        }
        return damaged;
    }

    private void add(TableEntry entry, long preferred, long second) {
        long target = preferred;
        if (!hasFree(preferred)) {
            target = hasFree(second) ? second : makeRoom(preferred, second);
        }
        long other = target == preferred ? second : preferred;
        boolean crosses = queries.ofDigest(other, entry.digestHi, entry.digestLo) != 0;
        if (crosses) {
            header.beginMove(entry.digestHi, entry.digestLo);
        }
        publish(entry, target, other);
        if (crosses) {
            header.endMove();
        }
        header.addUsedSlots(1);
        if (!entry.isTombstone()) {
            namespaces.count(entry, 1);
        }
    }

    private boolean hasFree(long bucket) {
        if (Buckets.published(buckets.control(bucket)) == TableDescriptor.PUBLISHED_MASK) {
            clean(bucket);
        }
        return Buckets.published(buckets.control(bucket)) != TableDescriptor.PUBLISHED_MASK;
    }

    /** Frees a slot in one of two full buckets and says in which. */
    private long makeRoom(long preferred, long second) {
        RoomFinder finder = rooms;
        if (finder == null) {
            finder = new RoomFinder(buckets, this::hasFree);
            rooms = finder;
        }
        int at = finder.search(preferred, second);
        if (at < 0) {
            throw new HearthException.Full("lookup table: no slot within reach, usedSlots=" + header.usedSlots()
                    + " slots=" + buckets.count() * TableDescriptor.SLOTS_PER_BUCKET);
        }
        for (int parent = finder.parent(at); parent >= 0; parent = finder.parent(at)) {
            move(finder.bucket(parent), finder.parentSlot(at), finder.bucket(at));
            at = parent;
        }
        return finder.bucket(at);
    }

    private void move(long from, int slot, long to) {
        if (((Buckets.published(buckets.control(from)) >>> slot) & 1) == 0) {
            return;
        }
        buckets.copy(from, slot, moving);
        header.beginMove(moving.digestHi, moving.digestLo);
        int there = queries.ofDigest(to, moving.digestHi, moving.digestLo);
        if (queries.equalTo(to, there, moving) == 0) {
            publish(moving, to, from);
            header.addUsedSlots(1);
        }
        takeOut(from, 1 << slot, false);
        header.endMove();
    }

    private void publish(TableEntry entry, long target, long other) {
        int elsewhere = queries.ofDigest(other, entry.digestHi, entry.digestLo);
        long otherControl = buckets.control(other);
        int flagged = Buckets.newerElsewhere(otherControl) | queries.olderThan(other, elsewhere, entry.version);
        if (flagged != Buckets.newerElsewhere(otherControl)) {
            buckets.publish(other, Buckets.published(otherControl), flagged);
        }
        long control = buckets.control(target);
        int slot = Integer.numberOfTrailingZeros(~Buckets.published(control));
        if (slot >= TableDescriptor.SLOTS_PER_BUCKET) {
            throw new IllegalStateException("no free slot in bucket=" + target);
        }
        buckets.fill(target, slot, entry);
        boolean isOlder = Long.compareUnsigned(queries.newest(other, elsewhere, ANY_VERSION), entry.version) > 0;
        buckets.publish(target, Buckets.published(control) | (1 << slot),
                Buckets.newerElsewhere(control) | (isOlder ? 1 << slot : 0));
    }

    private void takeOut(long bucket, int slots, boolean counts) {
        if (slots == 0) {
            return;
        }
        for (int mask = counts ? slots : 0; mask != 0; mask &= mask - 1) {
            buckets.copy(bucket, Integer.numberOfTrailingZeros(mask), leaving);
            if (!leaving.isTombstone() && !namespaces.isEnded(leaving.namespace(), leaving.version)) {
                namespaces.count(leaving, -1);
            }
        }
        long control = buckets.control(bucket);
        buckets.publish(bucket, Buckets.published(control) & ~slots, Buckets.newerElsewhere(control) & ~slots);
        buckets.clear(bucket, slots);
        header.addUsedSlots(-Integer.bitCount(slots));
    }

    private long newestOf(long home, int here, long alternate, int there, long limit) {
        long newest = queries.newest(home, here, limit);
        long other = queries.newest(alternate, there, limit);
        return Long.compareUnsigned(other, newest) > 0 ? other : newest;
    }

    private int sameVersion(long bucket, TableEntry entry) {
        return queries.withVersion(bucket, queries.ofDigest(bucket, entry.digestHi, entry.digestLo), entry.version);
    }

    /** Of these applied slots those that are no entries: tombstones, and what died with its namespace. */
    private int absent(long bucket, int slots, long applied) {
        int found = 0;
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            buckets.copy(bucket, Integer.numberOfTrailingZeros(mask), leaving);
            boolean isAbsent = leaving.isTombstone()
                    || namespaces.isDead(leaving.namespace(), leaving.version, applied);
            found |= isAbsent ? mask & -mask : 0;
        }
        return found;
    }

    private int lyingIn(long bucket, int slots, int segment, long generation) {
        int found = 0;
        for (int mask = slots; mask != 0; mask &= mask - 1) {
            buckets.copy(bucket, Integer.numberOfTrailingZeros(mask), leaving);
            boolean isThere = !leaving.isTombstone() && leaving.segment() == segment
                    && leaving.generation == generation;
            found |= isThere ? mask & -mask : 0;
        }
        return found;
    }
}
