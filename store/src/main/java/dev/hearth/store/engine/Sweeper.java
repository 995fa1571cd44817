package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.mark.ByteLock;
import dev.hearth.store.segment.Room;
import dev.hearth.store.segment.SegmentAllocator;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.BitSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
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
 * it within a second goes on without, because its holder may be stopped.
 *
 * <p>
 * <b>One segment stays free</b> to move into. What finds no room all the same is dropped.
 */
final class Sweeper implements Room {
    private static final long LOCK_MS = 1_000;
    private static final long STUCK_MS = 10_000;
    private final SweepParts parts;
    private final MarkSegments segments;
    private final ByteLock lock;
    private final Supplier<SegmentAllocator> allocator;
    private final ConcurrentLinkedQueue<Sweep> idle = new ConcurrentLinkedQueue<>();
    private final EmptyParameters empty;
    private volatile long stuckAtMs = -STUCK_MS;

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

    private boolean lock() {
        long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        if (nowMs - stuckAtMs < STUCK_MS) {
            return lock.tryAcquire();
        }
        try {
            lock.acquire(LOCK_MS);
            return true;
        } catch (HearthException.Busy e) {
            stuckAtMs = nowMs;
            return false;
        }
    }

    @Override
    public boolean make(Kind kind, int wanted) {
        return with(lock(), sweep -> new Search(sweep, wanted).run());
    }

    /** Releases segments until so many bytes of them were freed; returns how many were. */
    long evict(long bytes) {
        long segmentBytes = parts.store().mark().geometry().segmentBytes();
        return with(lock(), sweep -> {
            Search search = new Search(sweep, 1);
            int before = free();
            long goal = Math.ceilDiv(bytes, segmentBytes);
            while (free() - before < goal && search.step()) {
                // one more
            }
            return Math.max(0, free() - before) * segmentBytes;
        });
    }

    /** Makes room in the table for so many entries; whether there is reason to try again. */
    boolean makeEntries(long entries) {
        return with(lock(), sweep -> {
            Search search = new Search(sweep, 1);
            long before = parts.store().table().totals().entries();
            while (parts.store().table().totals().entries() > before - entries) {
                if (!search.step()) {
                    return parts.store().table().totals().entries() < before;
                }
            }
            return true;
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

    private boolean isEvictable(int segment) {
        return segments.state(segment) == State.SEALED && segments.kind(segment) == Kind.ACTIVATION;
    }

    /** One search for room: bounded, because it looks at each segment twice at the most. */
    private final class Search {
        private final Sweep sweep;
        private final int wanted;
        private final byte[] looks;
        private final BitSet unusable = new BitSet();
        private boolean emptied;
        private boolean closed;

        Search(Sweep sweep, int wanted) {
            this.sweep = sweep;
            this.wanted = wanted;
            this.looks = new byte[segments.count()];
        }

        boolean run() {
            finishReleases();
            while (!hasRoom()) {
                if (!step()) {
                    return hasRoom();
                }
            }
            return true;
        }

        private boolean hasRoom() {
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
            int front = sweep.front();
            if (front < 0 || looks[front] == 2) {
                return false;
            }
            if (sweep.evict(front, Sweep.Mode.HAND)) {
                looks[front] = 0;
            } else {
                looks[front]++;
            }
            return true;
        }

        /** Frees a window of adjacent segments. */
        private boolean clearWindow() {
            int start = Windows.cheapest(segments, wanted, unusable);
            if (start < 0) {
                return false;
            }
            Sweep.Mode mode = new Sweep.Mode(false, start, start + wanted);
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
                if (open >= 0) {
                    segments.retire(kind, open);
                    if (segments.replaceOpen(kind, open, -1)) {
                        segments.change(open, State.OPEN, State.SEALED);
                    }
                }
            }
            return true;
        }
    }

    @Override
    public String holders() {
        return Holders.describe(segments);
    }
}
