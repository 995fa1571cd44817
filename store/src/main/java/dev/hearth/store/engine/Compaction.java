package dev.hearth.store.engine;

import dev.hearth.store.CompactReport;
import dev.hearth.store.Kind;
import dev.hearth.store.Progress;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.segment.SegmentAllocator;
import java.util.List;

/**
 * One compaction: moves what is live out of sparse segments of both kinds, releases them, and gives the blocks of all
 * free segments back to the file system. One thread; others go on putting and reading, and may compact, too.
 *
 * <p>
 * It ends at the first plan that gains nothing, so it comes to an end whatever others do. Who is killed in it leaves
 * what {@link ParameterMoves}, {@link Sweep} and {@link SegmentAllocator#giveBackFree} say.
 */
final class Compaction {
    private static final int MOST_FAILURES = 3;
    private final SweepParts parts;
    private final SegmentAllocator allocator;
    private final Sweep sweep;
    private final Search search;
    private final ParameterPlans plans;
    private final EmptyParameters empty;
    private long leftBytes;

    Compaction(SweepParts parts, SegmentAllocator allocator, Sweep sweep, Search search, ParameterPlans plans,
            EmptyParameters empty) {
        this.parts = parts;
        this.allocator = allocator;
        this.sweep = sweep;
        this.search = search;
        this.plans = plans;
        this.empty = empty;
    }

    CompactReport run(long mostMovedBytes, Progress progress) {
        leftBytes = mostMovedBytes;
        long entriesBefore = sweep.movedEntries();
        long bytesBefore = sweep.movedBytes();
        long releasedBefore = sweep.releasedSegments();
        search.finishReleases();
        boolean _ = plans.alone(plans.patience(), () -> true, () -> {
            boolean released = empty.release(sweep);
            pack(Kind.PARAMETER, progress, bytesBefore);
            return released;
        });
        pack(Kind.ACTIVATION, progress, bytesBefore);
        long givenBack = allocator.giveBackFree(new SegmentAllocator.GivingBack() {
            @Override
            public void before(int first, int segments) {
                parts.steps().at(SweepStep.GIVING_BACK);
            }

            @Override
            public void after(int first, int segments, long bytes) {
                parts.steps().at(SweepStep.GIVEN_BACK);
            }
        });
        parts.events().add(Counter.BYTES_GIVEN_BACK, givenBack);
        long segmentBytes = parts.store().mark().geometry().segmentBytes();
        return new CompactReport(sweep.movedEntries() - entriesBefore, sweep.movedBytes() - bytesBefore,
                (int) (sweep.releasedSegments() - releasedBefore), givenBack,
                parts.segments().free() * segmentBytes,
                Stats.Space.of(parts.store().mark().segments(), segmentBytes)
                        .deadBytes(parts.store().table().totals()));
    }

    private void pack(Kind kind, Progress progress, long bytesBefore) {
        int failures = 0;
        while (failures < MOST_FAILURES) {
            List<MovePlan.Victim> plan = plans.chooseMost(kind, leftBytes);
            if (plan.isEmpty()) {
                return;
            }
            long planned = plan.stream().mapToLong(MovePlan.Victim::bytes).sum();
            leftBytes -= planned;
            long released = sweep.releasedSegments();
            long done = sweep.movedBytes() - bytesBefore;
            for (List<MovePlan.Victim> batch : ParameterPlans.batches(plan)) {
                move(kind, batch);
                progress.at(sweep.movedBytes() - bytesBefore, done + planned);
            }
            failures += sweep.releasedSegments() == released ? 1 : 0;
        }
    }

    private void move(Kind kind, List<MovePlan.Victim> batch) {
        if (kind == Kind.PARAMETER) {
            plans.move(batch, sweep);
            return;
        }
        for (MovePlan.Victim victim : batch) {
            if (Search.isEvictable(parts.segments(), victim.segment())) {
                boolean _ = sweep.evict(victim.segment(), new Sweep.Mode(false, 0, 0, Sweep.Look.PACK));
            }
        }
    }
}
