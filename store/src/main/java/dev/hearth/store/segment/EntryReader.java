package dev.hearth.store.segment;

import dev.hearth.codec.CodecException;
import dev.hearth.codec.Crc32c;
import dev.hearth.codec.PageCodecs;
import dev.hearth.codec.PageDecoder;
import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads one entry after the other: checks the header when an entry is opened, and each page when it is loaded. One
 * thread.
 *
 * <p>
 * All bytes are copied from the mapping into private memory first, then checked, then used. Whatever does not agree
 * with what was looked up is {@code HearthException.Corrupt}, with file, offset, expected and actual.
 */
public final class EntryReader {
    private static final int LINES = 256;
    /** A thread that is none: memory that it could access is shared. */
    private static final Thread NOBODY = new Thread();
    private static final int MIN_ADVISED_BYTES = 16 << 10;
    private static final int MAX_ADVISED_BYTES = 1 << 20;
    private final DataFile data;
    private final int maxPageBytes;
    private final Crc32c crc = new Crc32c();
    private final PageDecoder decoder = new PageDecoder();
    private final MemorySegment header = WriteBuffers.allocate(1 << 16);
    private final MemorySegment lines = WriteBuffers.allocate(LINES * PageTable.LINE_BYTES);
    private final MemorySegment stored;
    private final MemorySegment page;
    private EntryHeader entry;
    private long extentStart;
    private long extentBytes;
    private long linesFrom;
    private long linesTo;
    private long advisedTo;
    private long pagesRead;

    /** A reader of {@code data}. */
    public EntryReader(DataFile data) {
        this.data = data;
        this.maxPageBytes = data.geometry().pageBytes();
        this.stored = WriteBuffers.allocate(maxPageBytes);
        this.page = WriteBuffers.allocate(maxPageBytes);
        this.entry = NONE;
    }

    private static final EntryHeader NONE = new EntryHeader(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
            dev.hearth.store.Kind.ACTIVATION, dev.hearth.store.Storage.COMPACT, 0,
            dev.hearth.store.TensorSpec.UNTYPED, Map.of(), new byte[0]);

    /**
     * Reads and checks the header of the entry at a place; the reads that follow are of this entry.
     *
     * @throws HearthException.Corrupt if the header is not the one that was committed
     */
    public EntryHeader open(EntryPlace place) {
        linesTo = 0;
        advisedTo = 0;
        entry = NONE;
        DataGeometry geometry = data.geometry();
        extentStart = geometry.start(place.segment) + place.offsetBytes;
        extentBytes = place.extentBytes;
        if (place.headerBytes < EntryHeaderDescriptor.FIXED_BYTES || place.headerBytes > extentBytes
                || place.segment >= geometry.segments() || extentBytes > geometry.capacityBytes() - extentStart) {
            throw corrupt("place of an entry", extentStart, "within the file", "segment=" + place.segment + " offset="
                    + place.offsetBytes + " bytes=" + extentBytes + " headerBytes=" + place.headerBytes);
        }
        data.copy(extentStart, header, 0, place.headerBytes);
        int actual = EntryHeaderDescriptor.checksum(header, place.headerBytes, crc);
        if (actual != place.headerCrc || EntryHeaderDescriptor.storedChecksum(header) != place.headerCrc) {
            throw corrupt("entry header", extentStart, hex(place.headerCrc), hex(actual));
        }
        try {
            entry = EntryHeaderDescriptor.read(header.asSlice(0, place.headerBytes));
        } catch (IllegalArgumentException e) {
            throw corrupt("entry header", extentStart, "fields in range", String.valueOf(e.getMessage()));
        }
        if (entry.pageBytes() != maxPageBytes) {
            int found = entry.pageBytes();
            entry = NONE;
            throw corrupt("entry header", extentStart, "pageBytes=" + maxPageBytes, "pageBytes=" + found);
        }
        checkAgainst(place);
        return entry;
    }

    private void checkAgainst(EntryPlace place) {
        boolean same = entry.digestHi() == place.digestHi && entry.digestLo() == place.digestLo
                && entry.generation() == place.generation && entry.segment() == place.segment
                && entry.logicalBytes() == place.logicalBytes && entry.kind() == place.kind;
        long tableEnd = tableOffset() + entry.pageCount() * PageTable.LINE_BYTES;
        if (!same || entry.dataOffsetBytes() < tableEnd
                || entry.dataOffsetBytes() > extentBytes) {
            EntryHeader found = entry;
            entry = NONE;
            throw corrupt("entry header", extentStart, "the entry that was looked up", "generation="
                    + found.generation() + " segment=" + found.segment() + " logicalBytes=" + found.logicalBytes());
        }
    }

    private long tableOffset() {
        return EntryHeaderDescriptor.headerBytes(entry.spec().shape().size(), entry.attributes(), entry.key().length)
                + 15L & -16L;
    }

    /** Pages that were loaded and checked since this was last asked. */
    public long takePagesRead() {
        long taken = pagesRead;
        pagesRead = 0;
        return taken;
    }

    /**
     * Copies bytes of the open entry until the target or the value ends; loads the pages they are in and no others.
     *
     * @return bytes copied
     */
    public long read(long offsetBytes, MemorySegment target) {
        long end = Math.min(entry.logicalBytes(), offsetBytes > Long.MAX_VALUE - target.byteSize()
                ? Long.MAX_VALUE
                : offsetBytes + target.byteSize());
        long at = offsetBytes;
        while (at < end) {
            long number = at / maxPageBytes;
            long pageStart = number * maxPageBytes;
            long stop = Math.min(end, pageStart + maxPageBytes);
            loadPage(number, (int) (at - pageStart), target.asSlice(at - offsetBytes, stop - at), end);
            at = stop;
        }
        return Math.max(0, end - offsetBytes);
    }

    /** Loads, checks and decodes every page of the open entry and returns the bytes of the value. */
    public long verify() {
        for (long number = 0; number < entry.pageCount(); number++) {
            loadPage(number, 0, page.asSlice(0, entry.pageLength(number)), entry.logicalBytes());
        }
        return entry.logicalBytes();
    }

    /** Number of pages of the open entry by the name of their codec. */
    public Map<String, Long> codecs() {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (long number = 0; number < entry.pageCount(); number++) {
            int codec = PageTable.codec(lines, line(number, number));
            counts.merge(PageCodecs.isKnown(codec) ? PageCodecs.byId(codec).codecName() : "#" + codec, 1L, Long::sum);
        }
        return counts;
    }

    /** Index in {@link #lines} of the line of a page. */
    private long line(long number, long lastWanted) {
        if (number < linesFrom || number >= linesTo) {
            long count = Math.min(LINES, Math.max(1, lastWanted - number + 1));
            data.copy(extentStart + tableOffset() + number * PageTable.LINE_BYTES, lines, 0,
                    count * PageTable.LINE_BYTES);
            linesFrom = number;
            linesTo = number + count;
        }
        return number - linesFrom;
    }

    private void loadPage(long number, int from, MemorySegment target, long valueEnd) {
        long line = line(number, Math.min(entry.pageCount(), Math.ceilDiv(valueEnd, (long) maxPageBytes)) - 1);
        long offset = PageTable.offsetBytes(lines, line);
        int codec = PageTable.codec(lines, line);
        int length = PageTable.lengthBytes(lines, line);
        int pageLength = entry.pageLength(number);
        boolean raw = codec == PageCodecs.RAW;
        if (!PageCodecs.isKnown(codec) || length <= 0 || (raw ? length != pageLength : length >= pageLength)
                || offset < entry.dataOffsetBytes() || offset > extentBytes - length) {
            throw corrupt("page table", extentStart + tableOffset() + number * PageTable.LINE_BYTES,
                    "a page within the extent", "offset=" + offset + " length=" + length + " codec=" + codec);
        }
        advise(number, offset, length, valueEnd);
        data.copy(extentStart + offset, stored, 0, length);
        int storedCrc = crc.of(stored, 0, length);
        int actual = PageTable.pageChecksum(crc, storedCrc, length, codec, entry, number);
        if (actual != PageTable.checksum(lines, line)) {
            throw corrupt("page " + number, extentStart + offset, hex(PageTable.checksum(lines, line)), hex(actual));
        }
        pagesRead++;
        decode(number, codec, length, from, target);
    }

    /**
     * Has what is wanted next read in at once: left alone, a cold page is read in by sixteen faults one after the
     * other.
     */
    private void advise(long number, long offset, int length, long valueEnd) {
        if (number < advisedTo || length < MIN_ADVISED_BYTES) {
            return;
        }
        long wantedBytes = Math.min(MAX_ADVISED_BYTES, valueEnd - number * maxPageBytes);
        data.willNeed(extentStart + offset, Math.min(extentBytes - offset, Math.max(length, wantedBytes)));
        advisedTo = number + Math.max(1, wantedBytes / maxPageBytes);
    }

    private void decode(long number, int codec, int length, int from, MemorySegment target) {
        if (codec == PageCodecs.RAW) {
            MemorySegment.copy(stored, from, target, 0, target.byteSize());
            return;
        }
        int pageLength = entry.pageLength(number);
        // The decoder works on bare memory. A fault in somebody's mapping would end the JVM, and so would another
        // thread that closes the arena meanwhile: only memory that is this thread's own is decoded into.
        boolean straight = target.isNative() && !target.isMapped() && !target.isAccessibleBy(NOBODY)
                && target.byteSize() == pageLength;
        MemorySegment decoded = straight ? target : page.asSlice(0, pageLength);
        try {
            decoder.decode(codec, stored.asSlice(0, length), decoded);
        } catch (CodecException e) {
            throw corrupt("page " + number, extentStart, "an encoding of " + pageLength + " bytes",
                    String.valueOf(e.getMessage()));
        }
        if (!straight) {
            MemorySegment.copy(decoded, from, target, 0, target.byteSize());
        }
    }

    private HearthException.Corrupt corrupt(String what, long offsetBytes, String expected, String actual) {
        return new HearthException.Corrupt(what, data.path(), offsetBytes, expected, actual);
    }

    private static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }
}
