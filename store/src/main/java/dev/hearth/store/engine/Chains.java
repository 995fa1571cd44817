package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps prefix chains whole: no entry is evicted while one that continues it is there. For the holder of the writer
 * lock.
 *
 * <p>
 * An entry that continues another names it (its <i>parent</i>) in its header; nothing names the children of an entry.
 * Instead, two bits of the parent's reference byte say that there are some. The upper one, <i>new</i>, is set whenever
 * a child is committed, moved, or passed over by the hand, unless both lie in the same segment and that is still open.
 * When the hand passes the parent and it stays, <i>new</i> becomes <i>old</i>, and <i>old</i> goes: the bits age. While
 * one of them is set the parent is not dropped, and within one segment a parent stays if its child does. All of this,
 * and the last look before a segment is released, happens under the writer lock. A child is committed only if its
 * parent is there.
 *
 * <p>
 * <b>What the bits rest on.</b> Bits age only (1) where an entry stays and its segment is given its place at the back,
 * in the same hold of the lock; or (2) where it is moved out of the first segment, into the open segment, or into one
 * in which it is alone, which then is given its place anew. So the place from which the hand takes the entry next is
 * younger than the ageing. Before the hand takes a segment, what is open and has an earlier place is closed. A segment
 * ceases to be the open one only after it was given a place behind all others. Out of turn bits do not age, and nothing
 * is dropped.
 *
 * <p>
 * <b>Why a parent outlives its children.</b> Suppose the hand looks at parent P, finds neither bit, and child C is in
 * another segment X. Let e be the time at which C was last committed, moved or passed. Then <i>new</i> was set, so P
 * aged at least twice since; let a be the last but one and b the last time, e &lt; a &lt; b. At b, X was not the open
 * segment unless P went into X itself: for P's segment then had a place younger than a, and X an older one, so X was
 * closed before P was passed, or P was moved, into the open segment. If X is closed at b, its place is older than that
 * from which P is looked at now, and the hand was there in between: it dropped C, or noted it, and both contradict e.
 * And if P went into X itself, both stayed together until one of them was moved or replaced, which notes C again: a
 * segment's own byte says that there are children beside their parents, and whoever replaces an entry from such a
 * segment counts as continued.
 *
 * <p>
 * <b>The last resort.</b> If nothing else makes room, a segment is dropped although entries in it are continued; but
 * {@link Descendants} go before them, leaf by leaf. Meanwhile <i>old</i> protects the entries from everybody else, and
 * <i>new</i> tells that something came to continue them, which ends the attempt.
 *
 * <p>
 * <b>What is not promised.</b> The bits are in memory: they are lost when the host starts anew, and a child that was
 * there before may lose its parent until the hand has met it, which it has after two laps. Children that are parameters
 * are not met by the hand, and do not keep an activation. Who removes a parent, lets it expire, or replaces it, leaves
 * its children as they are; a child whose header is damaged is not met. Entries of less than a KiB may share their
 * bits: that protects one for the sake of the other, but the last resort, which has them age out of turn, may leave one
 * of them unprotected a lap early while its child lies in the open segment.
 */
final class Chains {
    private static final int NEW = 0x80;
    private static final int OLD = 0x40;
    private static final int BOTH = NEW | OLD;
    private final LookupTable table;
    private final SegmentReleases releases;
    private final ReferenceMap references;
    private final TableEntry found = new TableEntry();

    Chains(LookupTable table, SegmentReleases releases, ReferenceMap references) {
        this.table = table;
        this.releases = releases;
        this.references = references;
    }

    /** Whether an entry with this reference byte has to stay because of what continues it. */
    static boolean isProtected(int reference) {
        return (reference & BOTH) != 0;
    }

    /** Whether something has come to continue an entry since it was watched. */
    static boolean isNewlyContinued(int reference) {
        return (reference & NEW) != 0;
    }

    /**
     * Notes that an entry in {@code segment} continues {@code parent}, and stays or comes.
     *
     * @param before what the transaction does before that
     * @return false if the parent is not there, so that the entry should not be either
     */
    boolean continued(Intent.Parent parent, int segment, List<LogOperation> before) {
        if (parent.isNone()) {
            return true;
        }
        EntryDescriptor planned = planned(parent, before);
        if (planned != null && planned.kind() == Kind.PARAMETER) {
            return true;
        }
        if (planned != null) {
            note(planned.segment(), planned.offsetUnits(), segment);
            return true;
        }
        // Of a segment that was released the table still has what nobody has cleared away yet.
        if (!table.lookupForUpdate(parent.hi(), parent.lo(), found) || releases.isOver(found)) {
            return false;
        }
        if (found.kind() == Kind.ACTIVATION) {
            note(found.segment(), found.offsetUnits(), segment);
        }
        return true;
    }

    private void note(int parentSegment, int offsetUnits, int segment) {
        if (parentSegment != segment || releases.isSealed(segment)) {
            references.addFlags(parentSegment, offsetUnits, NEW);
        } else {
            references.addFlags(segment, references.ownOffsetUnits(), NEW);
        }
    }

    private static @Nullable EntryDescriptor planned(Intent.Parent parent,
            List<LogOperation> before) {
        for (LogOperation operation : before) {
            EntryDescriptor entry = switch (operation) {
                case LogOperation.Put put -> put.entry();
                case LogOperation.Relocate relocate -> relocate.entry();
                default -> null;
            };
            if (entry != null && entry.digestHi() == parent.hi() && entry.digestLo() == parent.lo()) {
                return entry;
            }
        }
        return null;
    }

    /** The entry that takes the place of another one has the same children. */
    void replaced(TableEntry old, EntryDescriptor entry) {
        if (entry.kind() != Kind.ACTIVATION || old.kind() != Kind.ACTIVATION || releases.isOver(old)) {
            return;
        }
        // What lay beside the old one was not noted so far.
        boolean beside = old.segment() != entry.segment()
                && references.get(old.segment(), references.ownOffsetUnits()) >= OLD;
        references.addFlags(entry.segment(), entry.offsetUnits(),
                (references.get(old.segment(), old.offsetUnits()) & BOTH) | (beside ? NEW : 0));
    }

    /** An entry is moved, by the hand or out of turn. */
    void moved(Intent.Relocate relocate) {
        int before = references.get(relocate.fromSegment(), relocate.fromOffsetUnits());
        if (isProtected(before)) {
            EntryDescriptor to = relocate.moved();
            boolean ages = releases.isFirst(relocate.fromSegment()) && releases.isBehindAll(to.segment());
            // Added, because the byte may be that of a neighbour, too.
            references.addFlags(to.segment(), to.offsetUnits(), ages ? aged(before) : before & BOTH);
        }
    }

    /** The hand passed an entry, which stays where it is. */
    static void passed(ReferenceMap references, int segment, int offsetUnits) {
        references.setFlags(segment, offsetUnits, BOTH, aged(references.get(segment, offsetUnits)));
    }

    /** From now on {@link #isNewlyContinued} says whether something has come to continue this entry. */
    void watch(Intent.Parent entry) {
        if (table.lookupForUpdate(entry.hi(), entry.lo(), found) && found.kind() == Kind.ACTIVATION
                && !releases.isOver(found)) {
            references.setFlags(found.segment(), found.offsetUnits(), BOTH, OLD);
        }
    }

    private static int aged(int before) {
        return (before & NEW) != 0 ? OLD : 0;
    }
}
