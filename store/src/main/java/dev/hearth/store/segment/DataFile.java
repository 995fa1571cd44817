package dev.hearth.store.segment;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.io.MappedRegion;
import dev.hearth.store.io.PosixFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The data file of a store: mapped read-only as a whole, written with {@code pwrite}. Its length is the capacity; it
 * has blocks only where segments were given out.
 *
 * <p>
 * Any thread may call. Bytes of the mapping are only copied from here, never summed or decoded in place: a fault in a
 * copy is an error, elsewhere it ends the JVM.
 */
public final class DataFile implements AutoCloseable {
    /** Name of the file in the directory of the store. */
    public static final String NAME = "data";
    private static final int CHUNK_BYTES = 1 << 20;
    /** Of smaller pieces the next one is often in the same block, which would be written twice. */
    private static final int EARLY_BYTES = 64 << 10;
    private static final int BLOCK_BYTES = 4096;
    /** The shortest extent, and its line: a directory never takes more than one part in so many of a segment. */
    private static final int LEAST_BYTES_PER_LINE =
            (EntryHeaderDescriptor.FIXED_BYTES + DirectoryDescriptor.LINE_BYTES) / DirectoryDescriptor.LINE_BYTES;
    private final PosixFile file;
    private final MappedRegion region;
    private final MemorySegment memory;
    private final DataGeometry geometry;
    private final UUID storeId;
    private volatile boolean writesBackEarly;

    /** Takes over an open file that has the length of the capacity. */
    public DataFile(PosixFile file, DataGeometry geometry, UUID storeId) {
        this.file = file;
        this.geometry = geometry;
        this.storeId = storeId;
        this.region = MappedRegion.map(file, MappedRegion.Access.READ, 0, geometry.capacityBytes());
        this.memory = region.segment();
        // Reading ahead would bring megabytes in for each cold page of 64 KiB.
        region.advise(MappedRegion.Advice.RANDOM, 0, geometry.capacityBytes());
    }

    /** The sizes. */
    public DataGeometry geometry() {
        return geometry;
    }

    /** The path of the file. */
    public Path path() {
        return file.path();
    }

    /**
     * The whole file, mapped read-only. What was truncated away faults, which a copy survives and native code does not.
     */
    public MemorySegment memory() {
        return memory;
    }

    /** The mapping of the whole file. */
    public MappedRegion region() {
        return region;
    }

    /** Bytes of the file that have blocks. */
    public long allocatedBytes() {
        return Math.min(file.status().allocatedBytes(), geometry.capacityBytes());
    }

    /**
     * Gives blocks to a run. A full disk is an error here, before anything is in it; the blocks that were had until
     * then are given back.
     */
    void allocate(Run run) {
        try {
            file.allocate(geometry.start(run.head()), run.segments() * geometry.segmentBytes());
        } catch (HearthException e) {
            try {
                long _ = giveBack(run.head(), run.segments());
            } catch (HearthException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** Makes a run that has blocks ready for entries. */
    void open(Run run) {
        clearDirectory(run);
        writeHeader(run);
    }

    /**
     * Gives the blocks of free segments back to the file system; returns how many bytes of blocks the file has less.
     * The caller sees to it that nobody claims them meanwhile: whoever does so later gives them blocks again.
     */
    long giveBack(int first, int segments) {
        long before = file.status().allocatedBytes();
        file.punchHole(geometry.start(first), segments * geometry.segmentBytes());
        return Math.max(0, before - file.status().allocatedBytes());
    }

    /** Writes the header of a run. */
    public void writeHeader(Run run) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(SegmentHeaderDescriptor.BYTES, 8);
            SegmentHeaderDescriptor.write(header, storeId, geometry, run);
            file.write(geometry.start(run.head()), header);
        }
    }

    // Lines of an earlier generation would otherwise stand behind those of this one.
    private void clearDirectory(Run run) {
        long end = geometry.start(run.head()) + run.segments() * geometry.segmentBytes();
        long most = Math.ceilDiv(run.segments() * geometry.segmentBytes() / LEAST_BYTES_PER_LINE, BLOCK_BYTES)
                * BLOCK_BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(Math.min(most, CHUNK_BYTES), 8);
            long step = BLOCK_BYTES;
            for (long at = end; at > end - most; step = Math.min(2 * step, zeros.byteSize())) {
                long bytes = Math.min(step, at - (end - most));
                at -= bytes;
                if (isZero(at, bytes, zeros)) {
                    return;
                }
                file.write(at, zeros.asSlice(0, bytes));
            }
        }
    }

    private boolean isZero(long at, long bytes, MemorySegment zeros) {
        try {
            return MemorySegment.mismatch(memory, at, at + bytes, zeros, 0, bytes) < 0;
        } catch (InternalError e) {
            return false; // The file was cut: writing says so, or makes it whole.
        }
    }

    /** The length of the run that the header of a segment names; 0 if it has no header of this generation. */
    public int readRunSegments(int segment, long generation) {
        if (segment < 0 || segment >= geometry.segments()) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(SegmentHeaderDescriptor.BYTES, 8);
            copy(geometry.start(segment), header, 0, SegmentHeaderDescriptor.BYTES);
            return SegmentHeaderDescriptor.isValid(header, storeId, segment, generation)
                    ? SegmentHeaderDescriptor.runSegments(header)
                    : 0;
        }
    }

    /** Writes at an offset of a segment. */
    void write(int segment, long offsetBytes, MemorySegment source) {
        long start = geometry.start(segment) + offsetBytes;
        file.write(start, source);
        if (writesBackEarly && source.byteSize() >= EARLY_BYTES) {
            file.startWriteback(start, source.byteSize());
        }
    }

    /** Has the kernel begin to write back what is large when it is written, because a sync will come. */
    public void writeBackEarly() {
        writesBackEarly = true;
    }

    /**
     * Puts directory lines of committed entries that lie side by side together, and writes them at once. The caller
     * holds the writer lock.
     */
    public static final class LineWriter {
        private static final int MOST = 256;
        private final DataFile data;
        // From its end on: lines lie in the opposite order of their numbers.
        private final MemorySegment lines = WriteBuffers.allocate((long) MOST * DirectoryDescriptor.LINE_BYTES);
        private int segment;
        private int runSegments;
        private int first;
        private int count;

        /** A writer into {@code data}. */
        public LineWriter(DataFile data) {
            this.data = data;
        }

        /** Forgets what was not flushed: the lines that follow begin with number {@code index} of a segment. */
        public void start(int newSegment, int newRunSegments, int index) {
            segment = newSegment;
            runSegments = newRunSegments;
            first = index;
            count = 0;
        }

        /** Whether there is no room for another line. */
        public boolean isFull() {
            return count == MOST;
        }

        /** Adds the next line. */
        public void add(EntryDescriptor entry) {
            count++;
            DirectoryDescriptor.write(lines, lines.byteSize() - (long) count * DirectoryDescriptor.LINE_BYTES,
                    entry.offsetUnits(), entry.headerCrc(), entry.version());
        }

        /** Writes what was added, if anything was. */
        public void flush() {
            int written = count;
            count = 0;
            if (written > 0) {
                long bytes = (long) written * DirectoryDescriptor.LINE_BYTES;
                long end = runSegments * data.geometry.segmentBytes();
                data.write(segment, end - (long) (first + written) * DirectoryDescriptor.LINE_BYTES,
                        lines.asSlice(lines.byteSize() - bytes, bytes));
            }
        }
    }

    /**
     * Writes the directory line of a committed entry; the caller holds the writer lock and passes 16 bytes to work in.
     */
    public void writeDirectoryLine(EntryDescriptor entry, int runSegments, MemorySegment line) {
        DirectoryDescriptor.write(line, 0, entry.offsetUnits(), entry.headerCrc(), entry.version());
        writeLine(entry.segment(), runSegments, entry.directoryIndex(), line);
    }

    /** The same for a line of which only this is known. */
    public void writeDirectoryLine(int segment, int runSegments, int index, int offsetUnits, int headerCrc,
            long version) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(DirectoryDescriptor.LINE_BYTES, 8);
            DirectoryDescriptor.write(line, 0, offsetUnits, headerCrc, version);
            writeLine(segment, runSegments, index, line);
        }
    }

    private void writeLine(int segment, int runSegments, int index, MemorySegment line) {
        long end = runSegments * geometry.segmentBytes();
        write(segment, end - DirectoryDescriptor.LINE_BYTES * (index + 1L), line);
    }

    /** Whether the directory of a segment has the line of this entry. */
    public boolean hasDirectoryLine(EntryDescriptor entry, int runSegments) {
        long offsetBytes = directoryLineOffset(entry, runSegments);
        if (offsetBytes < geometry.start(entry.segment())) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(DirectoryDescriptor.LINE_BYTES, 8);
            copy(offsetBytes, line, 0, DirectoryDescriptor.LINE_BYTES);
            return DirectoryDescriptor.offsetUnits(line) == entry.offsetUnits()
                    && DirectoryDescriptor.headerCrc(line) == entry.headerCrc()
                    && DirectoryDescriptor.version(line) == entry.version();
        }
    }

    /** Where in the file the directory line of an entry is. */
    public long directoryLineOffset(EntryDescriptor entry, int runSegments) {
        return geometry.start(entry.segment()) + runSegments * geometry.segmentBytes()
                - DirectoryDescriptor.LINE_BYTES * (entry.directoryIndex() + 1L);
    }

    /** Writes the extent of an entry again as it is, so that a sync has to write it back. */
    public void rewrite(EntryDescriptor entry) {
        long start = geometry.start(entry.segment())
                + Integer.toUnsignedLong(entry.offsetUnits()) * Extent.UNIT_BYTES;
        long bytes = Integer.toUnsignedLong(entry.extentUnits()) * Extent.UNIT_BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(Math.clamp(bytes, 1, CHUNK_BYTES), 8);
            for (long done = 0; done < bytes; done += chunk.byteSize()) {
                long length = Math.min(chunk.byteSize(), bytes - done);
                copy(start + done, chunk, 0, length);
                file.write(start + done, chunk.asSlice(0, length));
            }
        }
    }

    /** Makes all data durable. */
    public void sync() {
        file.sync();
    }

    /**
     * Copies bytes of the file into private memory.
     *
     * @throws HearthException.Corrupt if they lie behind the end, or the file no longer has them
     */
    public void copy(long fileOffsetBytes, MemorySegment target, long targetOffset, long lengthBytes) {
        if (fileOffsetBytes < 0 || lengthBytes < 0 || fileOffsetBytes > geometry.capacityBytes() - lengthBytes) {
            throw new HearthException.Corrupt("place of an entry", file.path(), fileOffsetBytes,
                    "at most " + geometry.capacityBytes(), fileOffsetBytes + " + " + lengthBytes);
        }
        try {
            MemorySegment.copy(memory, fileOffsetBytes, target, targetOffset, lengthBytes);
        } catch (InternalError e) {
            throw new HearthException.Corrupt("mapped file", file.path(), fileOffsetBytes, lengthBytes + " bytes",
                    "a fault: the file was cut, or cannot be read: " + e.getMessage());
        }
    }

    /** Asks the kernel to read a range of the file in, in the background. */
    public void willNeed(long fileOffsetBytes, long lengthBytes) {
        region.advise(MappedRegion.Advice.WILL_NEED, fileOffsetBytes, lengthBytes);
    }

    @Override
    public void close() {
        region.close();
        file.close();
    }
}
