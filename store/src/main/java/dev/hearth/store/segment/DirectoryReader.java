package dev.hearth.store.segment;

import dev.hearth.codec.Crc32c;
import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Walks the directory of a segment: yields the header of each entry that was ever committed there, whether it still is
 * there or not. One thread at a time.
 */
public final class DirectoryReader {
    private static final int LINES = 4096;
    private final DataFile data;
    private final Crc32c crc = new Crc32c();
    private final MemorySegment lines = WriteBuffers.allocate((long) LINES * DirectoryDescriptor.LINE_BYTES);
    private final MemorySegment header = WriteBuffers.allocate(1 << 16);

    /** A reader of {@code data}. */
    public DirectoryReader(DataFile data) {
        this.data = data;
    }

    /** Hears of the entries. */
    public interface Visitor {
        /** Whether the entry with this digest is of interest; if not, its header is not taken apart. */
        default boolean wants(long digestHi, long digestLo) {
            return true;
        }

        /**
         * An entry whose line is there.
         *
         * @param entry     its header; null if line or header is damaged
         * @param headerCrc checksum of the header
         * @return whether to go on
         */
        boolean visit(int line, @Nullable EntryHeader entry, int headerCrc);
    }

    /** Visits lines {@code from} to {@code to} (exclusive) in the order in which they were given out. */
    public void walk(Run run, int from, int to, Visitor visitor) {
        long end = data.geometry().start(run.head()) + run.segments() * data.geometry().segmentBytes();
        for (int first = from; first < to;) {
            int count = Math.min(LINES, to - first);
            long at = end - (long) DirectoryDescriptor.LINE_BYTES * (first + count);
            data.copy(at, lines, 0, (long) DirectoryDescriptor.LINE_BYTES * count);
            for (int i = 0; i < count; i++) {
                MemorySegment line = lines.asSlice((long) DirectoryDescriptor.LINE_BYTES * (count - 1 - i),
                        DirectoryDescriptor.LINE_BYTES);
                if (DirectoryDescriptor.offsetUnits(line) != 0 && !visit(run, first + i, line, visitor)) {
                    return;
                }
            }
            first += count;
        }
    }

    private boolean visit(Run run, int number, MemorySegment line, Visitor visitor) {
        int bytes = load(run, line);
        if (bytes > 0 && !visitor.wants(EntryHeaderDescriptor.digestHi(header),
                EntryHeaderDescriptor.digestLo(header))) {
            return true;
        }
        return visitor.visit(number, bytes == 0 ? null : read(run, line, bytes), DirectoryDescriptor.headerCrc(line));
    }

    /** Loads a header and returns its length; 0 if the line or its checksum is damaged. */
    private int load(Run run, MemorySegment line) {
        long offset = Integer.toUnsignedLong(DirectoryDescriptor.offsetUnits(line)) * Extent.UNIT_BYTES;
        long runBytes = run.segments() * data.geometry().segmentBytes();
        if (offset > runBytes - EntryHeaderDescriptor.FIXED_BYTES) {
            return 0;
        }
        long at = data.geometry().start(run.head()) + offset;
        try {
            data.copy(at, header, 0, EntryHeaderDescriptor.FIXED_BYTES);
            int bytes = Short.toUnsignedInt(
                    header.get(ValueLayout.JAVA_SHORT_UNALIGNED, EntryHeaderDescriptor.HEADER_BYTES));
            if (bytes < EntryHeaderDescriptor.FIXED_BYTES || bytes > runBytes - offset) {
                return 0;
            }
            data.copy(at, header, 0, bytes);
            return EntryHeaderDescriptor.checksum(header, bytes, crc) == DirectoryDescriptor.headerCrc(line)
                    ? bytes
                    : 0;
        } catch (HearthException.Corrupt e) {
            return 0;
        }
    }

    private @Nullable EntryHeader read(Run run, MemorySegment line, int bytes) {
        try {
            EntryHeader entry = EntryHeaderDescriptor.read(header.asSlice(0, bytes));
            return entry.segment() == run.head() && entry.offsetUnits() == DirectoryDescriptor.offsetUnits(line)
                    ? entry
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
