package dev.hearth.store.engine;

import dev.hearth.store.ProcessInfo;
import dev.hearth.store.StoreStats;
import dev.hearth.store.log.LogFiles;
import dev.hearth.store.mark.MarkFile;
import dev.hearth.store.mark.MarkWord;
import dev.hearth.store.mark.ProcessSlots;
import dev.hearth.store.mark.Reservation;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.mark.SegmentWord;
import dev.hearth.store.table.Totals;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts the figures of a store together. */
final class Stats {
    private static final int LOG_HEADER_BYTES = 4096;

    private Stats() {}

    /** The figures; without a mark those that only it has are 0. */
    static StoreStats of(View view, @Nullable MarkFile mark, Map<String, Long> counters, int processes) {
        Totals totals = view.table().totals();
        Space space = mark == null ? new Space(0, 0, 0) : Space.of(mark.segments(), view.geometry().segmentBytes());
        return new StoreStats(totals.entries(), totals.logicalBytes(), totals.storedBytes(),
                view.geometry().capacityBytes(), view.data().allocatedBytes(), view.geometry().segmentBytes(),
                view.geometry().pageBytes(), view.geometry().maxEntries(), view.geometry().segmentCount(),
                mark == null ? 0 : freeSegments(mark.segments()),
                space.deadBytes(totals), space.freeBytes, space.heldBytes, view.lastApplied().getAsLong(),
                word(mark, MarkWord.LAST_INDEXED), word(mark, MarkWord.INDEX_GENERATION), view.table().load(),
                view.table().namespaces().list().size(), processes, LogFiles.numbers(view.logFiles()).size(),
                Math.max(0, word(mark, MarkWord.LOG_OFFSET) - LOG_HEADER_BYTES), view.newestCheckpoint(), mark == null,
                counters);
    }

    /**
     * What the segments of a store are used for, each byte counted once.
     *
     * @param givenBytes to entries, whether they are there or not any more, to headers and to directories
     * @param freeBytes  to nothing yet, and can be
     * @param heldBytes  to nothing, and cannot be as long as somebody makes the segment ready or gives it back
     */
    record Space(long givenBytes, long freeBytes, long heldBytes) {
        static Space of(SegmentTable segments, long segmentBytes) {
            long given = 0;
            long free = 0;
            long held = 0;
            for (int segment = 0; segment < segments.count(); segment++) {
                long word = segments.stateWord(segment);
                SegmentState state = SegmentWord.isValid(segment, word) ? SegmentWord.state(word) : SegmentState.FREE;
                long bytes = state == SegmentState.FREE ? segmentBytes : SegmentWord.run(word) * segmentBytes;
                if (state == SegmentState.FREE) {
                    // A word that is damaged is no use, but nothing says so as long as nobody needs it.
                    free += SegmentWord.isValid(segment, word) ? bytes : 0;
                } else if (state == SegmentState.CLAIMED) {
                    held += bytes;
                } else if (state != SegmentState.RUN_MEMBER) {
                    long used = Reservation.usedBytes(segments.reservation(segment));
                    given += used;
                    free += state.isReadable() ? bytes - used : 0;
                    held += state.isReadable() ? 0 : bytes - used;
                }
            }
            return new Space(given, free, held);
        }

        /** Bytes given out, and of no entry any more. */
        long deadBytes(Totals totals) {
            return Math.max(0, givenBytes - totals.storedBytes());
        }
    }

    private static long word(@Nullable MarkFile mark, MarkWord word) {
        return mark == null ? 0 : mark.words().get(word);
    }

    private static int freeSegments(SegmentTable segments) {
        int free = 0;
        for (int segment = 0; segment < segments.count(); segment++) {
            long word = segments.stateWord(segment);
            free += SegmentWord.isValid(segment, word) && SegmentWord.state(word) == SegmentState.FREE ? 1 : 0;
        }
        return free;
    }

    static List<ProcessInfo> processes(ProcessSlots slots) {
        return slots.tenants().stream()
                .map(tenant -> new ProcessInfo(tenant.index(), Integer.toUnsignedLong(tenant.tenancy()), tenant.pid(),
                        tenant.startTicks(), tenant.attachedAtMs(), tenant.heartbeatMs(), tenant.isAlive(),
                        slots.holdCount(tenant.index()), tenant.putsInFlight(), tenant.bytesInFlight()))
                .toList();
    }
}
