package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.segment.EntryReader;
import dev.hearth.store.segment.SegmentStates.State;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which segments of parameters are worth moving. Any thread.
 *
 * <p>
 * <b>When.</b> Moving costs a pass over the lookup table, copies, and syncs that write out whatever else is dirty. So a
 * put that needs room goes to the hand first, which costs less, and moves parameters only before it would have to
 * report that the store is full; then whatever gains a segment is done. Lest dead parameters take from the share of
 * activations until then, one background thread of the host, which keeps nobody waiting, moves segments that are at
 * most half live whenever little is free. Copying half a segment to have one costs as much as the hand does when half
 * of what it meets stays, and nothing that somebody may want is dropped.
 *
 * <p>
 * Looking is limited to a small part of the time, and when nothing was committed since a look without success, there is
 * nothing to look for.
 */
final class ParameterPlans {
    /** Segments that are fuller are not looked at, one in sixteen being the best that they could gain. */
    private static final double MOST_LIVE = 15.0 / 16;
    private static final double HALF_LIVE = 0.5;
    private static final long POLL_NS = 500_000;
    private static final int MOST_ENTRIES = 100_000;
    private static final int MOST_SEGMENTS = 256;
    private static final long LEAST_PAUSE_NS = 250_000_000;
    /** Looking takes one in so many parts of the time at the most. */
    private static final int PAUSES = 20;
    private final SweepParts parts;
    private final MarkSegments segments;
    private final LookupTable table;
    private final ParameterMoves moves;
    private final ByteLock lock;
    private final long lockTimeoutMs;
    private final long segmentBytes;
    private volatile @Nullable SegmentSpace latest;
    private volatile long nextLookNs = System.nanoTime();
    /** The version that was visible when a look found nothing; 0 is none. */
    private volatile long futileVersion;

    /** Plans for {@code moves}; {@code lock} is that of who moves parameters. */
    ParameterPlans(SweepParts parts, ParameterMoves moves, ByteLock lock, long lockTimeoutMs) {
        this.lock = lock;
        this.lockTimeoutMs = lockTimeoutMs;
        this.parts = parts;
        this.segments = parts.segments();
        this.table = parts.store().table();
        this.moves = moves;
        this.segmentBytes = parts.store().mark().geometry().segmentBytes();
    }

    /** How long somebody may still wait to move parameters alone, and whether that was in vain. */
    static final class Patience {
        private long leftNs;
        private boolean isOver;

        private Patience(long leftNs) {
            this.leftNs = leftNs;
        }

        /** Whether somebody else moved parameters for all of the time. */
        boolean isOver() {
            return isOver;
        }
    }

    /** For all of one search: the lock timeout. */
    Patience patience() {
        return new Patience(TimeUnit.MILLISECONDS.toNanos(lockTimeoutMs));
    }

    /**
     * Does work that moves parameters, alone if the lock for that is had in time; not at all if there is no need any
     * more once it is. Who is stopped or slow with that lock must not keep others from trying.
     */
    boolean alone(Patience patience, BooleanSupplier isNeeded, BooleanSupplier work) {
        long startNs = System.nanoTime();
        boolean locked = lock.tryAcquire();
        while (!locked && isNeeded.getAsBoolean() && System.nanoTime() - startNs < patience.leftNs) {
            LockSupport.parkNanos(this, POLL_NS);
            locked = lock.tryAcquire();
        }
        patience.leftNs -= System.nanoTime() - startNs;
        try {
            boolean needed = isNeeded.getAsBoolean();
            patience.isOver |= needed && !locked;
            return needed && work.getAsBoolean();
        } finally {
            if (locked) {
                lock.release();
            }
        }
    }

    /** Does the work if nobody else moves parameters; whether it was done and gained something. */
    boolean ifAlone(BooleanSupplier work) {
        if (!lock.tryAcquire()) {
            return false;
        }
        try {
            return work.getAsBoolean();
        } finally {
            lock.release();
        }
    }

    /** What a look came to: no plan, or how many segments were released. */
    static final int NOTHING_TO_GAIN = -1;

    /**
     * Moves what gains a segment; {@link #NOTHING_TO_GAIN}, or how many segments were released, 0 if something came in
     * between.
     */
    int gain(Sweep sweep) {
        long version = parts.store().mark().words().get(MarkWord.LAST_APPLIED);
        if (version == futileVersion) {
            return NOTHING_TO_GAIN;
        }
        List<MovePlan.Victim> plan = choose(Kind.PARAMETER, MOST_LIVE, 1);
        if (plan.isEmpty()) {
            // What is held may not be later.
            futileVersion = anyHeld() ? 0 : version;
            return NOTHING_TO_GAIN;
        }
        return move(plan, sweep);
    }

    /** Moves what a plan says; returns how many segments were released. */
    int move(List<MovePlan.Victim> plan, Sweep sweep) {
        int released = 0;
        for (List<MovePlan.Victim> batch : batches(plan)) {
            released += moves.move(batch.stream().map(MovePlan.Victim::segment).toList(), sweep,
                    ParameterMoves.KeepOut.NOTHING);
        }
        return released;
    }

    /** Parts of a plan that are moved at a time: each entry of them is remembered meanwhile. */
    static List<List<MovePlan.Victim>> batches(List<MovePlan.Victim> plan) {
        List<List<MovePlan.Victim>> batches = new ArrayList<>();
        long entries = 0;
        for (MovePlan.Victim victim : plan) {
            entries += victim.entries();
            if (batches.isEmpty() || entries > MOST_ENTRIES || batches.getLast().size() == MOST_SEGMENTS) {
                batches.add(new ArrayList<>());
                entries = victim.entries();
            }
            batches.getLast().add(victim);
        }
        return batches;
    }

    /** Something changed that no commit tells. */
    void lookAgain() {
        futileVersion = 0;
    }

    /** Whether it is time to look for segments that are at most half live, and there can be any. */
    boolean isDue() {
        return System.nanoTime() - nextLookNs >= 0 && deadBytes() >= 2 * segmentBytes;
    }

    /** Moves segments that are at most half live, if that gains one and nobody is at it; whether it did. */
    boolean gainCheaply(Sweep sweep) {
        return ifAlone(() -> gainHalf(sweep));
    }

    private boolean gainHalf(Sweep sweep) {
        long startNs = System.nanoTime();
        List<MovePlan.Victim> plan = choose(Kind.PARAMETER, HALF_LIVE, 1);
        long tookNs = System.nanoTime() - startNs;
        boolean gained = !plan.isEmpty() && move(plan, sweep) > 0;
        nextLookNs = System.nanoTime() + Math.max(gained ? 0 : LEAST_PAUSE_NS, PAUSES * tookNs);
        return gained;
    }

    /** Bytes of segments of parameters that are given out and that no entry has; at least about. */
    long deadBytes() {
        long given = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            State state = segments.state(segment);
            if (state == State.SEALED && segments.kind(segment) == Kind.PARAMETER) {
                given += segments.runSegments(segment) * segmentBytes;
            } else if (state == State.OPEN && segments.kind(segment) == Kind.PARAMETER) {
                given += segments.reservedUnits(segment) * 64;
            }
        }
        return given - table.totals().storedBytes(Kind.PARAMETER);
    }

    private boolean anyHeld() {
        for (int segment = 0; segment < segments.count(); segment++) {
            if (segments.state(segment) == State.SEALED && segments.kind(segment) == Kind.PARAMETER
                    && segments.holds().seemsHeld(segment)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Segments of a kind that gain as much as can be gained by moving so many bytes; of activations, which the hand
     * packs as well, only such as are at most half live.
     */
    List<MovePlan.Victim> chooseMost(Kind kind, long mostBytes) {
        double mostLive = kind == Kind.PARAMETER ? MOST_LIVE : HALF_LIVE;
        List<MovePlan.Victim> plan = choose(kind, mostLive, Integer.MAX_VALUE);
        if (bytes(plan) > mostBytes) {
            plan = choose(kind, mostLive, 1);
        }
        return bytes(plan) > mostBytes ? List.of() : plan;
    }

    private static long bytes(List<MovePlan.Victim> plan) {
        return plan.stream().mapToLong(MovePlan.Victim::bytes).sum();
    }

    /**
     * Segments of a kind, none more than so much live, that gain {@code goal} segments when they are moved, or as many
     * as can be; empty if that is none.
     */
    private List<MovePlan.Victim> choose(Kind kind, double mostLive, int goal) {
        SegmentSpace space = look(kind);
        List<Integer> candidates = new ArrayList<>();
        for (int segment = 0; segment < segments.count(); segment++) {
            if (isMovable(kind, segment) && live(space, segment) <= mostLive) {
                candidates.add(segment);
            }
        }
        candidates.sort(Comparator.comparingDouble(segment -> live(space, segment)));
        return MovePlan.gaining(layout(kind, 0, 0), victims(space, candidates), goal);
    }

    private SegmentSpace look(Kind kind) {
        AtomicReference<EntryReader> reader = new AtomicReference<>();
        SegmentSpace space = SegmentSpace.scan(table, segments, kind, new SegmentSpace.Measure(segmentBytes,
                parts.store().mark().geometry().pageBytes(), entry -> isOver(entry, reader)));
        if (kind == Kind.PARAMETER) {
            latest = space;
        }
        return space;
    }

    private boolean isOver(TableEntry entry, AtomicReference<EntryReader> made) {
        EntryReader reader = made.get();
        if (reader == null) {
            reader = new EntryReader(parts.store().data());
            made.set(reader);
        }
        try {
            return reader.expiresAtMs(ParameterMoves.place(entry)) <= parts.clockMs().getAsLong();
        } catch (HearthException.Corrupt e) {
            return false; // Whoever moves it finds that out.
        }
    }

    private boolean isMovable(Kind kind, int segment) {
        return kind == Kind.PARAMETER
                ? moves.isMovable(segment)
                : Search.isEvictable(segments, segment) && !segments.holds().seemsHeld(segment);
    }

    private double live(SegmentSpace space, int segment) {
        return (double) space.bytes(segment) / (segments.runSegments(segment) * segmentBytes);
    }

    private List<MovePlan.Victim> victims(SegmentSpace space, List<Integer> numbers) {
        return numbers.stream().map(segment -> space.victim(segment, segments.runSegments(segment))).toList();
    }

    /** Activations go into the open segment only. */
    private MovePlan.Layout layout(Kind kind, int keepOut, int keepOutEnd) {
        BitSet free = new BitSet();
        List<MovePlan.Target> targets = new ArrayList<>();
        int open = segments.open(kind);
        for (int segment = 0; segment < segments.count(); segment++) {
            State state = segments.state(segment);
            if (state == State.FREE) {
                free.set(segment);
            } else if ((segment == open && state == State.OPEN) || (kind == Kind.PARAMETER && state == State.SEALED
                    && segments.kind(segment) == kind && !segments.isClosed(segment))) {
                long room = segments.runSegments(segment) * segmentBytes - segments.reservedUnits(segment) * 64
                        - (segments.reservedLines(segment) + 1L) * 16;
                if (room > 0) {
                    targets.add(new MovePlan.Target(segment, room, segment == open));
                }
            }
        }
        return new MovePlan.Layout(segmentBytes, segments.count(), free, targets, keepOut, keepOutEnd);
    }

    /** What it costs to move a segment of parameters out of a window, in eighths of one; -1 if it cannot be moved. */
    int windowCost(int segment) {
        SegmentSpace space = latest;
        return space == null || !moves.isMovable(segment) ? -1 : 1 + (int) (8 * live(space, segment));
    }

    /** Moves parameters out of a window of adjacent segments; returns those that stay. */
    List<Integer> clearWindow(int from, int end, Sweep sweep) {
        List<Integer> heads = new ArrayList<>();
        for (int segment = from; segment < end; segment++) {
            int head = Windows.head(segments, segment);
            if (!heads.contains(head) && moves.isMovable(head)) {
                heads.add(head);
            }
        }
        if (!MovePlan.fits(layout(Kind.PARAMETER, from, end), victims(look(Kind.PARAMETER), heads))) {
            return heads;
        }
        long[] generations = heads.stream().mapToLong(segments::generation).toArray();
        int _ = moves.move(heads, sweep, new ParameterMoves.KeepOut(from, end));
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < generations.length; i++) {
            if (segments.generation(heads.get(i)) == generations[i]) {
                left.add(heads.get(i));
            }
        }
        return left;
    }
}
