package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.DirectoryReader;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.segment.Run;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks through the directory of a segment for what is still there. One thread at a time; takes no lock.
 *
 * <p>
 * An entry is there if the table has it at exactly this place: what was removed, replaced, moved, or ended with its
 * namespace is not, and neither is what has expired.
 */
final class SegmentWalk {
    private final DirectoryReader directory;
    private final LookupTable table;
    private final MarkSegments segments;
    private final LongSupplier clockMs;
    private final TableEntry found = new TableEntry();

    SegmentWalk(DataFile data, LookupTable table, MarkSegments segments, LongSupplier clockMs) {
        this.directory = new DirectoryReader(data);
        this.table = table;
        this.segments = segments;
        this.clockMs = clockMs;
    }

    /** An entry that is there. */
    record Live(EntryHeader header, long version) {
        long extentBytes() {
            return Integer.toUnsignedLong(header.extentUnits()) * EntryDescriptor.UNIT_BYTES;
        }
    }

    private Run run(int segment) {
        return new Run(segment, segments.runSegments(segment), segments.generation(segment), segments.kind(segment));
    }

    /**
     * Is interested in entries whose digest the table has in a segment: most of what is in an old one was replaced.
     */
    private final class Here implements DirectoryReader.Visitor {
        private final int segment;
        private final DirectoryReader.Visitor visitor;

        Here(int segment, DirectoryReader.Visitor visitor) {
            this.segment = segment;
            this.visitor = visitor;
        }

        @Override
        public boolean wants(long digestHi, long digestLo) {
            return table.find(digestHi, digestLo, found) && found.segment() == segment;
        }

        @Override
        public boolean visit(int line, @Nullable EntryHeader entry, int headerCrc) {
            return visitor.visit(line, entry, headerCrc);
        }
    }

    private void walk(int segment, int from, DirectoryReader.Visitor visitor) {
        directory.walk(run(segment), from, segments.reservedLines(segment), new Here(segment, visitor));
    }

    /** The entries that are there, in the order in which their space was given out. */
    List<Live> live(int segment) {
        return live(segment, new Seen());
    }

    /** The same; {@code seen} is told all that the table has there. */
    List<Live> live(int segment, Seen seen) {
        List<Live> live = new ArrayList<>();
        long nowMs = clockMs.getAsLong();
        walk(segment, 0, (line, header, crc) -> {
            seen.add(header);
            boolean there = header != null && isThere(header) && found.headerCrc() == crc
                    && (header.expiresAtMs() == 0 || header.expiresAtMs() > nowMs);
            if (header != null && there) {
                live.add(new Live(header, found.version()));
            }
            return true;
        });
        return live;
    }

    /**
     * What the table had in a segment when it was walked: if nothing comes after that, nothing else speaks of the
     * segment when it is released.
     */
    static final class Seen {
        private final List<Intent> all = new ArrayList<>();
        private boolean damaged;

        private void add(@Nullable EntryHeader header) {
            damaged |= header == null;
            if (header != null) {
                all.add(new Intent.Evict(header.digestHi(), header.digestLo(), header.segment()));
            }
        }
    }

    /** What of that the table still has, of a segment that was released. */
    List<Intent> leftovers(int segment, Seen seen) {
        if (seen.damaged) {
            return leftovers(segment);
        }
        long generation = segments.generation(segment);
        return seen.all.stream().filter(intent -> intent instanceof Intent.Evict evict
                && table.find(evict.digestHi(), evict.digestLo(), found) && found.segment() == segment
                && Long.compareUnsigned(found.generation(), generation) < 0).toList();
    }

    /** Hears of entries that continue others. */
    interface Continuations {
        void hear(EntryHeader entry);
    }

    /** The entries of a segment that are there, whatever their time, and continue others. */
    void continuations(int segment, Continuations continuations) {
        walk(segment, 0, (line, header, crc) -> {
            if (header != null && (header.flags() & EntryDescriptor.CONTINUES) != 0 && isThere(header)) {
                continuations.hear(header);
            }
            return true;
        });
    }

    /** Whether the table has an entry where this header is. */
    boolean isThere(EntryHeader header) {
        return table.find(header.digestHi(), header.digestLo(), found) && found.segment() == header.segment()
                && found.generation() == header.generation() && found.offsetUnits() == header.offsetUnits();
    }

    /**
     * The first line from {@code from} on whose entry is there, whatever its time; -1 if there is none. Lines that are
     * damaged, or left from an earlier use, are passed over.
     */
    int firstLive(int segment, int from) {
        int[] first = {-1};
        walk(segment, from, (line, header, crc) -> {
            if (header != null && isThere(header)) {
                first[0] = line;
            }
            return first[0] < 0;
        });
        return first[0];
    }

    /** What of the ended generations of a segment the table still has; needs the directory of the last of them. */
    List<Intent> leftovers(int segment) {
        List<Intent> leftovers = new ArrayList<>();
        long generation = segments.generation(segment);
        boolean[] damaged = {false};
        walk(segment, 0, (line, header, crc) -> {
            if (header == null) {
                damaged[0] = true;
            } else if (table.find(header.digestHi(), header.digestLo(), found)) {
                addIfOver(leftovers, found, segment, generation);
            }
            return true;
        });
        if (damaged[0]) {
            leftovers.clear();
            table.forEach(entry -> addIfOver(leftovers, entry, segment, generation));
        }
        return leftovers;
    }

    private static void addIfOver(List<Intent> leftovers, TableEntry entry, int segment, long generation) {
        if (entry.segment() == segment && Long.compareUnsigned(entry.generation(), generation) < 0) {
            leftovers.add(new Intent.Evict(entry.digestHi(), entry.digestLo(), segment));
        }
    }
}
