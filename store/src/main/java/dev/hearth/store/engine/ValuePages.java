package dev.hearth.store.engine;

import dev.hearth.store.Storage;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.frame.FrameCache;
import dev.hearth.store.frame.FrameKey;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryPlace;
import dev.hearth.store.segment.EntryReader;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of values: where they lie, whether they were checked, and copies of them. Any thread.
 *
 * <p>
 * Whoever calls sees to it that the segment stays meanwhile, or looks afterwards whether it did. Damage is
 * {@code HearthException.Corrupt}, whatever the entry is.
 */
final class ValuePages {
    /** Times that a page is looked for in the frames; it can be replaced between publishing and holding it. */
    private static final int MAX_ATTEMPTS = 3;
    private static final long MAX_PREFETCHED_BYTES = 16 << 20;
    private final DataFile data;
    private final CheckedPages checked;
    private final CheckedPages checkedLines;
    private final Frames frames;
    private final Events events;
    private final LongSupplier clockMs;
    private final long segmentBytes;
    private final int pageBytes;

    ValuePages(DataFile data, Frames frames, Events events, LongSupplier clockMs) {
        this.data = data;
        this.events = events;
        this.clockMs = clockMs;
        this.segmentBytes = data.geometry().segmentBytes();
        this.pageBytes = data.geometry().pageBytes();
        int segments = data.geometry().segments();
        this.checked = new CheckedPages(segments, segmentBytes, CheckedPages.UNITS);
        this.checkedLines = new CheckedPages(segments, segmentBytes, CheckedPages.LINES);
        this.frames = frames;
    }

    /** The mapped file. */
    MemorySegment memory() {
        return data.memory();
    }

    int pageBytes() {
        return pageBytes;
    }

    /** Where a contiguous value starts in the file. */
    long start(TableEntry entry) {
        return extentStart(entry) + EntryPlace.contiguousOffset(entry.headerBytes(), entry.logicalBytes(), pageBytes,
                entry.storage(), entry.offsetBytes());
    }

    private long extentStart(TableEntry entry) {
        return entry.segment() * segmentBytes + entry.offsetBytes();
    }

    /** Whether all of a contiguous value was checked. */
    boolean isChecked(TableEntry entry) {
        return checked.isChecked(entry.segment(), entry.generation(), extentStart(entry));
    }

    // ---- Of the entry of a context, which the caller has taken ----

    /** Whether the entry has an expiry time that has come. */
    boolean isExpired(ReadContext context) {
        if (!context.entry.hasExpiry()) {
            return false;
        }
        long expiresAtMs = context.reader.expiresAtMs(context.place());
        return expiresAtMs != 0 && expiresAtMs <= clockMs.getAsLong();
    }

    /** Checks the pages of a contiguous value that hold {@code [fromBytes, toBytes)}, if they were not yet. */
    void check(ReadContext context, long fromBytes, long toBytes) {
        TableEntry entry = context.entry;
        if (isChecked(entry)) {
            return;
        }
        long valueStart = start(entry);
        boolean whole = fromBytes == 0 && toBytes >= entry.logicalBytes();
        context.reader.at(context.place());
        try {
            long last = Math.ceilDiv(toBytes, (long) pageBytes);
            for (long page = fromBytes / pageBytes; page < last; page++) {
                long place = valueStart + page * pageBytes;
                if (!checked.isChecked(entry.segment(), entry.generation(), place)) {
                    context.reader.checkRaw(page, place, toBytes);
                    if (!whole) {
                        checked.setChecked(entry.segment(), entry.generation(), place);
                    }
                }
            }
        } finally {
            countRead(context);
        }
        if (whole) {
            checked.setChecked(entry.segment(), entry.generation(), extentStart(entry));
        }
    }

    /** Copies bytes of the value until the target or the value ends; returns how many. */
    long copy(ReadContext context, long fromBytes, MemorySegment target) {
        TableEntry entry = context.entry;
        long lengthBytes = Math.max(0, Math.min(entry.logicalBytes() - fromBytes, target.byteSize()));
        if (lengthBytes == 0) {
            return 0;
        }
        if (entry.isContiguous()) {
            check(context, fromBytes, fromBytes + lengthBytes);
            data.copy(start(entry) + fromBytes, target, 0, lengthBytes);
            return lengthBytes;
        }
        context.reader.at(context.place());
        long end = fromBytes + lengthBytes;
        try {
            for (long at = fromBytes; at < end;) {
                long page = at / pageBytes;
                long stop = Math.min(end, (page + 1) * pageBytes);
                copyPage(context, page, (int) (at - page * pageBytes), target, at - fromBytes, (int) (stop - at), end);
                at = stop;
            }
        } finally {
            countRead(context);
        }
        return lengthBytes;
    }

    /** Copies bytes of a contiguous value that was checked. */
    void copyMapped(long startBytes, MemorySegment target, long lengthBytes) {
        data.copy(startBytes, target, 0, lengthBytes);
    }

    private void copyPage(ReadContext context, long page, int from, MemorySegment target, long targetOffset,
            int length, long valueEnd) {
        FrameCache cache = frames.get();
        FrameKey key = frameKey(context, page);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            if (cache != null && cache.copy(key, from, target, targetOffset, length)) {
                return;
            }
            if (isCheckedRaw(context, page, valueEnd)) {
                data.copy(context.reader.storedFileOffset(page, valueEnd) + from, target, targetOffset, length);
                return;
            }
            long claim = cache == null || context.reader.seemsRaw(page, valueEnd)
                    ? FrameCache.NONE
                    : cache.claimForCopy(key);
            if (cache != null && claim >= 0) {
                if (length == context.reader.pageLength(page) && EntryReader.isPrivate(target)) {
                    decodeInto(cache, claim, context, page, valueEnd, target, targetOffset);
                } else {
                    MemorySegment decoded = decodeInto(cache, claim, context, page, valueEnd);
                    MemorySegment.copy(decoded, from, target, targetOffset, length);
                }
                return;
            }
            if (claim == FrameCache.NONE) {
                break;
            }
        }
        context.reader.readPage(page, from, target, targetOffset, length, valueEnd);
        noteIfRaw(context, page, valueEnd);
    }

    /**
     * Finds a page of the value a place where it stays as long as the segment is held and, if {@link PageSpot#handle}
     * says so, a frame. If there is none it is in working memory of the context, to be copied at once.
     *
     * @param valueEnd how far the caller is going to read
     */
    void hold(ReadContext context, long page, long valueEnd, PageSpot spot) {
        FrameCache cache = frames.get();
        FrameKey key = frameKey(context, page);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            long handle = cache == null ? -1 : cache.hold(key);
            if (cache != null && handle >= 0) {
                spot.set(cache.memory(), cache.offsetBytes(handle), handle, true);
                return;
            }
            if (isCheckedRaw(context, page, valueEnd)) {
                spot.set(data.memory(), context.reader.storedFileOffset(page, valueEnd), -1, true);
                return;
            }
            if (context.reader.seemsRaw(page, valueEnd)) {
                MemorySegment _ = context.reader.load(page, valueEnd);
                noteIfRaw(context, page, valueEnd);
                continue;
            }
            long claim = cache == null ? FrameCache.NONE : cache.claim(key);
            if (cache != null && claim >= 0) {
                MemorySegment _ = decodeInto(cache, claim, context, page, valueEnd);
            } else if (claim == FrameCache.NONE) {
                break;
            }
        }
        spot.set(context.reader.load(page, valueEnd), 0, -1, false);
    }

    /** The frames if they are open already. */
    @Nullable
    FrameCache openFrames() {
        return frames.ifOpen();
    }

    /** Lets go of a frame. */
    void release(long handle) {
        FrameCache cache = frames.get();
        if (cache != null) {
            cache.release(handle);
        }
    }

    private static MemorySegment decodeInto(FrameCache cache, long claim, ReadContext context, long page,
            long valueEnd) {
        boolean published = false;
        try {
            MemorySegment decoded = context.reader.load(page, valueEnd);
            cache.publish(claim, context.frameKey, decoded, 0);
            published = true;
            return decoded;
        } finally {
            if (!published) {
                cache.abandon(claim);
            }
        }
    }

    /** The same by way of memory of the caller, which nobody else sees meanwhile, and where the page stays. */
    private static void decodeInto(FrameCache cache, long claim, ReadContext context, long page, long valueEnd,
            MemorySegment target, long targetOffset) {
        boolean published = false;
        try {
            int length = context.reader.pageLength(page);
            context.reader.readPage(page, 0, target, targetOffset, length, valueEnd);
            cache.publish(claim, context.frameKey, target, targetOffset);
            published = true;
        } finally {
            if (!published) {
                cache.abandon(claim);
            }
        }
    }

    private static FrameKey frameKey(ReadContext context, long page) {
        TableEntry entry = context.entry;
        return context.frameKey.set(entry.digestHi(), entry.digestLo(), entry.version(), page,
                context.reader.pageLength(page));
    }

    private boolean isCheckedRaw(ReadContext context, long page, long valueEnd) {
        return checkedLines.isChecked(context.entry.segment(), context.entry.generation(),
                context.reader.lineFileOffset(page)) && context.reader.seemsRaw(page, valueEnd);
    }

    /** The page was just loaded and checked: if it lies raw, it can be used where it lies from now on. */
    private void noteIfRaw(ReadContext context, long page, long valueEnd) {
        if (context.reader.seemsRaw(page, valueEnd)) {
            checkedLines.setChecked(context.entry.segment(), context.entry.generation(),
                    context.reader.lineFileOffset(page));
        }
    }

    /** Has a range of the value brought near: raw pages into the page cache, encoded ones into frames. */
    void prefetch(ReadContext context, long fromBytes, long toBytes) {
        TableEntry entry = context.entry;
        if (entry.isContiguous()) {
            data.willNeed(start(entry) + fromBytes, toBytes - fromBytes);
            return;
        }
        context.reader.at(context.place());
        data.willNeed(extentStart(entry), Math.min(entry.extentBytes(), MAX_PREFETCHED_BYTES));
        FrameCache cache = frames.get();
        if (cache == null) {
            return;
        }
        long end = Math.min(toBytes, fromBytes + MAX_PREFETCHED_BYTES);
        try {
            for (long page = fromBytes / pageBytes; page * pageBytes < end; page++) {
                FrameKey key = frameKey(context, page);
                if (!cache.copy(key, 0, context.nothing, 0, 0) && !context.reader.seemsRaw(page, end)) {
                    long claim = cache.claim(key);
                    if (claim >= 0) {
                        MemorySegment _ = decodeInto(cache, claim, context, page, end);
                    }
                }
            }
        } finally {
            countRead(context);
        }
    }

    /** Counts the pages that were loaded and checked; of a compact value they count as decoded. */
    void countRead(ReadContext context) {
        long read = context.reader.takePagesRead();
        if (read > 0) {
            events.add(Counter.PAGES_READ, read);
            if (context.entry.storage() == Storage.COMPACT) {
                events.add(Counter.PAGES_DECODED, read);
            }
        }
    }
}
