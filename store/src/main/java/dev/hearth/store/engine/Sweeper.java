package dev.hearth.store.engine;

import dev.hearth.store.CompactReport;
import dev.hearth.store.Kind;
import dev.hearth.store.Progress;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.segment.Room;
import dev.hearth.store.segment.SegmentAllocator;
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
    private static final int QUICK_TRIES = 20;
    private static final long POLL_NS = 20_000;
    /** For each so many segments another one is kept free for puts: what is free caches nothing. */
    private static final int SEGMENTS_PER_SPARE = 768;
    /** The same for when parameters are gathered, which costs no entry. */
    private static final int SEGMENTS_PER_GATHERED = 256;
    /** Segments that a put has ready for others, and steps that it does for that at the most. */
    private static final int MOST_AHEAD = 3;
    /** Entries that one transaction drops. */
    private static final int MOST_DROPS = 512;
    private final SweepParts parts;
    private final MarkSegments segments;
    private final ByteLock lock;
    private final Supplier<SegmentAllocator> allocator;
    private final ConcurrentLinkedQueue<Sweep> idle = new ConcurrentLinkedQueue<>();
    private final ParameterPlans plans;
    private final EmptyParameters empty;
    private volatile long stuckAtNs = System.nanoTime() - STUCK_NS;

    /**
     * The locks of who makes room.
     *
     * @param sweep     of who sweeps
     * @param move      of who moves parameters
     * @param timeoutMs how long the second one is waited for before a put fails
     */
    record Locks(ByteLock sweep, ByteLock move, long timeoutMs) {}

    Sweeper(SweepParts parts, Locks locks, Supplier<SegmentAllocator> allocator) {
        this.parts = parts;
        this.segments = parts.segments();
        this.lock = locks.sweep();
        this.allocator = allocator;
        ParameterMoves moves = new ParameterMoves(parts);
        this.plans = new ParameterPlans(parts, moves, locks.move(), locks.timeoutMs());
        this.empty = new EmptyParameters(segments, moves);
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
        for (int tries = 0; !lock.tryAcquire(); tries++) {
            if (stuck || enough.getAsBoolean()) {
                return false;
            }
            if (System.nanoTime() - startNs > LOCK_NS) {
                stuckAtNs = System.nanoTime();
                return false;
            }
            // A sweep takes some ten microseconds.
            if (tries < QUICK_TRIES) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, POLL_NS);
            }
        }
        return true;
    }

    private Search search(Sweep sweep, int wanted) {
        return new Search(segments, sweep, empty, plans, wanted);
    }

    private int free() {
        return segments.free();
    }

    @Override
    public boolean make(Kind kind, int wanted, int kept) {
        return with(lock(() -> Search.hasRoom(segments, wanted, kept)),
                sweep -> search(sweep, wanted).keeping(kept).run());
    }

    /**
     * Has a few segments ready, if nobody else is at it: so that seldom anybody has to wait for room, and least of all
     * for another process that is making some.
     */
    @Override
    public void ahead(Kind kind) {
        if (kind != Kind.ACTIVATION || !sparesAny()) {
            return;
        }
        int enough = Math.min(MOST_AHEAD, few());
        try {
            if (free() < enough && canEvict() && lock.tryAcquire()) {
                boolean _ = with(true, sweep -> {
                    Search search = search(sweep, 1).ofActivations();
                    boolean more = true;
                    for (int steps = 0; more && steps < MOST_AHEAD && free() < enough; steps++) {
                        more = search.step();
                    }
                    return more;
                });
            }
        } catch (RuntimeException e) {
            parts.events().report(e); // Whoever needs the room meets it again.
        }
    }

    /** Releases segments until so many bytes of them were freed; returns how many were. */
    long evict(long bytes) {
        long segmentBytes = parts.store().mark().geometry().segmentBytes();
        return with(lock(() -> false), sweep -> {
            Search search = search(sweep, 1).ofActivations();
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
            Search search = search(sweep, 1);
            long goal = Math.max(entries, most);
            long dropped = 0;
            for (int found = 0; dropped < goal && found >= 0; dropped += Math.max(0, found)) {
                found = search.drop((int) Math.min(MOST_DROPS, goal - dropped));
            }
            return dropped > 0;
        });
    }

    /** Gathers what is live in few segments and gives the blocks of the free ones back; see {@code Hearth.compact}. */
    CompactReport compact(long mostMovedBytes, Progress progress) {
        return with(false, sweep -> new Compaction(parts, allocator.get(), sweep, search(sweep, 1), plans,
                empty).run(mostMovedBytes, progress));
    }

    /** The one that puts leave free, and some for them. */
    private int few() {
        return 1 + segments.count() / SEGMENTS_PER_SPARE;
    }

    private boolean sparesAny() {
        return few() > 1;
    }

    /** Has a few segments ready before somebody needs one; whether there was anything to do. */
    int work() {
        if (!sparesAny() || free() >= few() || !canEvict() || !lock.tryAcquire()) {
            return 0;
        }
        return with(true, sweep -> search(sweep, 1).ofActivations().step() ? 1 : 0);
    }

    /**
     * Gathers parameters out of segments that are mostly dead, when there is need of room; whether that gained any. It
     * waits for syncs, so it goes without the lock of those who have to make room and can do so by the hand.
     */
    int gather() {
        int enough = 1 + SegmentAllocator.keptToMove(segments) + segments.count() / SEGMENTS_PER_GATHERED;
        return free() < enough && plans.isDue() && with(false, plans::gainCheaply) ? 1 : 0;
    }

    private boolean canEvict() {
        for (int segment = 0; segment < segments.count(); segment++) {
            if (Search.isEvictable(segments, segment)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String holders() {
        return Holders.describe(segments);
    }
}
