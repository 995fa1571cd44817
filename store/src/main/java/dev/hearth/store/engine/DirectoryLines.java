package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.segment.DataFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes directory lines into the data file. For the holder of the writer lock. */
final class DirectoryLines implements Applier.DirectoryLines {
    private final DataFile data;
    private final MarkSegments segments;
    private final MemorySegment line = Arena.ofAuto().allocate(16, 8);

    DirectoryLines(DataFile data, MarkSegments segments) {
        this.data = data;
        this.segments = segments;
    }

    @Override
    public void write(EntryDescriptor entry) {
        data.writeDirectoryLine(entry, segments.runSegments(entry.segment()), line);
    }
}
