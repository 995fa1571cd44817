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
 * a child is committed, moved, or passed over by the hand, unless both lie in the same segment. When the hand passes
 * the parent and it stays, <i>new</i> becomes <i>old</i>, and <i>old</i> goes. While one of them is set the parent is
 * not dropped, and within one segment a parent stays if its child does. A child is committed and moved only if its
 * parent is there. All of this, and the last look before a segment is released, happens under the writer lock.
 *
 * <p>
 * <b>Why a parent outlives its children.</b> Suppose the hand passes parent P for the k-th time since it was put, at
 * p(k), finds neither bit, and child C is there in another segment X. Let e be the time at which C was last committed,
 * moved or passed. At e the <i>new</i> bit was set. Were e after p(k-1), it would still be <i>new</i> now; were it
 * between p(k-2) and p(k-1), it would be <i>old</i> now. So it was before p(k-2), and the hand did not meet C in two
 * laps of P. But segments are swept in the order of their place, and what stays goes to the back: at p(k-2) P went
 * behind every segment that was sealed then, so if X was one of those, X was swept before p(k-1). And if X was still
 * the open segment, then either P went into X itself, or X is retired, at the latest when a segment whose place is
 * later than the one X was opened with reaches the front, which is at p(k-1) at the latest, and X is swept in the lap
 * behind that. Both contradict e. Being swept out of turn only sets bits and puts things further back.
 *
 * <p>
 * Bits set by C survive moves of P: the copy is given them by {@link #moved}, at the commit of the move. The bits are
 * lost with the map, at a reboot; for two laps from then on chains may lose their order.
 */
final class Chains {
    private static final int NEW = 0x80;
    private static final int OLD = 0x40;
    private static final int BOTH = NEW | OLD;
    private final LookupTable table;
    private final ReferenceMap references;
    private final TableEntry found = new TableEntry();

    Chains(LookupTable table, ReferenceMap references) {
        this.table = table;
        this.references = references;
    }

    /** Whether an entry with this reference byte has to stay because of what continues it. */
    static boolean isProtected(int reference) {
        return (reference & BOTH) != 0;
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
        if (!table.lookupForUpdate(parent.hi(), parent.lo(), found)) {
            return false;
        }
        if (found.kind() == Kind.ACTIVATION) {
            note(found.segment(), found.offsetUnits(), segment);
        }
        return true;
    }

    private void note(int parentSegment, int offsetUnits, int segment) {
        if (parentSegment != segment) {
            references.addFlags(parentSegment, offsetUnits, NEW);
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
        if (entry.kind() == Kind.ACTIVATION) {
            references.addFlags(entry.segment(), entry.offsetUnits(),
                    references.get(old.segment(), old.offsetUnits()) & BOTH);
        }
    }

    /** The hand passed an entry, and moves it. */
    void moved(Intent.Relocate relocate) {
        EntryDescriptor to = relocate.moved();
        int before = references.get(relocate.fromSegment(), relocate.fromOffsetUnits());
        references.setFlags(to.segment(), to.offsetUnits(), BOTH, aged(before));
    }

    /** The hand passed an entry, which stays where it is. Any thread. */
    static void passed(ReferenceMap references, int segment, int offsetUnits) {
        references.setFlags(segment, offsetUnits, BOTH, aged(references.get(segment, offsetUnits)));
    }

    private static int aged(int before) {
        return (before & NEW) != 0 ? OLD : 0;
    }
}
