package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.segment.EntryMover;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * How much of each segment is live, from one pass over the lookup table. A snapshot; one thread.
 *
 * <p>
 * Entries of more than a sixty-fourth of a segment are remembered by their size, because whether they go together into
 * a segment depends on it; the rest is like sand.
 */
final class SegmentSpace {
    private static final int SEGMENT_SHIFT = 38;
    private static final int LARGE_PART = 64;
    /** Of each segment what its live entries take, each with its line in a directory, when they are moved. */
    private final long[] bytes;
    private final long[] sand;
    private final int[] entries;
    private long[] large = new long[64];
    private int largeCount;

    private SegmentSpace(int segments) {
        bytes = new long[segments];
        sand = new long[segments];
        entries = new int[segments];
    }

    /**
     * What entries are measured by.
     *
     * @param isOver whether the time of an entry that expires has come
     */
    record Measure(long segmentBytes, int pageBytes, Predicate<TableEntry> isOver) {}

    /** Counts the entries of a kind that are not over. */
    static SegmentSpace scan(LookupTable table, MarkSegments segments, Kind kind, Measure measure) {
        SegmentSpace space = new SegmentSpace(segments.count());
        // Entries that cross over meanwhile may be missed; that makes a plan poor, and nothing worse.
        boolean _ = table.forEach(entry -> {
            if (entry.kind() == kind && entry.segment() < segments.count()
                    && segments.generation(entry.segment()) == entry.generation()
                    && !(entry.hasExpiry() && measure.isOver.test(entry))) {
                space.add(entry, measure.segmentBytes, measure.pageBytes);
            }
        });
        Arrays.sort(space.large, 0, space.largeCount);
        return space;
    }

    private void add(TableEntry entry, long segmentBytes, int pageBytes) {
        long moved = MovePlan.bytesWithLine(EntryMover.reserveBytes(entry.storage(), entry.headerBytes(),
                entry.logicalBytes(), entry.extentBytes(), pageBytes));
        bytes[entry.segment()] += moved;
        entries[entry.segment()]++;
        if (moved <= segmentBytes / LARGE_PART) {
            sand[entry.segment()] += moved;
            return;
        }
        if (largeCount == large.length) {
            large = Arrays.copyOf(large, Math.multiplyExact(largeCount, 2));
        }
        large[largeCount++] = (long) entry.segment() << SEGMENT_SHIFT | Math.min(moved, (1L << SEGMENT_SHIFT) - 1);
    }

    /** What the live entries of a segment take. */
    long bytes(int segment) {
        return bytes[segment];
    }

    /** A segment of which all is to be moved. */
    MovePlan.Victim victim(int segment, int run) {
        int from = Arrays.binarySearch(large, 0, largeCount, (long) segment << SEGMENT_SHIFT);
        from = from < 0 ? -from - 1 : from;
        int to = from;
        while (to < largeCount && large[to] >>> SEGMENT_SHIFT == segment) {
            to++;
        }
        long[] sizes = new long[to - from];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = large[to - 1 - i] & (1L << SEGMENT_SHIFT) - 1;
        }
        return new MovePlan.Victim(segment, run, entries[segment], sizes, sand[segment]);
    }
}
