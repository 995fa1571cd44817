package dev.hearth.store.engine;

import dev.hearth.store.log.LogOperation;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which generations of segments the log has released, for who has no segment table, or builds it. Any thread may ask
 * while one lets it hear.
 */
final class ReleasedSegments implements Applier.Segments {
    /** Of each segment the first generation that is not released; unsigned. */
    private final AtomicLongArray floors;

    ReleasedSegments(int segmentCount) {
        floors = new AtomicLongArray(segmentCount);
    }

    @Override
    public void release(int segment, long generation) {
        if (segment >= 0 && segment < floors.length() && Long.compareUnsigned(generation, floors.get(segment)) >= 0) {
            floors.set(segment, generation + 1);
        }
    }

    /** Hears of an operation of the log. */
    void observe(LogOperation operation) {
        if (operation instanceof LogOperation.ReleaseSegment release) {
            release(release.segment(), release.generation());
        }
    }

    /** Whether what lay in this generation of the segment is gone; also if there is no such segment. */
    boolean isReleased(int segment, long generation) {
        return segment < 0 || segment >= floors.length()
                || Long.compareUnsigned(generation, floors.get(segment)) < 0;
    }
}
