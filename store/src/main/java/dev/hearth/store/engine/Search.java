package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.segment.SegmentAllocator;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * One search for room. One thread, one use.
 *
 * <p>
 * The hand looks at a segment of activations three times: first what is used has another chance, then what is kept is
 * moved, however much it is; then nothing is kept. If that does not suffice parameters are moved, as far as that gains
 * segments, or clears a window of them. The search ends without room only if all that could give way is held, or others
 * have taken again and again what it freed.
 */
final class Search {
    private static final int MOST_LAPS = 64;
    private static final int MOST_LOOKS = 3;
    private static final int MOST_FAILURES = 3;
    private final MarkSegments segments;
    private final Sweep sweep;
    private final EmptyParameters empty;
    private final ParameterPlans plans;
    private final ParameterPlans.Patience patience;
    private final int wanted;
    private final byte[] looks;
    private final long[] generations;
    private final BitSet unusable = new BitSet();
    private int kept = 1;
    private long steps;
    private long moves;
    private int failures;
    private boolean emptied;
    private boolean closed;
    private boolean movesParameters = true;

    /**
     * A search for {@code wanted} adjacent segments.
     *
     * @param sweep what takes segments back
     * @param empty finds those of parameters in which nothing is
     * @param plans finds those of parameters that are worth moving
     */
    Search(MarkSegments segments, Sweep sweep, EmptyParameters empty, ParameterPlans plans, int wanted) {
        this.segments = segments;
        this.sweep = sweep;
        this.empty = empty;
        this.plans = plans;
        this.patience = plans.patience();
        this.wanted = wanted;
        this.looks = new byte[segments.count()];
        this.generations = new long[segments.count()];
    }

    /** Has so many segments stay free beside those that are wanted, instead of one; then nobody is waited for. */
    Search keeping(int segmentsFree) {
        kept = segmentsFree;
        return this;
    }

    /** Leaves parameters where they are. */
    Search ofActivations() {
        movesParameters = false;
        return this;
    }

    /**
     * Goes on until there is room; false if none can be made.
     *
     * @throws HearthException.Busy if somebody else, who may be making room, moved parameters for all of the timeout
     */
    boolean run() {
        finishReleases();
        while (!hasRoom(segments, wanted, kept)) {
            if (!step()) {
                boolean room = hasRoom(segments, wanted, kept);
                if (!room && patience.isOver()) {
                    throw new HearthException.Busy("no room yet: somebody else is moving parameters, freeSegments="
                            + segments.free() + " wantedSegments=" + wanted);
                }
                return room;
            }
        }
        return true;
    }

    /** Whether a put can have so many adjacent segments. */
    static boolean hasRoom(MarkSegments segments, int wanted, int kept) {
        return segments.free() >= wanted + SegmentAllocator.keptFree(segments, kept)
                && (wanted == 1 || longestFree(segments) >= wanted);
    }

    private static int longestFree(MarkSegments segments) {
        int longest = 0;
        int run = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            run = segments.is(segment, State.FREE) ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    /** Whether the hand may take a segment. */
    static boolean isEvictable(MarkSegments segments, int segment) {
        return segments.is(segment, State.SEALED) && segments.kind(segment) == Kind.ACTIVATION;
    }

    /** What a process that died, or is at it, has released and not freed. */
    void finishReleases() {
        for (int segment = 0; segment < segments.count(); segment++) {
            if (segments.is(segment, State.RELEASED)) {
                sweep.clean(segment);
            }
        }
    }

    /** Does one thing that may make room; false if there is nothing left to do. */
    boolean step() {
        finishReleases();
        boolean window = wanted > 1 && segments.free() > wanted && longestFree(segments) < wanted;
        return (window && clearWindow(false)) || advance() || (wanted > 1 && clearWindow(false)) || gather()
                || (kept == 1 && closeOpen());
    }

    /** What the hand cannot do. Who waited for others to do it finds room, perhaps, and that is as good. */
    private boolean gather() {
        if (!movesParameters) {
            return !emptied && plans.ifAlone(this::releaseEmpty);
        }
        BooleanSupplier work = () -> releaseEmpty() || moveParameters() || (isScattered() && clearWindow(true));
        if (kept > 1) {
            return plans.ifAlone(work);
        }
        boolean gained = plans.alone(patience, () -> !hasRoom(segments, wanted, kept), work);
        return gained || hasRoom(segments, wanted, kept);
    }

    /** Releases segments of parameters in which nothing is, once; behind the hand, because that waits for syncs. */
    private boolean releaseEmpty() {
        if (emptied) {
            return false;
        }
        emptied = true;
        return empty.release(sweep);
    }

    /** Moves parameters if that gains a segment. */
    private boolean moveParameters() {
        while (movesParameters && failures < MOST_FAILURES && moves++ < (long) MOST_LAPS * segments.count()) {
            int released = plans.gain(sweep);
            if (released != 0) {
                return released > 0;
            }
            failures++;
        }
        return false;
    }

    /** Whether there is room enough, but not in one piece, which moving parameters may mend. */
    private boolean isScattered() {
        return wanted > 1 && movesParameters && moves++ < (long) MOST_LAPS * segments.count()
                && segments.free() >= wanted + SegmentAllocator.keptFree(segments, kept)
                && longestFree(segments) < wanted;
    }

    /** Moves the hand by one segment. */
    private boolean advance() {
        int front = front();
        if (front < 0 || steps > (long) MOST_LAPS * segments.count()
                || (looks[front] == MOST_LOOKS && allAreHeld())) {
            return false;
        }
        steps++;
        if (!sweep.evict(front, mode(front)) && looks[front] < MOST_LOOKS) {
            looks[front]++;
        }
        return true;
    }

    /** After some laps in which segments were moved, nothing is kept any more. */
    private Sweep.Mode mode(int front) {
        if (looks[front] >= MOST_LOOKS - 1 || steps > (long) MOST_LOOKS * segments.count()) {
            return Sweep.Mode.ALL;
        }
        return looks[front] == 0 ? Sweep.Mode.HAND : Sweep.Mode.PACK;
    }

    /** The segment where the hand is; -1 if there is none. */
    private int front() {
        int front = sweep.front();
        while (front >= 0 && retireOld(front)) {
            front = sweep.front();
        }
        if (front >= 0 && generations[front] != segments.generation(front)) {
            // What was looked at is not there any more.
            generations[front] = segments.generation(front);
            looks[front] = 0;
        }
        return front;
    }

    private boolean allAreHeld() {
        for (int segment = 0; segment < segments.count(); segment++) {
            if (isEvictable(segments, segment) && !segments.holds().seemsHeld(segment)) {
                return false;
            }
        }
        return true;
    }

    /** Drops some entries where the hand is; -1 if there is nothing left to do. */
    int drop(int most) {
        int front = front();
        if (front < 0 || looks[front] == MOST_LOOKS) {
            return closeOpen() ? 0 : -1;
        }
        if (looks[front] == MOST_LOOKS - 1) {
            looks[front]++;
            return sweep.evict(front, Sweep.Mode.ALL) ? 1 : 0;
        }
        int dropped = sweep.drop(front, most);
        if (dropped == 0) {
            looks[front]++;
        }
        return dropped;
    }

    /**
     * What has been open for a lap is to have its turn, and what somebody wanted to close, but never did;
     * {@link Chains} relies on it. Whether there was such a segment.
     */
    private boolean retireOld(int front) {
        boolean retired = false;
        for (int segment = 0; segment < segments.count(); segment++) {
            retired |= segments.is(segment, State.OPEN) && segments.kind(segment) == Kind.ACTIVATION
                    && sweep.isBefore(segment, front) && segments.seal(Kind.ACTIVATION, segment);
        }
        return retired;
    }

    /** Frees a window of adjacent segments; of those with parameters only if there is room for what is in them. */
    private boolean clearWindow(boolean withParameters) {
        int start = Windows.cheapest(segments, wanted, unusable, withParameters ? plans::windowCost : segment -> -1);
        if (start < 0) {
            return false;
        }
        Sweep.Mode mode = new Sweep.Mode(false, start, start + wanted, Sweep.Look.PACK);
        for (int segment = start; segment < start + wanted; segment++) {
            int head = Windows.head(segments, segment);
            if (isEvictable(segments, head) && !sweep.evict(head, mode)) {
                unusable.set(head);
                unusable.set(segment);
                return true;
            }
        }
        List<Integer> left = withParameters ? plans.clearWindow(start, start + wanted, sweep) : List.of();
        left.forEach(unusable::set);
        return true;
    }

    /** The segments that are open are full of nothing, perhaps. */
    private boolean closeOpen() {
        if (closed) {
            return false;
        }
        closed = true;
        emptied = false;
        plans.lookAgain();
        for (Kind kind : Kind.values()) {
            int open = segments.open(kind);
            boolean _ = open >= 0 && (movesParameters || kind == Kind.ACTIVATION) && segments.seal(kind, open);
        }
        return true;
    }
}
