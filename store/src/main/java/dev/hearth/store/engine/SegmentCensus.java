package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.mark.Epochs;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.Run;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out from checkpoint and log how far each segment was given out, for a segment table that was lost, and writes
 * the directory lines again that may have been lost with it. One thread.
 *
 * <p>
 * What no committed entry speaks of is free. A segment that has entries gets sealed behind the last of them: what was
 * written behind and not committed is lost with the processes that wrote it. Free segments go on in the generations of
 * the present epoch, so that none is issued twice.
 */
final class SegmentCensus implements Replay.Observer {
    private final Map<Integer, Use> uses = new HashMap<>();
    private final CommittedLines lines = new CommittedLines();

    private static final class Use {
        long generation;
        int kindId;
        long endUnits;
        int lines;
        long newest;
        int run;
    }

    @Override
    public void checkpointed(MemorySegment memory, long offset) {
        add(EntryLayout.read(memory, offset));
    }

    @Override
    public void applied(LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> addWithLine(put.entry());
            case LogOperation.Relocate relocate -> addWithLine(relocate.entry());
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

    private void addWithLine(EntryDescriptor entry) {
        add(entry);
        lines.add(entry);
    }

    private void add(EntryDescriptor entry) {
        Use use = uses.computeIfAbsent(entry.segment(), segment -> new Use());
        if (Long.compareUnsigned(entry.generation(), use.generation) > 0) {
            use.generation = entry.generation();
            use.kindId = entry.kind().id();
            use.endUnits = 0;
            use.lines = 0;
            use.newest = 0;
        }
        if (entry.generation() == use.generation) {
            long end = Integer.toUnsignedLong(entry.offsetUnits()) + Integer.toUnsignedLong(entry.extentUnits());
            use.endUnits = Math.max(use.endUnits, end);
            use.lines = Math.max(use.lines, entry.directoryIndex() + 1);
            use.newest = Long.compareUnsigned(entry.version(), use.newest) > 0 ? entry.version() : use.newest;
        }
    }

    /**
     * Writes what was found into an empty segment table, and into the data file what may be missing there.
     *
     * @return how many segments are in use, which is the last place in the order of their opening
     */
    int restore(SegmentTable table, DataFile data, long epoch) {
        long fresh = Epochs.next(0, epoch);
        uses.forEach((segment, use) -> use.run = runOf(segment, use, data));
        Map<Integer, Integer> order = order();
        for (int segment = 0; segment < table.count();) {
            Use use = uses.get(segment);
            int run = use == null ? 1 : Math.min(use.run, table.count() - segment);
            if (use == null) {
                table.restore(segment, new SegmentTable.SegmentRecord(fresh, SegmentState.FREE, 0, 0, 0, 0, 0, 0, 0));
            } else {
                use.run = run;
                restoreRun(table, segment, use, order.getOrDefault(segment, 0));
            }
            segment += run;
        }
        lines.forEach((segment, generation, index, offsetUnits, headerCrc, version) -> {
            Use use = uses.get(segment);
            if (use != null && use.generation == generation) {
                data.writeDirectoryLine(segment, use.run, index, offsetUnits, headerCrc, version);
            }
        });
        return uses.size();
    }

    /** Segments by the newest of their entries: near enough to the order in which they were opened. */
    private Map<Integer, Integer> order() {
        List<Integer> segments = new ArrayList<>(uses.keySet());
        segments.sort((a, b) -> {
            int order = Long.compareUnsigned(newest(a), newest(b));
            return order != 0 ? order : Integer.compare(a, b);
        });
        Map<Integer, Integer> order = new HashMap<>();
        segments.forEach(segment -> order.put(segment, order.size() + 1));
        return order;
    }

    private long newest(int segment) {
        Use use = uses.get(segment);
        return use == null ? 0 : use.newest;
    }

    private static void restoreRun(SegmentTable table, int head, Use use, int openedAt) {
        int run = use.run;
        table.restore(head, new SegmentTable.SegmentRecord(use.generation, SegmentState.SEALED, use.kindId, run,
                use.endUnits, use.lines, 0, 0, openedAt));
        for (int distance = 1; distance < run; distance++) {
            table.restore(head + distance, new SegmentTable.SegmentRecord(use.generation, SegmentState.RUN_MEMBER,
                    use.kindId, distance, 0, 0, 0, 0, 0));
        }
    }

    /** What the segment's own header says; if that is lost, the least that holds the entries. */
    private static int runOf(int segment, Use use, DataFile data) {
        int fromHeader = data.readRunSegments(segment, use.generation);
        if (segment < 0 || segment >= data.geometry().segments()) {
            return 1;
        }
        long leastBytes = use.endUnits * 64 + use.lines * 16L;
        int least = Math.toIntExact(Math.ceilDiv(leastBytes, data.geometry().segmentBytes()));
        int run = Math.max(Math.max(1, least), fromHeader);
        if (fromHeader != run && segment + run <= data.geometry().segments()) {
            data.writeHeader(new Run(segment, run, use.generation, Kind.byId(use.kindId)));
        }
        return run;
    }
}
