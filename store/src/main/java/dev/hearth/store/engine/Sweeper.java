package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.segment.Room;
import dev.hearth.store.segment.SegmentAllocator;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.BitSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Makes room: CLOCK over segments. Any thread of any process, whoever needs room or has time.
 *
 * <p>
 * <b>The order.</b> Segments of activations stand in a queue, in the order of their place word: a segment gets its
 * place when it is opened, and again, at the end, when it ceases to be the open one. The hand takes the sealed segment
 * at the front. What stays of it is copied into the open segment, at the back; the rest ends with it. A segment that is
 * held, or of which all stays, goes to the back itself. So whatever is passed and stays is behind everything that was
 * there, and a lap is one time through the queue.
 *
 * <p>
 * <b>Who.</b> Whoever claims a segment and finds none, before it takes any lock; and the background thread, so that
 * claims seldom have to. A lock keeps them from doing the same work twice, but nothing depends on it: who does not get
 * it soon goes on without, because its holder may be stopped.
 *
 * <p>
 * <b>One segment stays free</b> to move into. What finds no room all the same is dropped, unless it is continued.
 */
final class Sweeper implements Room {
    private static final long LOCK_NS = 200_000_000;
    private static final long STUCK_NS = 2_000_000_000L;
    private static final long POLL_NS = 100_000;
    /** Entries that one transaction drops. */
    private static final int MOST_DROPS = 512;
    private final SweepParts parts;
    private final MarkSegments segments;
    private final ByteLock lock;
    private final Supplier<SegmentAllocator> allocator;
    private final ConcurrentLinkedQueue<Sweep> idle = new ConcurrentLinkedQueue<>();
    private final EmptyParameters empty;
    private volatile long stuckAtNs = System.nanoTime() - STUCK_NS;

    Sweeper(SweepParts parts, ByteLock lock, Supplier<SegmentAllocator> allocator) {
        this.parts = parts;
        this.segments = parts.segments();
        this.lock = lock;
        this.allocator = allocator;
        this.empty = new EmptyParameters(segments);
    }

    /** What is done with a working set. */
    private interface Work<T> {
        T run(Sweep sweep);
    }

    private <T> T with(boolean locked, Work<T> work) {
        Sweep pooled = idle.poll();
        Sweep sweep = pooled == null ? new Sweep(parts, allocator.get()) : pooled;
        try {
            return work.run(sweep);
        } finally {
            idle.add(sweep);
            if (locked) {
                lock.release();
            }
        }
    }

    /** Waits for the lock until {@code enough} says that there is no need any more, but not long. */
    private boolean lock(BooleanSupplier enough) {
        long startNs = System.nanoTime();
        boolean stuck = startNs - stuckAtNs < STUCK_NS;
        while (!lock.tryAcquire()) {
            if (stuck || enough.getAsBoolean()) {
                return false;
            }
            if (System.nanoTime() - startNs > LOCK_NS) {
                stuckAtNs = System.nanoTime();
                return false;
            }
            LockSupport.parkNanos(this, POLL_NS);
        }
        return true;
    }

    @Override
    public boolean make(Kind kind, int wanted) {
        return with(lock(() -> hasRoom(wanted)), sweep -> new Search(sweep, wanted).run());
    }

    /** Releases segments until so many bytes of them were freed; returns how many were. */
    long evict(long bytes) {
        long segmentBytes = parts.store().mark().geometry().segmentBytes();
        return with(lock(() -> false), sweep -> {
            Search search = new Search(sweep, 1);
            int before = free();
            long goal = Math.ceilDiv(bytes, segmentBytes);
            while (free() - before < goal && search.step()) {
                // one more
            }
            return Math.max(0, free() - before) * segmentBytes;
        });
    }

    /** Makes room in the table for so many entries, and some more; whether there is reason to try again. */
    boolean makeEntries(long entries) {
        int most = Math.clamp(parts.store().table().maxEntries() / 128, 1, MOST_DROPS);
        return with(lock(() -> false), sweep -> {
            Search search = new Search(sweep, 1);
            long goal = Math.max(entries, most);
            long dropped = 0;
            for (int found = 0; dropped < goal && found >= 0; dropped += Math.max(0, found)) {
                found = search.drop((int) Math.min(MOST_DROPS, goal - dropped));
            }
            return dropped > 0;
        });
    }

    /** Has a few segments ready before somebody needs one; whether there was anything to do. */
    int work() {
        int few = 2 + segments.count() / 256;
        if (segments.count() < 64 || free() >= few || !canEvict() || !lock.tryAcquire()) {
            return 0;
        }
        return with(true, sweep -> new Search(sweep, 1).step() ? 1 : 0);
    }

    private int free() {
        int free = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            free += segments.state(segment) == State.FREE ? 1 : 0;
        }
        return free;
    }

    private boolean canEvict() {
        for (int segment = 0; segment < segments.count(); segment++) {
            if (isEvictable(segment)) {
                return true;
            }
        }
        return false;
    }

    private boolean hasRoom(int wanted) {
        int spare = canEvict() ? 1 : 0;
        return free() >= wanted + spare && (wanted == 1 || longestFree() >= wanted);
    }

    private int longestFree() {
        int longest = 0;
        int run = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            run = segments.state(segment) == State.FREE ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private boolean isEvictable(int segment) {
        return segments.state(segment) == State.SEALED && segments.kind(segment) == Kind.ACTIVATION;
    }

    /**
     * One search for room. It looks at a segment three times: first what is used has another chance, then what is kept
     * is moved, however much it is; then nothing is kept. It ends without room only if all segments are held, or others
     * have taken again and again what it freed.
     */
    private final class Search {
        private static final int MOST_LAPS = 64;
        private static final int MOST_LOOKS = 3;
        private final Sweep sweep;
        private final int wanted;
        private final byte[] looks;
        private final long[] generations;
        private long steps;
        private final BitSet unusable = new BitSet();
        private boolean emptied;
        private boolean closed;

        Search(Sweep sweep, int wanted) {
            this.sweep = sweep;
            this.wanted = wanted;
            this.looks = new byte[segments.count()];
            this.generations = new long[segments.count()];
        }

        boolean run() {
            finishReleases();
            while (!hasRoom(wanted)) {
                if (!step()) {
                    return hasRoom(wanted);
                }
            }
            return true;
        }

        /** What a process that died, or is at it, has released and not freed. */
        private void finishReleases() {
            for (int segment = 0; segment < segments.count(); segment++) {
                if (segments.state(segment) == State.RELEASED) {
                    sweep.clean(segment);
                }
            }
        }

        /** Does one thing that may make room; false if there is nothing left to do. */
        boolean step() {
            finishReleases();
            if (!emptied) {
                emptied = true;
                if (empty.release(sweep)) {
                    return true;
                }
            }
            boolean window = wanted > 1 && free() > wanted && longestFree() < wanted;
            return (window && clearWindow()) || advance() || (wanted > 1 && clearWindow()) || closeOpen();
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
                if (isEvictable(segment) && !segments.holds().isHeld(segment)) {
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
                retired |= segments.state(segment) == State.OPEN && segments.kind(segment) == Kind.ACTIVATION
                        && sweep.isBefore(segment, front) && segments.seal(Kind.ACTIVATION, segment);
            }
            return retired;
        }

        /** Frees a window of adjacent segments. */
        private boolean clearWindow() {
            int start = Windows.cheapest(segments, wanted, unusable);
            if (start < 0) {
                return false;
            }
            Sweep.Mode mode = new Sweep.Mode(false, start, start + wanted, Sweep.Look.PACK);
            for (int segment = start; segment < start + wanted; segment++) {
                int head = Windows.head(segments, segment);
                if (isEvictable(head) && !sweep.evict(head, mode)) {
                    unusable.set(head);
                    unusable.set(segment);
                    return true;
                }
            }
            return true;
        }

        /** The segments that are open are full of nothing, perhaps. */
        private boolean closeOpen() {
            if (closed) {
                return false;
            }
            closed = true;
            emptied = false;
            for (Kind kind : Kind.values()) {
                int open = segments.open(kind);
                boolean _ = open >= 0 && segments.seal(kind, open);
            }
            return true;
        }
    }

    @Override
    public String holders() {
        return Holders.describe(segments);
    }
}
