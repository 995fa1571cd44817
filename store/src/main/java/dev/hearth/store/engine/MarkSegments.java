package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.mark.ExtentRequest;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.Reservation;
import dev.hearth.store.mark.SegmentHolds;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.mark.SegmentWord;
import dev.hearth.store.segment.SegmentStates;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The states of segments as the mark file has them. Any thread. */
final class MarkSegments implements SegmentStates {
    private final SegmentTable table;
    private final MarkWords words;
    private final long owner;
    private final LongPredicate isAlive;
    private final long segmentUnits;
    private final SegmentHolds holds;
    private volatile @Nullable Holds shared;
    private final ReferenceMap references;

    /** A view of the segments of {@code mark} for the attachment that has {@code slot}. */
    MarkSegments(MarkFile mark, ProcessSlots slots, ProcessSlot slot, ReferenceMap references) {
        this.table = mark.segments();
        this.words = mark.words();
        this.owner = slot.word();
        this.isAlive = slots::isAlive;
        this.segmentUnits = mark.geometry().segmentBytes() / 64;
        this.holds = new SegmentHolds(slots, slot, mark.geometry());
        this.references = references;
    }

    SegmentHolds holds() {
        return holds;
    }

    @Override
    public int count() {
        return table.count();
    }

    @Override
    public State state(int segment) {
        long word = table.stateWord(segment);
        if (!SegmentWord.isValid(segment, word)) {
            return State.DAMAGED;
        }
        return switch (SegmentWord.state(word)) {
            case FREE -> State.FREE;
            case CLAIMED -> State.CLAIMED;
            case OPEN -> State.OPEN;
            case SEALED -> State.SEALED;
            case MARKED -> State.MARKED;
            case RUN_MEMBER -> State.RUN_MEMBER;
            case RELEASED -> State.RELEASED;
        };
    }

    @Override
    public boolean is(int segment, State state) {
        boolean seems = switch (state) {
            case FREE -> table.seems(segment, SegmentState.FREE);
            case CLAIMED -> table.seems(segment, SegmentState.CLAIMED);
            case OPEN -> table.seems(segment, SegmentState.OPEN);
            case SEALED -> table.seems(segment, SegmentState.SEALED);
            case MARKED -> table.seems(segment, SegmentState.MARKED);
            case RUN_MEMBER -> table.seems(segment, SegmentState.RUN_MEMBER);
            case RELEASED -> table.seems(segment, SegmentState.RELEASED);
            case DAMAGED -> true;
        };
        return seems && state(segment) == state;
    }

    @Override
    public int free() {
        return table.free();
    }

    @Override
    public boolean haveBlocks(int first, int count) {
        boolean all = true;
        for (int segment = first; segment < first + count; segment++) {
            all &= table.allocatedBytes(segment) == segmentUnits * 64;
        }
        return all;
    }

    @Override
    public void setBlocks(int first, int count, boolean have) {
        for (int segment = first; segment < first + count; segment++) {
            table.setAllocatedBytes(segment, have ? segmentUnits * 64 : 0);
        }
    }

    @Override
    public long generation(int segment) {
        return table.generation(segment);
    }

    @Override
    public Kind kind(int segment) {
        return SegmentWord.kindId(table.stateWord(segment)) == Kind.PARAMETER.id() ? Kind.PARAMETER : Kind.ACTIVATION;
    }

    @Override
    public int runSegments(int segment) {
        // It steers where directory lines are written, so a damaged word is an error here.
        int run = SegmentWord.run(table.checkedStateWord(segment));
        return Math.clamp(run, 1, table.count() - segment);
    }

    /** The head of the run that a member belongs to. */
    int headOf(int member) {
        return Math.max(0, member - SegmentWord.run(table.stateWord(member)));
    }

    @Override
    public int open(Kind kind) {
        return words.openSegment(kind);
    }

    @Override
    public boolean replaceOpen(Kind kind, int from, int to) {
        return words.replaceOpenSegment(kind, from, to);
    }

    @Override
    public boolean claim(int head, int segments, Kind kind) {
        return table.claim(head, segments, kind, owner);
    }

    @Override
    public void start(int head, long headerUnits) {
        references.clear(head, runSegments(head));
        table.open(head, headerUnits, nextPlace());
    }

    /** The place behind all others in the order in which segments are evicted. */
    long nextPlace() {
        return nextPlace(words);
    }

    static long nextPlace(MarkWords words) {
        long before = words.get(MarkWord.OPENED);
        while (!words.compareAndSet(MarkWord.OPENED, before, before + 1)) {
            before = words.get(MarkWord.OPENED);
        }
        return before + 1;
    }

    @Override
    public void retire(Kind kind, int segment) {
        long place = table.openedAt(segment);
        // Who retired it in the meantime changed its place first, and then this changes nothing.
        if (open(kind) == segment) {
            boolean _ = table.restamp(segment, place, nextPlace());
        }
    }

    /** Closes an open segment; returns whether it was open. */
    boolean seal(Kind kind, int segment) {
        retire(kind, segment);
        boolean shared = replaceOpen(kind, segment, -1);
        return change(segment, State.OPEN, State.SEALED) || shared;
    }

    @Override
    public int hold(int segment) {
        return holds.acquire(segment);
    }

    @Override
    public void letGo(int segment, int hold) {
        Holds ending = shared;
        if (ending == null) {
            holds.release(segment, hold);
        } else {
            ending.release(segment, hold);
        }
    }

    /** Has holds given back through {@code all}, which takes an attachment down with its last one. */
    void giveBackThrough(Holds all) {
        shared = all;
    }

    @Override
    public void unclaim(int head) {
        table.free(head, table.generation(head));
    }

    @Override
    public void freeOrphans() {
        table.freeOrphans(isAlive);
        for (int segment = 0; segment < table.count(); segment++) {
            boolean open = is(segment, State.OPEN);
            boolean shared = open && (segment == open(Kind.PARAMETER) || segment == open(Kind.ACTIVATION));
            if (open && !shared && !isAlive.test(table.owner(segment))) {
                table.transition(segment, SegmentState.OPEN, SegmentState.SEALED);
            }
        }
    }

    @Override
    public boolean change(int segment, State from, State to) {
        return table.transition(segment, SegmentState.valueOf(from.name()), SegmentState.valueOf(to.name()));
    }

    @Override
    public boolean isClosed(int segment) {
        return Reservation.isClosed(table.reservation(segment));
    }

    @Override
    public long reservedUnits(int segment) {
        return Reservation.offsetUnits(table.reservation(segment));
    }

    @Override
    public int reservedLines(int segment) {
        return Reservation.directoryCount(table.reservation(segment));
    }

    @Override
    public long reserve(int segment, long generation, long units) {
        long reserved = table.reserve(segment, generation,
                ExtentRequest.of(units, runSegments(segment) * segmentUnits));
        return reserved < 0
                ? -1
                : Reservation.offsetUnits(reserved) | (long) Reservation.directoryCount(reserved) << 40;
    }

    @Override
    public boolean giveBack(int segment, long generation, long fromUnits, long toUnits) {
        return table.giveBack(segment, generation, fromUnits, toUnits);
    }
}
