package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.segment.DataFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes directory lines into the data file, those that lie side by side at once. For the holder of the writer lock.
 */
final class DirectoryLines implements Applier.DirectoryLines {
    private final MarkSegments segments;
    private final DataFile.LineWriter lines;

    DirectoryLines(DataFile data, MarkSegments segments) {
        this.segments = segments;
        this.lines = new DataFile.LineWriter(data);
    }

    @Override
    public void write(List<LogOperation> operations) {
        EntryDescriptor before = null;
        for (LogOperation operation : operations) {
            EntryDescriptor entry = entry(operation);
            if (entry != null) {
                if (before == null || before.segment() != entry.segment()
                        || before.directoryIndex() + 1 != entry.directoryIndex() || lines.isFull()) {
                    lines.flush();
                    lines.start(entry.segment(), segments.runSegments(entry.segment()), entry.directoryIndex());
                }
                lines.add(entry);
                before = entry;
            }
        }
        lines.flush();
    }

    /** Whether one of them writes a line. */
    static boolean hasAny(List<LogOperation> operations) {
        for (LogOperation operation : operations) {
            if (entry(operation) != null) {
                return true;
            }
        }
        return false;
    }

    /** The entry whose line an operation writes; null if it writes none. */
    static @Nullable EntryDescriptor entry(LogOperation operation) {
        return switch (operation) {
            case LogOperation.Put put -> put.entry();
            case LogOperation.Relocate relocate -> relocate.entry();
            default -> null;
        };
    }
}
