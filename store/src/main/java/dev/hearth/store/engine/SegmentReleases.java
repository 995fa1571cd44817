package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWords;
import dev.hearth.store.mark.Reservation;
import dev.hearth.store.mark.SegmentHolds;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.table.TableEntry;

/**
 * Gives segments back, step by step. For the holder of the writer lock.
 *
 * <p>
 * A segment is marked, which is what readers look for behind their hold; then holds are counted: of a reader and the
 * release, one sees the other. Between mark and release lie microseconds, and the release record in the log. Who dies
 * there leaves a mark that the next holder of the lock takes back.
 */
final class SegmentReleases {
    private final SegmentTable table;
    private final MarkWords words;
    private final SegmentHolds holds;
    private final ReferenceMap references;
    private final SweepStep.Listener steps;

    /**
     * A segment that was looked through and whose entries may go.
     *
     * @param segment     head of the run
     * @param generation  its generation
     * @param reservation its reservation word, closed
     * @param inTurn      whether it must be the first in the order of eviction
     * @param ending      where in it the entries lie that end with it, in units
     * @param watched     whether of what continues them only what came since they were watched is in the way
     */
    @SuppressWarnings("ArrayRecordComponent") // made for one release, and nobody writes it
    record Victim(int segment, long generation, long reservation, boolean inTurn, int[] ending,
            boolean watched) {}

    SegmentReleases(MarkFile mark, SegmentHolds holds, ReferenceMap references, SweepStep.Listener steps) {
        this.steps = steps;
        this.table = mark.segments();
        this.words = mark.words();
        this.holds = holds;
        this.references = references;
    }

    /** Whether an entry lies in a segment that is what it was when the entry was written. */
    boolean isThere(EntryDescriptor entry) {
        return table.generation(entry.segment()) == entry.generation() && table.state(entry.segment()).isReadable();
    }

    /** Whether a segment is not open any more. */
    boolean isSealed(int segment) {
        return table.state(segment) != SegmentState.OPEN;
    }

    /** Whether an entry lies in a generation that has ended. */
    boolean isOver(TableEntry entry) {
        return Long.compareUnsigned(table.generation(entry.segment()), entry.generation()) > 0;
    }

    /** Marks a segment, unless somebody holds it or something happened to it; returns whether it is marked. */
    boolean mark(Victim victim) {
        int segment = victim.segment();
        if (table.generation(segment) != victim.generation() || table.reservation(segment) != victim.reservation()
                || (victim.inTurn() && !isFirst(segment))
                || !table.transition(segment, SegmentState.SEALED, SegmentState.MARKED)) {
            return false;
        }
        boolean free = false;
        try {
            free = !holds.isHeld(segment) && !isContinued(victim);
            steps.at(SweepStep.RELEASE_MARKED);
            return free;
        } finally {
            if (!free) {
                unmark(victim);
            }
        }
    }

    /** Whether the entry that lies where the victim says may go: the segment itself stays. */
    boolean mayDrop(Victim victim) {
        return (!victim.inTurn() || isFirst(victim.segment())) && !isContinued(victim);
    }

    /** Whether an entry was continued since it was looked at, or has to stay for that. */
    private boolean isContinued(Victim victim) {
        for (int offsetUnits : victim.ending()) {
            int reference = references.get(victim.segment(), offsetUnits);
            if (victim.watched() ? Chains.isNewlyContinued(reference) : Chains.isProtected(reference)) {
                return true;
            }
        }
        return false;
    }

    /** Whether no sealed segment of activations comes before this one. */
    boolean isFirst(int segment) {
        int first = table.firstSealed(Kind.ACTIVATION.id());
        return first < 0 || first == segment
                || Long.compareUnsigned(table.openedAt(first), table.openedAt(segment)) >= 0;
    }

    /**
     * Whether what is moved into a segment now has its turn behind all that is sealed now; sees to that if nothing else
     * is in it.
     */
    boolean isBehindAll(int segment) {
        // The open one gets its last place when it is replaced, which is still to come.
        return words.openSegment(Kind.ACTIVATION) == segment
                || (Reservation.directoryCount(table.reservation(segment)) == 1
                        && table.restamp(segment, table.openedAt(segment), MarkSegments.nextPlace(words)));
    }

    /** Takes a mark back. */
    void unmark(Victim victim) {
        if (table.generation(victim.segment()) == victim.generation()) {
            boolean _ = table.transition(victim.segment(), SegmentState.MARKED, SegmentState.SEALED);
        }
    }

    /** Frees a segment of which nothing speaks any more; false if somebody else did. */
    boolean free(int segment, long generation) {
        if (table.generation(segment) != generation || table.state(segment) != SegmentState.RELEASED) {
            return false;
        }
        table.free(segment, generation);
        return true;
    }
}
