package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.mark.ExtentRequest;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.MarkWords;
import dev.hearth.store.mark.Reservation;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.mark.SegmentWord;
import dev.hearth.store.segment.SegmentStates;
import java.util.function.LongPredicate;

/** The states of segments as the mark file has them. Any thread. */
final class MarkSegments implements SegmentStates {
    private final SegmentTable table;
    private final MarkWords words;
    private final long owner;
    private final LongPredicate isAlive;
    private final long segmentUnits;

    /**
     * A view for one attachment.
     *
     * @param owner   the attachment as a slot word
     * @param isAlive whether the attachment of a slot word is there
     */
    MarkSegments(SegmentTable table, MarkWords words, long owner, LongPredicate isAlive, long segmentBytes) {
        this.table = table;
        this.words = words;
        this.owner = owner;
        this.isAlive = isAlive;
        this.segmentUnits = segmentBytes / 64;
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
        long before = words.get(MarkWord.OPENED);
        while (!words.compareAndSet(MarkWord.OPENED, before, before + 1)) {
            before = words.get(MarkWord.OPENED);
        }
        table.open(head, headerUnits, before + 1);
    }

    @Override
    public void unclaim(int head) {
        table.free(head, table.generation(head));
    }

    @Override
    public void freeOrphans() {
        table.freeOrphans(isAlive);
        for (int segment = 0; segment < table.count(); segment++) {
            boolean shared = segment == open(Kind.PARAMETER) || segment == open(Kind.ACTIVATION);
            if (!shared && state(segment) == State.OPEN && !isAlive.test(table.owner(segment))) {
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
