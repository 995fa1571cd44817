package dev.hearth.store.segment;

import dev.hearth.codec.Crc32c;
import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Copies entries into another segment, pages as they are encoded. One thread at a time.
 *
 * <p>
 * Every page is checked as what it was in the old generation before it is given the checksum of the new one, so that
 * damage is found here and never sealed anew; its bytes are summed once. Values in place stay aligned. Key, digest and
 * version stay. However large a value is, it passes through buffers of about a megabyte.
 */
public final class EntryMover {
    private static final int PIECE_BYTES = 1 << 20;
    /** Lines of the page table that are worked on at a time. */
    private static final int LINES = 4096;
    private static final long LINES_BYTES = (long) LINES * PageTable.LINE_BYTES;
    private final DataFile data;
    private final SegmentAllocator extents;
    private final Crc32c crc = new Crc32c();
    private final int pageBytes;
    private MemorySegment head = MemorySegment.NULL;
    private MemorySegment tail = MemorySegment.NULL;
    private final MemorySegment piece;
    /** What came with the segment that is this mover's own. */
    private @Nullable Extent own;

    /** A mover within {@code data}. */
    public EntryMover(DataFile data, SegmentAllocator extents) {
        this.data = data;
        this.extents = extents;
        this.pageBytes = data.geometry().pageBytes();
        this.piece = WriteBuffers.allocate(PIECE_BYTES + pageBytes);
    }

    /** What is reserved for a copy at the most. */
    public static long reserveBytes(Storage storage, int headerBytes, long logicalBytes, long extentBytes,
            int pageBytes) {
        long pages = Math.ceilDiv(logicalBytes, (long) pageBytes);
        return storage == Storage.IN_PLACE
                ? EntryWriter.rawExtentBytes((headerBytes + 15L & -16L) + pages * PageTable.LINE_BYTES, logicalBytes,
                        pageBytes)
                : extentBytes;
    }

    /**
     * Copies an entry.
     *
     * @param entry    its header where it lies
     * @param version  its version
     * @param keepOut  first of the segments it must not be moved into
     * @param keepOutEnd behind the last of them
     * @return where the copy lies; null if there is no room for it, or it is an activation larger than a segment
     * @throws HearthException.Corrupt if a page is not what was written
     */
    public @Nullable Written move(EntryHeader entry, long version, int keepOut, int keepOutEnd) {
        long bytes = reserveBytes(entry.storage(), headerBytes(entry), entry.logicalBytes(),
                Integer.toUnsignedLong(entry.extentUnits()) * Extent.UNIT_BYTES, pageBytes);
        if (entry.kind() == Kind.ACTIVATION && bytes > data.geometry().segmentBytes() - 4096) {
            return null;
        }
        Extent extent = entry.kind() == Kind.PARAMETER
                ? reserveParameter(bytes, keepOut, keepOutEnd)
                : extents.reserveToMove(Kind.ACTIVATION, bytes, keepOut, keepOutEnd);
        if (extent == null) {
            return null;
        }
        try {
            return Written.into(extents, extent, reserved -> copy(entry, version, reserved));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing in it reads from a source
        }
    }

    /**
     * A segment that is claimed for parameters stays this mover's own until it is full or {@link #share} is called:
     * what is moved out of a segment has room in a free one, and is not to stop halfway because others put theirs in.
     */
    private @Nullable Extent reserveParameter(long bytes, int keepOut, int keepOutEnd) {
        Extent beside = own == null ? null : extents.reserveBeside(own, bytes);
        if (beside != null) {
            return beside;
        }
        Extent extent = extents.reserveToMove(Kind.PARAMETER, bytes, keepOut, keepOutEnd);
        if (extent == null || !extent.fresh()) {
            return extent;
        }
        share();
        own = extent;
        return extent.shared();
    }

    /** Lets others put into the segment that was claimed last. */
    public void share() {
        if (own != null) {
            extents.share(own);
            own = null;
        }
    }

    /** Gives up the hold of a copy: once it was committed, or will not be. */
    public void letGo(Written written) {
        extents.letGo(written.entry().segment(), written.hold());
    }

    private static long tableOffset(EntryHeader entry) {
        return headerBytes(entry) + 15L & -16L;
    }

    private static int headerBytes(EntryHeader entry) {
        return EntryHeaderDescriptor.headerBytes(entry.spec().shape().size(), entry.attributes(), entry.key().length);
    }

    private static long tableEnd(EntryHeader entry) {
        return tableOffset(entry) + entry.pageCount() * PageTable.LINE_BYTES;
    }

    private EntryDescriptor copy(EntryHeader from, long version, Extent reserved) {
        long tableEnd = tableEnd(from);
        long dataOffset = from.storage() == Storage.IN_PLACE
                ? EntryWriter.alignedDataOffset(tableEnd, from.logicalBytes(), pageBytes, reserved.offsetBytes())
                : from.dataOffsetBytes();
        long shift = dataOffset - from.dataOffsetBytes();
        long fromBytes = Integer.toUnsignedLong(from.extentUnits()) * Extent.UNIT_BYTES;
        Extent extent = extents.shrink(reserved, fromBytes + shift);
        EntryHeader to = from.movedTo(extent, dataOffset);
        long start = data.geometry().start(from.segment())
                + Integer.toUnsignedLong(from.offsetUnits()) * Extent.UNIT_BYTES;
        // The padding in front of the pages goes with the last lines.
        long headBytes = from.pageCount() <= LINES ? dataOffset : tableOffset(from) + LINES_BYTES;
        if (head.byteSize() < headBytes) {
            head = WriteBuffers.allocate(headBytes);
        }
        data.copy(start, head, 0, tableOffset(from));
        Copying copying = new Copying(from, to, extent, start);
        copyLines(copying, head.asSlice(tableOffset(from), headBytes - tableOffset(from)), 0);
        for (long line = LINES; line < from.pageCount(); line += LINES) {
            long at = tableOffset(from) + line * PageTable.LINE_BYTES;
            MemorySegment lines = tail(from.pageCount() - line <= LINES ? dataOffset - at : LINES_BYTES);
            copyLines(copying, lines, line);
            data.write(extent.segment(), extent.offsetBytes() + at, lines);
        }
        int headerCrc = EntryHeaderDescriptor.write(to, head, 0, crc);
        data.write(extent.segment(), extent.offsetBytes(), head.asSlice(0, headBytes));
        return new EntryDescriptor(to.digestHi(), to.digestLo(), version, to.generation(), to.segment(),
                to.namespace(), to.offsetUnits(), extent.directoryIndex(), to.extentUnits(), headerBytes(to),
                to.flags(), to.logicalBytes(), headerCrc, to.kind(), to.storage(), to.spec().dtype().id());
    }

    private MemorySegment tail(long bytes) {
        if (tail.byteSize() == 0) {
            tail = WriteBuffers.allocate(LINES_BYTES + 2L * WriteBuffers.ALIGNMENT);
        }
        return tail.asSlice(0, bytes);
    }

    /** An entry that is copied, and where: {@code start} is that of its extent in the file. */
    private record Copying(EntryHeader from, EntryHeader to, Extent extent, long start) {
        long shift() {
            return to.dataOffsetBytes() - from.dataOffsetBytes();
        }
    }

    /**
     * Copies up to {@value #LINES} pages, and their lines of the page table into {@code lines}; what is left of that is
     * the padding in front of the pages.
     */
    private void copyLines(Copying copying, MemorySegment lines, long first) {
        EntryHeader from = copying.from;
        long count = Math.min(LINES, from.pageCount() - first);
        long bytes = count * PageTable.LINE_BYTES;
        data.copy(copying.start + tableOffset(from) + first * PageTable.LINE_BYTES, lines, 0, bytes);
        lines.asSlice(bytes).fill((byte) 0);
        for (long done = 0; done < count;) {
            done = copyPieces(copying, lines.asSlice(0, bytes), first, done);
        }
    }

    /** Copies as many of the pages from line {@code next} on as fit a piece; returns the line to go on with. */
    private long copyPieces(Copying copying, MemorySegment lines, long first, long next) {
        EntryHeader from = copying.from;
        long pieceStart = PageTable.offsetBytes(lines, next);
        long extentBytes = Integer.toUnsignedLong(from.extentUnits()) * Extent.UNIT_BYTES;
        long end = pieceStart;
        long last = next;
        while (last < lines.byteSize() / PageTable.LINE_BYTES) {
            long offset = PageTable.offsetBytes(lines, last);
            int length = PageTable.lengthBytes(lines, last);
            if (length <= 0 || length > pageBytes || offset < Math.max(end, from.dataOffsetBytes())
                    || offset > extentBytes - length) {
                throw corrupt("page table",
                        copying.start + tableOffset(from) + (first + last) * PageTable.LINE_BYTES,
                        "a page behind the one before", "offset=" + offset + " length=" + length);
            }
            if (last > next && offset + length - pieceStart > PIECE_BYTES) {
                break;
            }
            end = offset + length;
            last++;
        }
        data.copy(copying.start + pieceStart, piece, 0, end - pieceStart);
        for (long line = next; line < last; line++) {
            reseal(copying, lines, line, first + line, pieceStart);
        }
        data.write(copying.extent.segment(), copying.extent.offsetBytes() + pieceStart + copying.shift(),
                piece.asSlice(0, end - pieceStart));
        return last;
    }

    private void reseal(Copying copying, MemorySegment lines, long line, long page, long pieceStart) {
        long offset = PageTable.offsetBytes(lines, line);
        int length = PageTable.lengthBytes(lines, line);
        int codec = PageTable.codec(lines, line);
        int stored = crc.of(piece, offset - pieceStart, length);
        int expected = PageTable.checksum(lines, line);
        int actual = PageTable.pageChecksum(crc, stored, length, codec, copying.from, page);
        if (actual != expected) {
            throw corrupt("page " + page, copying.start + offset, "0x" + Integer.toHexString(expected),
                    "0x" + Integer.toHexString(actual));
        }
        PageTable.write(lines, line, offset + copying.shift(), codec, length,
                PageTable.pageChecksum(crc, stored, length, codec, copying.to, page));
    }

    private HearthException.Corrupt corrupt(String what, long offsetBytes, String expected, String actual) {
        return new HearthException.Corrupt(what, data.path(), offsetBytes, expected, actual);
    }
}
