package dev.hearth.store.segment;

import dev.hearth.codec.CodecException;
import dev.hearth.codec.Crc32c;
import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageDecoder;
import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads one entry after the other: checks the header when an entry is opened, and each page when it is loaded. One
 * thread.
 *
 * <p>
 * All bytes are copied from the mapping into private memory first, then checked, then used. Whatever does not agree
 * with what was looked up is {@code HearthException.Corrupt}, with file, offset, expected and actual.
 *
 * <p>
 * Pages answer for themselves: their checksums cover the digest, the number of the page and the generation of the
 * segment that were looked up. So {@link #at} is enough for who wants the value alone, costs no look at the header, and
 * allocates nothing; {@link #open} is for who wants to know what the header says.
 */
public final class EntryReader {
    private static final int LINES = 256;
    /** A thread that is none: memory that it could access is shared. */
    private static final Thread NOBODY = new Thread();
    private static final int MIN_ADVISED_BYTES = 16 << 10;
    /** As much is asked for ahead of its use: enough to keep a disk busy while pages are decoded. */
    private static final long AHEAD_BYTES = 8 << 20;
    /** Lines and pages that lie farther apart than this are asked for one by one. */
    private static final long NEAR_BYTES = 32 << 10;
    private final DataFile data;
    private final int maxPageBytes;
    private final Crc32c crc = new Crc32c();
    /** Made when a page has to be decoded: it brings many classes along, for which raw values are not to wait. */
    private @Nullable PageDecoder decoder;
    private final MemorySegment header = WriteBuffers.allocate(1 << 16);
    private final MemorySegment lines = WriteBuffers.allocate(LINES * PageTable.LINE_BYTES);
    private final MemorySegment stored;
    private final MemorySegment page;
    private EntryPlace place = new EntryPlace();
    private long extentStart;
    private long tableOffset;
    private long pageCount;
    /** Before this no page starts. */
    private long firstDataOffset;
    private long linesFrom;
    private long linesTo;
    /** Part of the extent that was asked for ahead of its use. */
    private long advisedFrom;
    private long advisedTo;
    private long pagesRead;
    private int storedLength;

    /** A reader of {@code data}. */
    public EntryReader(DataFile data) {
        this.data = data;
        this.maxPageBytes = data.geometry().pageBytes();
        this.stored = WriteBuffers.allocate(maxPageBytes);
        this.page = WriteBuffers.allocate(maxPageBytes);
    }

    /**
     * Makes the reads that follow read the entry at a place, which the caller leaves as it is meanwhile.
     *
     * @throws HearthException.Corrupt if there is no such place in the file
     */
    public void at(EntryPlace newPlace) {
        place = newPlace;
        linesTo = 0;
        advisedFrom = 0;
        advisedTo = 0;
        pageCount = 0;
        DataGeometry geometry = data.geometry();
        extentStart = geometry.start(place.segment) + place.offsetBytes;
        tableOffset = place.tableOffset();
        long pages = Math.ceilDiv(place.logicalBytes, (long) maxPageBytes);
        firstDataOffset = tableOffset + pages * PageTable.LINE_BYTES;
        if (place.headerBytes < EntryHeaderDescriptor.FIXED_BYTES || place.headerBytes > place.extentBytes
                || place.segment < 0 || place.segment >= geometry.segments()
                || place.extentBytes > geometry.capacityBytes() - extentStart || pages > place.extentBytes
                || firstDataOffset > place.extentBytes) {
            throw corrupt("place of an entry", extentStart, "within the file", "segment=" + place.segment + " offset="
                    + place.offsetBytes + " bytes=" + place.extentBytes + " headerBytes=" + place.headerBytes);
        }
        pageCount = pages;
    }

    /**
     * As {@link #at}, and reads and checks the header.
     *
     * @throws HearthException.Corrupt if the header is not the one that was committed
     */
    public EntryHeader open(EntryPlace newPlace) {
        at(newPlace);
        loadHeader();
        EntryHeader entry;
        try {
            entry = EntryHeaderDescriptor.read(header.asSlice(0, place.headerBytes));
        } catch (IllegalArgumentException e) {
            throw corrupt("entry header", extentStart, "fields in range", String.valueOf(e.getMessage()));
        }
        checkAgainstPlace(entry);
        firstDataOffset = entry.dataOffsetBytes();
        return entry;
    }

    /**
     * When the entry at a place expires, in ms since 1970; 0 for never. Reads and checks the header.
     *
     * @throws HearthException.Corrupt if the header is not the one that was committed
     */
    public long expiresAtMs(EntryPlace newPlace) {
        at(newPlace);
        loadHeader();
        return EntryHeaderDescriptor.expiresAtMs(header);
    }

    private void loadHeader() {
        data.copy(extentStart, header, 0, place.headerBytes);
        int actual = EntryHeaderDescriptor.checksum(header, place.headerBytes, crc);
        if (actual != place.headerCrc || EntryHeaderDescriptor.storedChecksum(header) != place.headerCrc) {
            throw corrupt("entry header", extentStart, hex(place.headerCrc), hex(actual));
        }
    }

    private void checkAgainstPlace(EntryHeader entry) {
        if (entry.pageBytes() != maxPageBytes) {
            throw corrupt("entry header", extentStart, "pageBytes=" + maxPageBytes, "pageBytes=" + entry.pageBytes());
        }
        boolean same = entry.digestHi() == place.digestHi && entry.digestLo() == place.digestLo
                && entry.generation() == place.generation && entry.segment() == place.segment
                && entry.logicalBytes() == place.logicalBytes && entry.kind() == place.kind;
        if (!same || entry.dataOffsetBytes() < firstDataOffset || entry.dataOffsetBytes() > place.extentBytes) {
            throw corrupt("entry header", extentStart, "the entry that was looked up", "generation="
                    + entry.generation() + " segment=" + entry.segment() + " logicalBytes=" + entry.logicalBytes());
        }
    }

    /** Pages that were loaded and checked since this was last asked. */
    public long takePagesRead() {
        long taken = pagesRead;
        pagesRead = 0;
        return taken;
    }

    /** Number of pages of the entry. */
    public long pageCount() {
        return pageCount;
    }

    /** Length of page {@code number} before encoding: the page size, less for the last one. */
    public int pageLength(long number) {
        return (int) Math.min(maxPageBytes, place.logicalBytes - number * maxPageBytes);
    }

    /**
     * Copies bytes of the entry until the target or the value ends; loads the pages they are in and no others.
     *
     * @return bytes copied
     */
    public long read(long offsetBytes, MemorySegment target) {
        long end = Math.min(place.logicalBytes, offsetBytes > Long.MAX_VALUE - target.byteSize()
                ? Long.MAX_VALUE
                : offsetBytes + target.byteSize());
        long at = offsetBytes;
        while (at < end) {
            long number = at / maxPageBytes;
            long pageStart = number * maxPageBytes;
            long stop = Math.min(end, pageStart + maxPageBytes);
            readPage(number, (int) (at - pageStart), target, at - offsetBytes, (int) (stop - at), end);
            at = stop;
        }
        return Math.max(0, end - offsetBytes);
    }

    /** Copies a part of one page. */
    public void readPage(long number, int from, MemorySegment target, long targetOffset, int lengthBytes,
            long valueEnd) {
        int codec = loadStored(number, valueEnd);
        int pageLength = pageLength(number);
        if (codec == PageCodecs.RAW) {
            MemorySegment.copy(stored, from, target, targetOffset, lengthBytes);
        } else if (lengthBytes == pageLength && isPrivate(target)) {
            decode(number, codec, target.asSlice(targetOffset, lengthBytes));
        } else {
            decode(number, codec, page.asSlice(0, pageLength));
            MemorySegment.copy(page, from, target, targetOffset, lengthBytes);
        }
    }

    /**
     * Whether pages can be decoded into memory of a caller.
     *
     * <p>
     * The decoder works on bare memory. A fault in somebody's mapping would end the JVM, and so would another thread
     * that closes the arena meanwhile: only memory that is this thread's own is decoded into.
     */
    public static boolean isPrivate(MemorySegment target) {
        return target.isNative() && !target.isMapped() && !target.isAccessibleBy(NOBODY);
    }

    /**
     * Loads, checks and decodes one page into private memory, which holds it at its start until the next call.
     *
     * @param valueEnd how far the caller is going to read, from the start of the value
     */
    public MemorySegment load(long number, long valueEnd) {
        int codec = loadStored(number, valueEnd);
        if (codec == PageCodecs.RAW) {
            return stored;
        }
        decode(number, codec, page.asSlice(0, pageLength(number)));
        return page;
    }

    /** Whether, by a page table that may be damaged, a page lies raw within the extent. */
    public boolean seemsRaw(long number, long valueEnd) {
        long line = line(number, valueEnd);
        long offset = PageTable.offsetBytes(lines, line);
        int length = PageTable.lengthBytes(lines, line);
        return PageTable.codec(lines, line) == PageCodecs.RAW && length == pageLength(number)
                && offset >= firstDataOffset && offset <= place.extentBytes - length;
    }

    /** Where, by a page table that may be damaged, the stored bytes of a page start in the file. */
    public long storedFileOffset(long number, long valueEnd) {
        return extentStart + PageTable.offsetBytes(lines, line(number, valueEnd));
    }

    /** Where the line of a page is in the file. */
    public long lineFileOffset(long number) {
        return extentStart + tableOffset + number * PageTable.LINE_BYTES;
    }

    /**
     * Loads and checks a page that has to lie raw at {@code fileOffsetBytes}.
     *
     * @throws HearthException.Corrupt if it does not, or is damaged
     */
    public void checkRaw(long number, long fileOffsetBytes, long valueEnd) {
        if (!hasLine(number)) {
            adviseWithLine(number, fileOffsetBytes - extentStart, valueEnd);
        }
        long line = line(number, valueEnd);
        long offset = PageTable.offsetBytes(lines, line);
        int codec = PageTable.codec(lines, line);
        if (codec != PageCodecs.RAW || extentStart + offset != fileOffsetBytes) {
            throw corrupt("page table", lineFileOffset(number), "a raw page at " + fileOffsetBytes,
                    "offset=" + (extentStart + offset) + " codec=" + codec);
        }
        int _ = loadStored(number, valueEnd);
    }

    /** Loads, checks and decodes every page of the open entry and returns the bytes of the value. */
    public long verify() {
        for (long number = 0; number < pageCount; number++) {
            MemorySegment _ = load(number, place.logicalBytes);
        }
        return place.logicalBytes;
    }

    /** Number of pages of the open entry by the name of their codec. */
    public Map<String, Long> codecs() {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (long number = 0; number < pageCount; number++) {
            int codec = PageTable.codec(lines, line(number, 0));
            counts.merge(PageCodecs.isKnown(codec) ? PageCodecs.byId(codec).codecName() : "#" + codec, 1L, Long::sum);
        }
        return counts;
    }

    /** Index in {@link #lines} of the line of a page. */
    private long line(long number, long valueEnd) {
        Objects.checkIndex(number, pageCount);
        if (!hasLine(number)) {
            if (number == 0) {
                adviseWithLine(0, firstDataOffset, valueEnd);
            }
            long lastWanted = Math.min(pageCount, Math.ceilDiv(valueEnd, (long) maxPageBytes)) - 1;
            long count = Math.min(LINES, Math.max(1, lastWanted - number + 1));
            data.copy(lineFileOffset(number), lines, 0, count * PageTable.LINE_BYTES);
            linesFrom = number;
            linesTo = number + count;
        }
        return number - linesFrom;
    }

    private boolean hasLine(long number) {
        return number >= linesFrom && number < linesTo;
    }

    /** Fetches the stored bytes of a page, checks them and returns their codec. */
    private int loadStored(long number, long valueEnd) {
        long line = line(number, valueEnd);
        long offset = PageTable.offsetBytes(lines, line);
        int codec = PageTable.codec(lines, line);
        int length = PageTable.lengthBytes(lines, line);
        int pageLength = pageLength(number);
        boolean raw = codec == PageCodecs.RAW;
        if (!PageCodecs.isKnown(codec) || length <= 0 || (raw ? length != pageLength : length >= pageLength)
                || offset < firstDataOffset || offset > place.extentBytes - length) {
            throw corrupt("page table", lineFileOffset(number), "a page within the extent",
                    "offset=" + offset + " length=" + length + " codec=" + codec);
        }
        advise(number, offset, length, valueEnd);
        data.copy(extentStart + offset, stored, 0, length);
        int storedCrc = crc.of(stored, 0, length);
        int actual = PageTable.pageChecksum(crc, storedCrc, length, codec, place, number);
        if (actual != PageTable.checksum(lines, line)) {
            throw corrupt("page " + number, extentStart + offset, hex(PageTable.checksum(lines, line)), hex(actual));
        }
        pagesRead++;
        storedLength = length;
        return codec;
    }

    /**
     * Has what is wanted next read in at once: left alone, a cold page is read in by sixteen faults one after the
     * other. Of a long value the next part is asked for when half of the last one was used, so that the disk is busy
     * while pages are decoded.
     */
    private void advise(long number, long offset, int length, long valueEnd) {
        // Pages that come are likely to be stored as this one is.
        long comingPages = (valueEnd - number * maxPageBytes) / maxPageBytes;
        long wantedTo = Math.min(place.extentBytes, offset + Math.max(length, comingPages * length));
        if (wantedTo - offset < MIN_ADVISED_BYTES) {
            return;
        }
        boolean within = offset >= advisedFrom && offset + length <= advisedTo;
        if (within && (advisedTo >= wantedTo || advisedTo - offset >= AHEAD_BYTES / 2)) {
            return;
        }
        long from = within ? advisedTo : offset;
        ask(within ? advisedFrom : offset, from, Math.min(wantedTo, offset + AHEAD_BYTES));
    }

    /**
     * Has the first of what is wanted read in together with its line in the page table, which is looked at first: two
     * reads one after the other would take twice as long.
     *
     * @param dataOffset where in the extent the page starts
     */
    private void adviseWithLine(long number, long dataOffset, long valueEnd) {
        long wantedBytes = Math.min(valueEnd - number * maxPageBytes, AHEAD_BYTES);
        long lineOffset = tableOffset + number * PageTable.LINE_BYTES;
        long from = dataOffset - lineOffset > NEAR_BYTES ? dataOffset : lineOffset;
        long to = Math.min(place.extentBytes, dataOffset + wantedBytes);
        if (wantedBytes >= MIN_ADVISED_BYTES && from >= 0 && from < to) {
            ask(from, from, to);
        }
    }

    private void ask(long newAdvisedFrom, long from, long to) {
        data.willNeed(extentStart + from, to - from);
        advisedFrom = newAdvisedFrom;
        advisedTo = to;
    }

    private void decode(long number, int codec, MemorySegment target) {
        PageDecoder decoding = decoder;
        if (decoding == null) {
            decoding = new PageDecoder();
            decoder = decoding;
        }
        try {
            decoding.decode(codec, stored.asSlice(0, storedLength), target);
        } catch (CodecException e) {
            throw corrupt("page " + number, extentStart, "an encoding of " + target.byteSize() + " bytes",
                    String.valueOf(e.getMessage()));
        }
    }

    private HearthException.Corrupt corrupt(String what, long offsetBytes, String expected, String actual) {
        return new HearthException.Corrupt(what, data.path(), offsetBytes, expected, actual);
    }

    private static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }
}
