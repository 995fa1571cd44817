package dev.hearth.store.segment;

import dev.hearth.codec.Crc32c;
import dev.hearth.store.HearthException;
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
 * version stay.
 */
public final class EntryMover {
    private static final int PIECE_BYTES = 1 << 20;
    private final DataFile data;
    private final SegmentAllocator extents;
    private final Crc32c crc = new Crc32c();
    private final int pageBytes;
    private MemorySegment head = MemorySegment.NULL;
    private final MemorySegment piece;

    /** A mover within {@code data}. */
    public EntryMover(DataFile data, SegmentAllocator extents) {
        this.data = data;
        this.extents = extents;
        this.pageBytes = data.geometry().pageBytes();
        this.piece = WriteBuffers.allocate(PIECE_BYTES + pageBytes);
    }

    /**
     * Copies an entry.
     *
     * @param entry    its header where it lies
     * @param version  its version
     * @param keepOut  first of the segments it must not be moved into
     * @param keepOutEnd behind the last of them
     * @return where the copy lies; null if there is no room for it
     * @throws HearthException.Corrupt if a page is not what was written
     */
    public @Nullable Written move(EntryHeader entry, long version, int keepOut, int keepOutEnd) {
        long bytes = Integer.toUnsignedLong(entry.extentUnits()) * Extent.UNIT_BYTES;
        if (entry.storage() == Storage.IN_PLACE) {
            bytes = EntryWriter.rawExtentBytes(tableEnd(entry), entry.logicalBytes(), pageBytes);
        }
        if (bytes > data.geometry().segmentBytes() - 4096) {
            return null;
        }
        Extent extent = extents.reserveToMove(bytes, keepOut, keepOutEnd);
        if (extent == null) {
            return null;
        }
        try {
            return Written.into(extents, extent, reserved -> copy(entry, version, reserved));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing in it reads from a source
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
        if (head.byteSize() < dataOffset) {
            head = WriteBuffers.allocate(dataOffset);
        }
        long start = data.geometry().start(from.segment())
                + Integer.toUnsignedLong(from.offsetUnits()) * Extent.UNIT_BYTES;
        data.copy(start, head, 0, tableEnd);
        head.asSlice(tableEnd, dataOffset - tableEnd).fill((byte) 0);
        MemorySegment table = head.asSlice(tableOffset(from));
        for (long page = 0; page < from.pageCount();) {
            page = copyPieces(from, to, extent, table, page, start);
        }
        int headerCrc = EntryHeaderDescriptor.write(to, head, 0, crc);
        data.write(extent.segment(), extent.offsetBytes(), head.asSlice(0, dataOffset));
        return new EntryDescriptor(to.digestHi(), to.digestLo(), version, to.generation(), to.segment(),
                to.namespace(), to.offsetUnits(), extent.directoryIndex(), to.extentUnits(), headerBytes(to),
                to.flags(), to.logicalBytes(), headerCrc, to.kind(), to.storage(), to.spec().dtype().id());
    }

    /** Copies as many of the pages from {@code first} on as fit a piece; returns the page to go on with. */
    private long copyPieces(EntryHeader from, EntryHeader to, Extent extent, MemorySegment table, long first,
            long start) {
        long pieceStart = PageTable.offsetBytes(table, first);
        long extentBytes = Integer.toUnsignedLong(from.extentUnits()) * Extent.UNIT_BYTES;
        long shift = to.dataOffsetBytes() - from.dataOffsetBytes();
        long end = pieceStart;
        long last = first;
        while (last < from.pageCount()) {
            long offset = PageTable.offsetBytes(table, last);
            int length = PageTable.lengthBytes(table, last);
            if (length <= 0 || length > pageBytes || offset < Math.max(end, from.dataOffsetBytes())
                    || offset > extentBytes - length) {
                throw corrupt("page table", start + tableOffset(from) + last * PageTable.LINE_BYTES,
                        "a page behind the one before", "offset=" + offset + " length=" + length);
            }
            if (last > first && offset + length - pieceStart > PIECE_BYTES) {
                break;
            }
            end = offset + length;
            last++;
        }
        data.copy(start + pieceStart, piece, 0, end - pieceStart);
        for (long page = first; page < last; page++) {
            reseal(from, to, table, page, pieceStart, start);
        }
        data.write(extent.segment(), extent.offsetBytes() + pieceStart + shift, piece.asSlice(0, end - pieceStart));
        return last;
    }

    private void reseal(EntryHeader from, EntryHeader to, MemorySegment table, long page, long pieceStart,
            long start) {
        long offset = PageTable.offsetBytes(table, page);
        int length = PageTable.lengthBytes(table, page);
        int codec = PageTable.codec(table, page);
        int stored = crc.of(piece, offset - pieceStart, length);
        int expected = PageTable.checksum(table, page);
        int actual = PageTable.pageChecksum(crc, stored, length, codec, from, page);
        if (actual != expected) {
            throw corrupt("page " + page, start + offset, "0x" + Integer.toHexString(expected),
                    "0x" + Integer.toHexString(actual));
        }
        PageTable.write(table, page, offset + to.dataOffsetBytes() - from.dataOffsetBytes(), codec, length,
                PageTable.pageChecksum(crc, stored, length, codec, to, page));
    }

    private HearthException.Corrupt corrupt(String what, long offsetBytes, String expected, String actual) {
        return new HearthException.Corrupt(what, data.path(), offsetBytes, expected, actual);
    }
}
