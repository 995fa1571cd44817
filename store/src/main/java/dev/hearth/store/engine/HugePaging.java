package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.io.HugePages;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.segment.DataGeometry;
import dev.hearth.store.segment.SegmentStates.State;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Has what readers look at moved into huge pages, one at a time, where the file system can have them: files in memory.
 * A get is a few random accesses, and each of them waits for its translation as long as for its bytes.
 *
 * <p>
 * The table is moved as it is; of the data, segments that are full: nobody writes there, and they have all their
 * blocks, so that nothing takes more room than before. What is moved is moved for all processes, and lasts until the
 * blocks are given back. It is tried again by every process that comes to do background work, which is quick where it
 * was done. One thread.
 */
final class HugePaging {
    /** Huge pages looked at in one call. */
    private static final int AT_ONCE = 256;
    /** Between two of them while there is something else to do. */
    private static final long BUSY_MS = 50;
    /** So many in a row that cannot be moved, and none can. */
    private static final int MOST_REFUSED = 8;
    /** After the kernel had none. */
    private static final long NONE_LEFT_MS = 60_000;
    private final List<Part> parts = new ArrayList<>();
    private final Events events;
    private int part;
    private long movedAtMs;
    private long pausedAtMs;
    private boolean pausing;
    private int refused;

    /** A mapping, which of its huge pages were moved or cannot be at the moment, and which may be. */
    private static final class Part {
        final MappedRegion region;
        final LongPredicate isSettled;
        final long first;
        final int count;
        final BitSet moved;
        int next;

        /**
         * A mapping of what starts at {@code fileOffsetBytes} of a file.
         *
         * @param isSettled says of an offset of the range whether the huge page there may be moved
         */
        Part(MappedRegion region, long fileOffsetBytes, LongPredicate isSettled) {
            this.region = region;
            this.isSettled = isSettled;
            this.first = -fileOffsetBytes & (HugePages.BYTES - 1);
            this.count = Math.toIntExact(Math.max(0, region.lengthBytes() - first) / HugePages.BYTES);
            this.moved = new BitSet(count);
        }
    }

    HugePaging(Store store, MarkSegments segments, Events events) {
        this.events = events;
        if (!HugePages.areAllowed()) {
            return;
        }
        parts.add(new Part(store.region(), 0, offset -> true));
        parts.add(new Part(store.references(), Store.referencesOffset(store.mark().geometry()), offset -> true));
        DataGeometry geometry = store.data().geometry();
        parts.add(new Part(store.data().region(), 0, offset -> isFull(segments, geometry, offset)));
    }

    private static boolean isFull(MarkSegments segments, DataGeometry geometry, long offset) {
        int from = Math.toIntExact(offset / geometry.segmentBytes());
        int to = Math.toIntExact((offset + HugePages.BYTES - 1) / geometry.segmentBytes());
        boolean full = segments.haveBlocks(from, to - from + 1);
        for (int segment = from; full && segment <= to; segment++) {
            full = segments.is(segment, State.SEALED) || segments.is(segment, State.RUN_MEMBER);
        }
        return full;
    }

    /** Moves at most one huge page; says whether there was one. Seldom, while there is other work. */
    int work(long nowMs, boolean idle) {
        if ((pausing && Math.abs(nowMs - pausedAtMs) < NONE_LEFT_MS)
                || (!idle && Math.abs(nowMs - movedAtMs) < BUSY_MS)) {
            return 0;
        }
        pausing = false;
        for (int looked = 0; looked < AT_ONCE && !parts.isEmpty(); looked++) {
            Part current = parts.get(part % parts.size());
            if (current.next == current.count) {
                current.next = 0;
                part = (part + 1) % parts.size();
                continue;
            }
            int page = current.next++;
            long offset = current.first + page * HugePages.BYTES;
            boolean settled = current.isSettled.test(offset);
            if (settled && !current.moved.get(page)) {
                movedAtMs = nowMs;
                boolean tried = move(current, offset, nowMs);
                current.moved.set(page, tried);
                return tried ? 1 : 0;
            }
            if (!settled) {
                // It may have lost its blocks, and with them the huge page.
                current.moved.clear(page);
            }
        }
        return 0;
    }

    /** Returns whether it was tried, with whatever outcome; not if there was no huge page to be had. */
    private boolean move(Part current, long offset, long nowMs) {
        MappedRegion.Collapse outcome = current.region.collapse(offset);
        if (outcome == MappedRegion.Collapse.MOVED) {
            events.add(Counter.HUGE_PAGES, 1);
            refused = 0;
        } else if (outcome == MappedRegion.Collapse.NONE_LEFT) {
            pausing = true;
            pausedAtMs = nowMs;
        } else if (outcome == MappedRegion.Collapse.IMPOSSIBLE && ++refused == MOST_REFUSED) {
            // One may have become something else in this moment; if none can be moved, it is the file system.
            parts.clear();
        }
        return !pausing;
    }
}
