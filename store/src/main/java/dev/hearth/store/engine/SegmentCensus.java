package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.segment.DataFile;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds out from checkpoint and log how far each segment was given out, for a segment table that was lost. One thread.
 *
 * <p>
 * What no committed entry speaks of is free. A segment that has entries gets sealed behind the last of them: what was
 * written behind and not committed is lost with the processes that wrote it. Free segments go on in the generations of
 * the present epoch, so that none is issued twice.
 */
final class SegmentCensus {
    private final Map<Integer, Use> uses = new TreeMap<>();

    private static final class Use {
        long generation;
        int kindId;
        long endUnits;
        int lines;
    }

    /** Hears of an operation. */
    void observe(LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> add(put.entry());
            case LogOperation.Relocate relocate -> add(relocate.entry());
            case LogOperation.ReleaseSegment release -> {
                Use use = uses.get(release.segment());
                if (use != null && Long.compareUnsigned(use.generation, release.generation()) <= 0) {
                    uses.remove(release.segment());
                }
            }
            default -> {
            }
        }
    }

    private void add(EntryDescriptor entry) {
        Use use = uses.computeIfAbsent(entry.segment(), segment -> new Use());
        if (Long.compareUnsigned(entry.generation(), use.generation) > 0) {
            use.generation = entry.generation();
            use.kindId = entry.kind().id();
            use.endUnits = 0;
            use.lines = 0;
        }
        if (entry.generation() == use.generation) {
            long end = Integer.toUnsignedLong(entry.offsetUnits()) + Integer.toUnsignedLong(entry.extentUnits());
            use.endUnits = Math.max(use.endUnits, end);
            use.lines = Math.max(use.lines, entry.directoryIndex() + 1);
        }
    }

    /** Writes what was found into an empty segment table. */
    void restore(SegmentTable table, DataFile data, long epoch) {
        long fresh = Epochs.next(0, epoch);
        Map<Integer, Integer> runs = new HashMap<>();
        uses.forEach((segment, use) -> runs.put(segment, runOf(segment, use, data)));
        for (int segment = 0; segment < table.count();) {
            Use use = uses.get(segment);
            int run = use == null ? 1 : Math.min(runs.getOrDefault(segment, 1), table.count() - segment);
            if (use == null) {
                table.restore(segment, new SegmentTable.SegmentRecord(fresh, SegmentState.FREE, 0, 0, 0, 0, 0, 0, 0));
            } else {
                restoreRun(table, segment, run, use, data.geometry().segmentBytes());
            }
            segment += run;
        }
    }

    private static void restoreRun(SegmentTable table, int head, int run, Use use, long segmentBytes) {
        table.restore(head, new SegmentTable.SegmentRecord(use.generation, SegmentState.SEALED, use.kindId, run,
                use.endUnits, use.lines, 0, run * segmentBytes, 0));
        for (int distance = 1; distance < run; distance++) {
            table.restore(head + distance, new SegmentTable.SegmentRecord(use.generation, SegmentState.RUN_MEMBER,
                    use.kindId, distance, 0, 0, 0, 0, 0));
        }
    }

    /** What the segment's own header says; if that is lost, the least that holds the entries. */
    private static int runOf(int segment, Use use, DataFile data) {
        int fromHeader = data.readRunSegments(segment, use.generation);
        long leastBytes = use.endUnits * 64 + use.lines * 16L;
        int least = Math.toIntExact(Math.ceilDiv(leastBytes, data.geometry().segmentBytes()));
        return Math.max(Math.max(1, least), fromHeader);
    }
}
