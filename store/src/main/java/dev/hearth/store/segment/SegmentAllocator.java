package dev.hearth.store.segment;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Gives out space of the data file. Any thread may call.
 *
 * <p>
 * Entries of a kind are put one behind the other into the open segment of that kind. When one does not fit, a run of
 * free segments is claimed for it under the allocation lock, a lock of the kernel: parameters from the front of the
 * file, activations from its end. It is shared once the entry was written: then, of the new run and the open segment,
 * the one that has more room left stays open. A claim of a process that died is free again for the next who holds that
 * lock.
 *
 * <p>
 * A large parameter is given a run with room for several of its size, if that wastes less: values a little larger than
 * a segment would otherwise leave half of each run empty. Parameters also go into what is left of earlier segments of
 * parameters, the fullest first. Activations do not: a segment of activations is evicted as a whole, so what is in it
 * should have come at about the same time.
 */
public final class SegmentAllocator implements Extents {
    private static final int LINE_SHIFT = 40;
    private static final long UNITS_MASK = (1L << LINE_SHIFT) - 1;
    /** The longest run that is claimed for the values to come. */
    private static final int MAX_SPARE_RUN = 8;
    /** Blocks given back in one hold of the allocation lock. */
    private static final long GIVEN_BACK_BYTES = 64 << 20;
    private static final int CLAIMS_PER_LOOK = 32;
    /** How often room is made before somebody else has to have taken it all. */
    private static final int MAX_ATTEMPTS = 64;
    private final DataFile data;
    private final SegmentStates states;
    private final AllocationLock lock;
    private final Room rooms;
    /** Guarded by the lock. */
    private int claims;

    /** The lock of the host under which segments are claimed. */
    public interface AllocationLock {
        /**
         * Takes it.
         *
         * @throws HearthException.Busy if it was not had within its limit
         */
        void acquire();

        /** Gives it back. */
        void release();
    }

    /** An allocator for the segments of {@code data}; {@code rooms} is asked when no free segment suits. */
    public SegmentAllocator(DataFile data, SegmentStates states, AllocationLock lock, Room rooms) {
        this.data = data;
        this.states = states;
        this.lock = lock;
        this.rooms = rooms;
    }

    @Override
    public Extent reserve(Kind kind, long bytes) {
        long units = Extent.unitsOf(bytes);
        Extent extent = reserveIn(states.open(kind), kind, units);
        int spare = extent == null && kind == Kind.PARAMETER ? keptToMove(states) : 1;
        if (extent == null && spare > 1) {
            extent = reserve(kind, units, spare);
        }
        if (extent == null) {
            extent = reserve(kind, units, 1);
        }
        if (extent == null) {
            throw new HearthException.Full("no room in the store: kind=" + kind + " bytes=" + bytes + " freeSegments="
                    + states.free() + " segmentBytes=" + data.geometry().segmentBytes() + " capacityBytes="
                    + data.geometry().capacityBytes() + rooms.holders());
        }
        return extent;
    }

    /** Reserves, and leaves {@code kept} segments free. */
    private @Nullable Extent reserve(Kind kind, long units, int kept) {
        Claim claim = new Claim(kept, 0, 0);
        long least = leastSegments(units);
        Extent extent = tryReserve(kind, units, claim);
        // What was made free may be taken by others first.
        for (int attempt = 0; extent == null && attempt < MAX_ATTEMPTS && least <= states.count(); attempt++) {
            boolean made = rooms.make(kind, (int) least, kept);
            extent = tryReserve(kind, units, claim);
            if (!made && extent == null) {
                break;
            }
        }
        return extent;
    }

    /**
     * Reserves for an entry that is moved, and may have the segment that is kept free for that.
     *
     * @return null if there is no room outside of the segments from {@code keepOut} up to {@code keepOutEnd}
     */
    public @Nullable Extent reserveToMove(Kind kind, long bytes, int keepOut, int keepOutEnd) {
        return tryReserve(kind, Extent.unitsOf(bytes), new Claim(0, keepOut, keepOutEnd));
    }

    /**
     * Reserves for a parameter that is moved in the segment that came with a {@linkplain Extent#fresh() fresh} extent,
     * which was not shared yet; null if that has no room.
     */
    public @Nullable Extent reserveBeside(Extent fresh, long bytes) {
        return reserveIn(fresh.segment(), Kind.PARAMETER, Extent.unitsOf(bytes));
    }

    /**
     * How many segments puts leave free, to move into: {@code kept}, as long as there is anything that could be moved.
     */
    public static int keptFree(SegmentStates states, int kept) {
        for (int segment = 0; kept > 0 && segment < states.count(); segment++) {
            if (states.is(segment, State.SEALED)) {
                return kept;
            }
        }
        return 0;
    }

    /**
     * How many segments puts of parameters leave free as long as others can be made free: as many as the longest run
     * has, up to {@value #MAX_SPARE_RUN} and a quarter of all. Nothing of a run is free before all that is live in it
     * has gone elsewhere, so with one free segment runs stay as they are for good, however little of them is live.
     */
    public static int keptToMove(SegmentStates states) {
        int most = mostSpare(states);
        int longest = 1;
        for (int segment = 0; segment < states.count() && longest < most; segment++) {
            State state = states.state(segment);
            if ((state == State.SEALED || state == State.OPEN) && states.kind(segment) == Kind.PARAMETER) {
                longest = Math.max(longest, Math.min(most, states.runSegments(segment)));
            }
        }
        return longest;
    }

    private static int mostSpare(SegmentStates states) {
        return Math.min(MAX_SPARE_RUN, states.count() / 4);
    }

    /** Hears of the steps of giving blocks back. */
    public interface GivingBack {
        /** The blocks of free segments are about to be given back. */
        void before(int first, int segments);

        /** They were; {@code bytes} of them were there. */
        void after(int first, int segments, long bytes);
    }

    /**
     * Gives the blocks of all free segments back to the file system, some at a time, also of those that a process had
     * claimed which died; returns how many bytes of them there were.
     *
     * <p>
     * Segments are claimed under the allocation lock only, so while it is held a free one stays free. That it has no
     * blocks is noted first: who dies here leaves a free segment that is given blocks, whether it has some or not.
     */
    public long giveBackFree(GivingBack hears) {
        int most = Math.toIntExact(Math.max(1, GIVEN_BACK_BYTES / data.geometry().segmentBytes()));
        long bytes = 0;
        for (int first = 0; first < states.count();) {
            lock.acquire();
            try {
                if (first == 0) {
                    states.freeOrphans();
                }
                int end = first;
                while (end < states.count() && end - first < most && states.state(end) == State.FREE) {
                    end++;
                }
                if (end > first) {
                    hears.before(first, end - first);
                    states.setBlocks(first, end - first, false);
                    long given = data.giveBack(first, end - first);
                    hears.after(first, end - first, given);
                    bytes += given;
                }
                first = Math.max(end, first + 1);
            } finally {
                lock.release();
            }
        }
        return bytes;
    }

    /**
     * What a claim may take.
     *
     * @param kept       segments that it leaves free; 0 is that of who moves entries
     * @param keepOut    first of the segments that it may not take
     * @param keepOutEnd behind the last of them
     */
    private record Claim(int kept, int keepOut, int keepOutEnd) {}

    private @Nullable Extent tryReserve(Kind kind, long units, Claim claim) {
        int open = states.open(kind);
        Extent extent = reserveIn(open, kind, units);
        if (extent != null) {
            return extent;
        }
        lock.acquire();
        try {
            // Somebody else may have opened another one meanwhile.
            int now = states.open(kind);
            extent = now == open ? null : reserveIn(now, kind, units);
            if (extent == null && kind == Kind.PARAMETER) {
                extent = reserveInSealed(units);
            }
            return extent != null ? extent : claim(kind, units, claim);
        } finally {
            lock.release();
        }
    }

    private @Nullable Extent reserveIn(int segment, Kind kind, long units) {
        if (segment < 0 || segment >= states.count()) {
            return null;
        }
        int hold = states.hold(segment);
        Extent extent = null;
        try {
            // Looked at behind the hold: from here on the segment stays what it is.
            long generation = states.generation(segment);
            State state = states.state(segment);
            if ((state == State.OPEN || state == State.SEALED) && states.kind(segment) == kind) {
                long reserved = states.reserve(segment, generation, units);
                extent = reserved < 0
                        ? null
                        : new Extent(segment, generation, reserved & UNITS_MASK, units,
                                (int) (reserved >>> LINE_SHIFT), hold, false);
            }
            return extent;
        } finally {
            if (extent == null) {
                states.letGo(segment, hold);
            }
        }
    }

    /**
     * Takes the sealed segment of parameters with the least room that suffices; others may be faster, then the next.
     */
    private @Nullable Extent reserveInSealed(long units) {
        BitSet tried = new BitSet();
        while (true) {
            int best = -1;
            long bestRoom = Long.MAX_VALUE;
            for (int segment = 0; segment < states.count(); segment++) {
                if (!tried.get(segment) && states.is(segment, State.SEALED)
                        && states.kind(segment) == Kind.PARAMETER) {
                    long room = roomUnits(segment);
                    if (room >= units && room < bestRoom) {
                        best = segment;
                        bestRoom = room;
                    }
                }
            }
            if (best < 0) {
                return null;
            }
            Extent extent = reserveIn(best, Kind.PARAMETER, units);
            if (extent != null) {
                return extent;
            }
            tried.set(best);
        }
    }

    /** Units that can still be reserved in a segment, if that is done at once. */
    private long roomUnits(int segment) {
        if (states.isClosed(segment)) {
            return 0;
        }
        long bytes = states.runSegments(segment) * data.geometry().segmentBytes()
                - states.reservedUnits(segment) * Extent.UNIT_BYTES
                - (states.reservedLines(segment) + 1L) * DirectoryDescriptor.LINE_BYTES;
        return Math.max(0, bytes / Extent.UNIT_BYTES);
    }

    private long leastSegments(long units) {
        long overhead = SegmentHeaderDescriptor.BYTES + DirectoryDescriptor.LINE_BYTES;
        return Math.ceilDiv(units * Extent.UNIT_BYTES + overhead, data.geometry().segmentBytes());
    }

    private @Nullable Extent claim(Kind kind, long units, Claim claim) {
        // What the dead left is looked for now and then, and when there is nothing else.
        boolean looked = claims++ % CLAIMS_PER_LOOK == 0;
        if (looked) {
            states.freeOrphans();
        }
        Extent extent = claimFree(kind, units, claim);
        if (extent == null && !looked) {
            states.freeOrphans();
            extent = claimFree(kind, units, claim);
        }
        return extent;
    }

    private @Nullable Extent claimFree(Kind kind, long units, Claim claim) {
        long least = leastSegments(units);
        boolean sparing = kind != Kind.PARAMETER || claim.kept() == 0;
        long wanted = sparing ? least : runFor(units * Extent.UNIT_BYTES, least);
        // Without a segment to move into nothing could be kept that is evicted, and no dead space be gathered.
        int available = states.free() - keptFree(states, claim.kept());
        for (long segments = wanted; segments <= states.count(); segments = nextShorter(segments, least)) {
            int head = segments > available ? -1 : findFree(kind, (int) segments, claim);
            if (head >= 0) {
                return open(head, (int) segments, kind, units);
            }
        }
        return null;
    }

    private static long nextShorter(long segments, long least) {
        return segments > least ? segments - 1 : Long.MAX_VALUE;
    }

    /**
     * The shortest run up to {@value #MAX_SPARE_RUN} segments, and up to a quarter of all, that values of this size
     * fill to nine tenths, else the best. What is left of it if no such values come can be had by moving what came.
     */
    private long runFor(long bytes, long least) {
        long segmentBytes = data.geometry().segmentBytes();
        int longest = mostSpare(states);
        if (bytes <= segmentBytes / 2 || least >= longest) {
            return least;
        }
        long best = least;
        double bestFill = 0;
        for (long segments = least; segments <= longest; segments++) {
            double fill = (double) ((segments * segmentBytes - 4096) / bytes * bytes) / (segments * segmentBytes);
            if (fill > bestFill + 0.01) {
                best = segments;
                bestFill = fill;
            }
            if (fill >= 0.9) {
                break;
            }
        }
        return best;
    }

    private Extent open(int head, int segments, Kind kind, long units) {
        if (!states.claim(head, segments, kind)) {
            throw new IllegalStateException("segment=" + head + " segments=" + segments + " is not free");
        }
        boolean opened = false;
        int hold = states.hold(head);
        try {
            Run run = new Run(head, segments, states.generation(head), kind);
            if (!states.haveBlocks(head, segments)) {
                data.allocate(run);
                states.setBlocks(head, segments, true);
            }
            data.open(run);
            states.start(head, SegmentHeaderDescriptor.BYTES / Extent.UNIT_BYTES);
            opened = true;
        } finally {
            if (!opened) {
                states.letGo(head, hold);
                states.unclaim(head);
            }
        }
        long reserved = states.reserve(head, states.generation(head), units);
        if (reserved < 0) {
            throw new IllegalStateException("segment=" + head + " segments=" + segments + " units=" + units);
        }
        return new Extent(head, states.generation(head), reserved & UNITS_MASK, units, (int) (reserved >>> LINE_SHIFT),
                hold, true);
    }

    private int findFree(Kind kind, int segments, Claim claim) {
        int count = states.count();
        int free = 0;
        for (int i = 0; i < count; i++) {
            int segment = kind == Kind.PARAMETER ? i : count - 1 - i;
            boolean keepOut = segment >= claim.keepOut() && segment < claim.keepOutEnd();
            free = !keepOut && states.is(segment, State.FREE) ? free + 1 : 0;
            if (free == segments) {
                return kind == Kind.PARAMETER ? segment - segments + 1 : segment;
            }
        }
        return -1;
    }

    @Override
    public Extent shrink(Extent extent, long usedBytes) {
        long used = Extent.unitsOf(usedBytes);
        boolean shorter = used < extent.units() && states.giveBack(extent.segment(), extent.generation(),
                extent.offsetUnits() + extent.units(), extent.offsetUnits() + used);
        return shorter
                ? new Extent(extent.segment(), extent.generation(), extent.offsetUnits(), used,
                        extent.directoryIndex(), extent.hold(), extent.fresh())
                : extent;
    }

    @Override
    public void share(Extent extent) {
        if (!extent.fresh()) {
            return;
        }
        int segment = extent.segment();
        Kind kind = states.kind(segment);
        int open = states.open(kind);
        boolean roomier = open < 0 || roomUnits(segment) > roomUnits(open);
        if (roomier && open >= 0) {
            states.retire(kind, open);
        }
        int sealed = roomier && states.replaceOpen(kind, open, segment) ? open : segment;
        if (sealed >= 0) {
            states.change(sealed, State.OPEN, State.SEALED);
        }
    }

    @Override
    public void ahead(Kind kind) {
        rooms.ahead(kind);
    }

    @Override
    public void letGo(int segment, int hold) {
        states.letGo(segment, hold);
    }
}
