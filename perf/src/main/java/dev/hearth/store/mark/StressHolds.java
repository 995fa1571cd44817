package dev.hearth.store.mark;

import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * One segment and the holds on it in memory of their own, on the heap so that millions of them can be made, and the
 * steps of those who hold it and of the one who releases it. The table of processes is a real one, of this process
 * alone.
 */
public final class StressHolds {
    private static final long GENERATION = 1;
    private static final ProcessSlots SLOTS = slots();
    private static final int OWN_SLOT = SLOTS.take(Host.current(), 1, 0).index();

    private static final HoldLane[] LANES = {new HoldLane(1), new HoldLane(2)};

    static {
        SegmentHolds all = new SegmentHolds(SLOTS, OWN_SLOT, MemorySegment.ofArray(new long[4]), 1, 4);
        if (!all.leaveOutFences()) {
            throw new IllegalStateException("the kernel executes no fences for others");
        }
    }

    private final SegmentTable segments = new SegmentTable(Path.of("mark"), 0,
            MemorySegment.ofArray(new long[SegmentRecordDescriptor.BYTES / Long.BYTES]), 1);
    // One stripe that threads share, three lanes.
    private final SegmentHolds holds = new SegmentHolds(SLOTS, OWN_SLOT, MemorySegment.ofArray(new long[4]), 1, 4);

    /** A sealed segment that nobody holds. */
    public StressHolds() {
        segments.restore(0, new SegmentTable.SegmentRecord(GENERATION, SegmentState.SEALED, 2, 1, 0, 0, 0, 0, 1));
    }

    private static ProcessSlots slots() {
        try {
            StoreDirectory directory = StoreDirectory.create(Files.createTempDirectory("hearth-stress").resolve("s"));
            Geometry geometry = new Geometry(new UUID(1, 2), 16L << 20, 256 << 10, 64 << 10, 10_000, 4, 8, 3, 4, 1, 2,
                    1, 1);
            MarkFile.create(directory, geometry, Host.current(), mark -> {
            });
            return new ProcessSlots(MarkFile.open(directory, false), OfdLocks.openOrCreate(directory, "hearth.lock"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Holds the segment: 1 if that is safe and the hold is kept, 0 if it was let go again. */
    public int hold() {
        int stripe = holds.acquire(0);
        if (segments.generation(0) == GENERATION && segments.state(0).isReadable()) {
            return 1;
        }
        holds.release(0, stripe);
        return 0;
    }

    /** The same in a lane, 0 or 1, that no other thread uses meanwhile. */
    public int holdInLane(int lane) {
        holds.acquire(0, LANES[lane]);
        if (segments.generation(0) == GENERATION && segments.state(0).isReadable()) {
            return 1;
        }
        holds.release(0, LANES[lane].stripe());
        return 0;
    }

    /** Marks the segment and releases it if nobody holds it: 1 if it was released, 0 if the mark was taken back. */
    public int release() {
        boolean marked = segments.transition(0, SegmentState.SEALED, SegmentState.MARKED);
        if (marked && !holds.isHeld(0)) {
            segments.release(0, GENERATION, GENERATION + 1);
            return 1;
        }
        boolean _ = segments.transition(0, SegmentState.MARKED, SegmentState.SEALED);
        return 0;
    }
}
