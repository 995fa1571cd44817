package dev.hearth.store.segment;

import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageEncoder;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One large entry on its way into the data file, in pieces: pages first, then the page table, the header last. One
 * thread, one use.
 *
 * <p>
 * Pieces of raw values are small: each is copied, summed and written while it is in the caches of the processor.
 */
final class StreamedWrite {
    private static final int PIECE_BYTES = 1 << 20;
    private static final int RAW_PIECE_BYTES = 256 << 10;
    private static final int TABLE_LINES = 4096;
    private final DataFile data;
    private final Extents extents;
    private final WriteBuffers buffers;
    private final EntryWrite write;
    private final int pageBytes;
    private final MemorySegment input;
    private final MemorySegment output;
    private final MemorySegment table;
    private long tableLines;

    StreamedWrite(DataFile data, Extents extents, WriteBuffers buffers, EntryWrite write) {
        this.data = data;
        this.extents = extents;
        this.buffers = buffers;
        this.write = write;
        this.pageBytes = data.geometry().pageBytes();
        this.input = buffers.input(PIECE_BYTES);
        long tableBytes = (long) TABLE_LINES * PageTable.LINE_BYTES;
        MemorySegment memory = buffers.extent(2L * PIECE_BYTES + tableBytes);
        this.table = memory.asSlice(0, tableBytes);
        this.output = memory.asSlice(tableBytes);
    }

    Written run() throws IOException {
        long valueBytes = write.valueBytes();
        boolean inPlace = write.options().storage() == Storage.IN_PLACE;
        long tableEnd = write.tableEnd(pageBytes);
        long reserveBytes = inPlace
                ? EntryWriter.rawExtentBytes(tableEnd, valueBytes, pageBytes)
                : (tableEnd + 63 & -64L) + valueBytes + Math.ceilDiv(valueBytes, (long) pageBytes) * Extent.UNIT_BYTES;
        return Written.into(extents, write.options().kind(), reserveBytes, extent -> fill(extent, inPlace, tableEnd));
    }

    private EntryDescriptor fill(Extent extent, boolean inPlace, long tableEnd) throws IOException {
        long dataOffset = inPlace
                ? EntryWriter.alignedDataOffset(tableEnd, write.valueBytes(), pageBytes, extent.offsetBytes())
                : tableEnd + 63 & -64L;
        // The checksums of the pages need digest and generation, which the header has before its length is final.
        EntryHeader draft = write.header(extent, pageBytes, dataOffset, inPlace);
        long end = writePages(extent, draft, inPlace
                ? null
                : buffers.encoder(write.compression(), write.options().spec().dtype()));
        Extent used = extents.shrink(extent, end);
        EntryHeader header = write.header(used, pageBytes, dataOffset, inPlace);
        buffers.header.asSlice(0, write.tableOffset()).fill((byte) 0);
        int headerCrc = EntryHeaderDescriptor.write(header, buffers.header, 0, buffers.crc);
        data.write(extent.segment(), extent.offsetBytes(), buffers.header.asSlice(0, write.tableOffset()));
        return EntryWriter.describe(write, used, header, headerCrc);
    }

    private long writePages(Extent extent, EntryHeader draft, @Nullable PageEncoder encoder) throws IOException {
        long end = draft.dataOffsetBytes();
        long mostBytes = encoder == null ? Math.max(RAW_PIECE_BYTES, pageBytes) : PIECE_BYTES;
        long page = 0;
        long done = 0;
        while (done < write.valueBytes()) {
            long pieceBytes = Math.min(mostBytes, write.valueBytes() - done);
            write.source().read(input.asSlice(0, pieceBytes));
            long pieceStart = encoder == null ? end : end + 63 & -64L;
            long used = 0;
            for (long at = 0; at < pieceBytes; at += pageBytes) {
                MemorySegment source = input.asSlice(at, Math.min(pageBytes, pieceBytes - at));
                if (encoder == null) {
                    addLine(extent, draft, page, pieceStart + at, PageCodecs.RAW, source);
                    used = at + source.byteSize();
                } else {
                    used = encodePage(extent, draft, page, pieceStart, used, source, encoder);
                }
                page++;
            }
            data.write(extent.segment(), extent.offsetBytes() + pieceStart,
                    (encoder == null ? input : output).asSlice(0, used));
            end = pieceStart + used;
            done += pieceBytes;
        }
        flushTable(extent, page);
        return end;
    }

    private long encodePage(Extent extent, EntryHeader draft, long page, long pieceStart, long used,
            MemorySegment source, PageEncoder encoder) {
        long at = used + 63 & -64L;
        output.asSlice(used, at - used).fill((byte) 0);
        int length = encoder.encode(source, buffers.encoded());
        boolean raw = encoder.codecId() == PageCodecs.RAW;
        MemorySegment.copy(raw ? source : buffers.encoded(), 0, output, at, length);
        addLine(extent, draft, page, pieceStart + at, encoder.codecId(), output.asSlice(at, length));
        return at + length;
    }

    private void addLine(Extent extent, EntryHeader draft, long page, long offset, int codec, MemorySegment stored) {
        int length = (int) stored.byteSize();
        int crc = buffers.crc.of(stored, 0, length);
        PageTable.write(table, tableLines++, offset, codec, length,
                PageTable.pageChecksum(buffers.crc, crc, length, codec, draft, page));
        if (tableLines == TABLE_LINES) {
            flushTable(extent, page + 1);
        }
    }

    private void flushTable(Extent extent, long pagesSoFar) {
        long firstLine = pagesSoFar - tableLines;
        data.write(extent.segment(), extent.offsetBytes() + write.tableOffset() + firstLine * PageTable.LINE_BYTES,
                table.asSlice(0, tableLines * PageTable.LINE_BYTES));
        tableLines = 0;
    }
}
