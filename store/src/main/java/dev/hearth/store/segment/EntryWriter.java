package dev.hearth.store.segment;

import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageEncoder;
import dev.hearth.store.HearthException;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes entries into the data file: header, page table, pages. Any thread may call.
 *
 * <p>
 * An entry whose extent fits a buffer is put together in private memory and written with one {@code pwrite}; it is
 * encoded before space is reserved, so that exactly what it takes is reserved. A larger one is written piece by piece
 * behind a reservation of its raw size, and what encoding saved is given back. Nothing written here is visible before
 * its commit.
 */
public final class EntryWriter {
    /** The largest extent that is put together in memory. */
    static final long MAX_ASSEMBLED_BYTES = 8 << 20;
    /** The same of a raw value: there is nothing to put together, so that a larger one is written as it comes. */
    static final long RAW_ASSEMBLED_BYTES = 256 << 10;
    /**
     * A compact value up to this size is encoded only if that halves it: a frame for it would cost more than it saves.
     */
    static final int SMALL_VALUE_BYTES = 4 << 10;
    /** Offsets and lengths in a segment are 32 bits of 64 bytes; header, page table and padding are with the value. */
    static final long MAX_VALUE_BYTES = 250L << 30;
    private static final int UNIT = Extent.UNIT_BYTES;

    private final DataFile data;
    private final Extents extents;
    private final int pageBytes;
    private final long assembledLimit;
    private final ConcurrentLinkedQueue<WriteBuffers> idle = new ConcurrentLinkedQueue<>();

    /** A writer into {@code data} that gets space from {@code allocator}. */
    public EntryWriter(DataFile data, SegmentAllocator allocator) {
        this(data, (Extents) allocator);
    }

    EntryWriter(DataFile data, Extents extents) {
        this.data = data;
        this.extents = extents;
        this.pageBytes = data.geometry().pageBytes();
        this.assembledLimit = Math.min(MAX_ASSEMBLED_BYTES, data.geometry().segmentBytes() / 4);
    }

    /**
     * Writes an entry and describes where it is; its version is 0 until it is committed. Its segment is held.
     *
     * @throws IOException if the source of the value throws it; the space is dead until its segment is released
     */
    public Written write(EntryWrite write) throws IOException {
        if (write.valueBytes() > data.geometry().capacityBytes()) {
            throw new HearthException.Full("value is larger than the store: valueBytes=" + write.valueBytes()
                    + " capacityBytes=" + data.geometry().capacityBytes());
        }
        if (write.valueBytes() > MAX_VALUE_BYTES) {
            throw new IllegalArgumentException("valueBytes=" + write.valueBytes() + " maximum=" + MAX_VALUE_BYTES);
        }
        WriteBuffers buffers = idle.poll();
        if (buffers == null) {
            buffers = new WriteBuffers(pageBytes);
        }
        try {
            long worstBytes =
                    alignedDataOffset(write, 0) + WriteBuffers.ALIGNMENT + pagesWithPadding(write.valueBytes());
            boolean raw = write.options().storage() == Storage.IN_PLACE || write.valueBytes() == 0;
            if (worstBytes > (raw ? Math.min(RAW_ASSEMBLED_BYTES, assembledLimit) : assembledLimit)) {
                return new StreamedWrite(data, extents, buffers, write).run();
            }
            return raw ? assembleRaw(write, buffers) : assembleCompact(write, buffers);
        } finally {
            idle.add(buffers);
        }
    }

    /** Gives up the hold of an entry that was written: once it was committed, or will not be. */
    public void letGo(Written written) {
        extents.letGo(written.entry().segment(), written.hold());
    }

    private long pagesWithPadding(long valueBytes) {
        return valueBytes + Math.ceilDiv(valueBytes, (long) pageBytes) * UNIT;
    }

    /** Where the first page of an in-place value starts in an extent at {@code extentOffset}: aligned for its use. */
    private long alignedDataOffset(EntryWrite write, long extentOffset) {
        return alignedDataOffset(write.tableEnd(pageBytes), write.valueBytes(), pageBytes, extentOffset);
    }

    static long alignedDataOffset(long tableEnd, long valueBytes, int pageBytes, long extentOffset) {
        long alignment = valueBytes >= pageBytes ? WriteBuffers.ALIGNMENT : UNIT;
        return (extentOffset + tableEnd + alignment - 1 & -alignment) - extentOffset;
    }

    /** The most an in-place value can take: the padding in front of it depends on where the extent starts. */
    static long rawExtentBytes(long tableEnd, long valueBytes, int pageBytes) {
        return alignedDataOffset(tableEnd, valueBytes, pageBytes, 0) + valueBytes
                + (valueBytes >= pageBytes ? WriteBuffers.ALIGNMENT - UNIT : 0);
    }

    /** The value is fetched before space is taken, so that a source that fails costs none. */
    private Written assembleRaw(EntryWrite write, WriteBuffers buffers) throws IOException {
        long valueBytes = write.valueBytes();
        long reserveBytes = rawExtentBytes(write.tableEnd(pageBytes), valueBytes, pageBytes);
        if (valueBytes < pageBytes) {
            // Where it starts in its extent does not depend on where that is.
            long dataOffset = alignedDataOffset(write, 0);
            MemorySegment out = buffers.extent(reserveBytes);
            write.source().read(out.asSlice(dataOffset, valueBytes));
            return Written.into(extents, write.options().kind(), reserveBytes,
                    extent -> fillRaw(write, buffers, out, extent, dataOffset));
        }
        MemorySegment input = buffers.input(valueBytes).asSlice(0, valueBytes);
        write.source().read(input);
        return Written.into(extents, write.options().kind(), reserveBytes, reserved -> {
            long dataOffset = alignedDataOffset(write, reserved.offsetBytes());
            Extent extent = extents.shrink(reserved, dataOffset + valueBytes);
            MemorySegment out = buffers.extent(extent.lengthBytes());
            MemorySegment.copy(input, 0, out, dataOffset, valueBytes);
            return fillRaw(write, buffers, out, extent, dataOffset);
        });
    }

    private EntryDescriptor fillRaw(EntryWrite write, WriteBuffers buffers, MemorySegment out, Extent extent,
            long dataOffset) {
        out.asSlice(0, dataOffset).fill((byte) 0);
        EntryHeader header = write.header(extent, pageBytes, dataOffset, true);
        MemorySegment table = out.asSlice(write.tableOffset());
        for (long page = 0; page < header.pageCount(); page++) {
            int length = header.pageLength(page);
            int crc = buffers.crc.of(out, dataOffset + page * pageBytes, length);
            PageTable.write(table, page, dataOffset + page * pageBytes, PageCodecs.RAW, length,
                    PageTable.pageChecksum(buffers.crc, crc, length, PageCodecs.RAW, header, page));
        }
        return finish(write, extent, header, buffers, out, dataOffset + write.valueBytes());
    }

    private Written assembleCompact(EntryWrite write, WriteBuffers buffers) throws IOException {
        int valueBytes = (int) write.valueBytes();
        MemorySegment input = buffers.input(valueBytes).asSlice(0, valueBytes);
        write.source().read(input);
        int pages = Math.ceilDiv(valueBytes, pageBytes);
        int[] codecs = new int[pages];
        int[] lengths = new int[pages];
        int[] crcs = new int[pages];
        long dataOffset = write.tableEnd(pageBytes) + UNIT - 1 & -UNIT;
        MemorySegment out = buffers.extent(dataOffset + pagesWithPadding(valueBytes));
        out.asSlice(0, dataOffset).fill((byte) 0);
        PageEncoder encoder = buffers.encoder(write.compression(), write.options().spec().dtype());
        long end = dataOffset;
        for (int page = 0; page < pages; page++) {
            long start = (long) page * pageBytes;
            MemorySegment source = input.asSlice(start, Math.min(pageBytes, valueBytes - start));
            lengths[page] = encoder.encode(source, buffers.encoded());
            codecs[page] = encoder.codecId();
            boolean keepRaw = codecs[page] == PageCodecs.RAW
                    || (valueBytes <= SMALL_VALUE_BYTES && lengths[page] > valueBytes / 2);
            if (keepRaw) {
                codecs[page] = PageCodecs.RAW;
                lengths[page] = (int) source.byteSize();
            }
            long at = end + UNIT - 1 & -UNIT;
            out.asSlice(end, at - end).fill((byte) 0);
            MemorySegment.copy(keepRaw ? source : buffers.encoded(), 0, out, at, lengths[page]);
            crcs[page] = buffers.crc.of(out, at, lengths[page]);
            end = at + lengths[page];
        }
        long usedBytes = end;
        return Written.into(extents, write.options().kind(), usedBytes, extent -> {
            boolean contiguous = pages == 1 && codecs[0] == PageCodecs.RAW;
            EntryHeader header = write.header(extent, pageBytes, dataOffset, contiguous);
            writePageTable(write, header, buffers, out, new Pages(codecs, lengths, crcs));
            return finish(write, extent, header, buffers, out, usedBytes);
        });
    }

    /** The pages of a value as they were encoded. */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Pages(int[] codecs, int[] lengths, int[] crcs) {}

    private static void writePageTable(EntryWrite write, EntryHeader header, WriteBuffers buffers, MemorySegment out,
            Pages pages) {
        MemorySegment table = out.asSlice(write.tableOffset());
        long at = header.dataOffsetBytes();
        for (int page = 0; page < pages.codecs.length; page++) {
            at = at + UNIT - 1 & -UNIT;
            int codec = pages.codecs[page];
            int length = pages.lengths[page];
            PageTable.write(table, page, at, codec, length,
                    PageTable.pageChecksum(buffers.crc, pages.crcs[page], length, codec, header, page));
            at += length;
        }
    }

    private EntryDescriptor finish(EntryWrite write, Extent extent, EntryHeader header, WriteBuffers buffers,
            MemorySegment out, long usedBytes) {
        int headerCrc = EntryHeaderDescriptor.write(header, out, 0, buffers.crc);
        data.write(extent.segment(), extent.offsetBytes(), out.asSlice(0, usedBytes));
        return describe(write, extent, header, headerCrc);
    }

    static EntryDescriptor describe(EntryWrite write, Extent extent, EntryHeader header, int headerCrc) {
        return new EntryDescriptor(write.digestHi(), write.digestLo(), 0, extent.generation(), extent.segment(),
                write.namespace(), header.offsetUnits(), extent.directoryIndex(), header.extentUnits(),
                write.headerBytes(), header.flags(), write.valueBytes(), headerCrc, write.options().kind(),
                write.options().storage(), write.options().spec().dtype().id());
    }
}
