package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.evict.EvictionPolicy;
import dev.hearth.store.mark.Reservation;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.mark.SegmentWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Puts together what the segments of a store hold and how much of that is used: the heat map. Any thread. */
final class SegmentList {
    private SegmentList() {}

    private static final class Content {
        @Nullable
        Kind kind;
        long generation;
        long end;
        long entries;
        long storedBytes;
        long used;
    }

    /** The segments; without a table only those that hold entries. */
    static List<SegmentInfo> of(View view, @Nullable SegmentTable table, @Nullable ReferenceMap references) {
        Map<Integer, Content> contents = new TreeMap<>();
        int count = view.geometry().segmentCount();
        view.table().forEach(entry -> {
            if (entry.segment() >= count
                    || (table != null && table.generation(entry.segment()) != entry.generation())) {
                return; // It ended with its segment.
            }
            Content content = contents.computeIfAbsent(entry.segment(), segment -> new Content());
            content.kind = entry.kind();
            content.generation = entry.generation();
            content.end = Math.max(content.end, entry.offsetBytes() + entry.extentBytes());
            content.entries++;
            content.storedBytes += entry.extentBytes();
            boolean used = references != null && (references.get(entry.segment(), entry.offsetUnits())
                    & EvictionPolicy.REFERENCE_MASK) != 0;
            content.used += used ? 1 : 0;
        });
        List<SegmentInfo> segments = new ArrayList<>();
        if (table == null) {
            contents.forEach((segment, content) -> segments.add(new SegmentInfo(segment, 1, "unknown", content.kind,
                    content.generation, content.end, content.entries, content.storedBytes, content.used)));
            return segments;
        }
        for (int segment = 0; segment < table.count(); segment++) {
            long word = table.stateWord(segment);
            if (!SegmentWord.isValid(segment, word) || SegmentWord.state(word) != SegmentState.RUN_MEMBER) {
                segments.add(describe(segment, word, table, contents.getOrDefault(segment, new Content())));
            }
        }
        return segments;
    }

    private static SegmentInfo describe(int segment, long word, SegmentTable table, Content content) {
        boolean valid = SegmentWord.isValid(segment, word);
        String state = valid ? SegmentWord.state(word).name().toLowerCase(Locale.ROOT).replace('_', '-') : "damaged";
        boolean free = valid && SegmentWord.state(word) == SegmentState.FREE;
        int kindId = valid ? SegmentWord.kindId(word) : 0;
        Kind kind = free || kindId == 0 ? content.kind : Kind.byId(kindId);
        int run = valid && !free ? Math.clamp(SegmentWord.run(word), 1, table.count() - segment) : 1;
        long given = free ? 0 : Reservation.offsetUnits(table.reservation(segment)) * EntryDescriptor.UNIT_BYTES;
        return new SegmentInfo(segment, run, state, kind, table.generation(segment), given, content.entries,
                content.storedBytes, content.used);
    }
}
