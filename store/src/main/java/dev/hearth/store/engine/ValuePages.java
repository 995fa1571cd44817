package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryPlace;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * The bytes of values: where they lie, whether they were checked, and copies of them. Any thread.
 *
 * <p>
 * Whoever calls sees to it that the segment stays meanwhile, or looks afterwards whether it did. Damage is
 * {@code HearthException.Corrupt}, whatever the entry is.
 */
final class ValuePages {
    private final DataFile data;
    private final CheckedPages checked;
    private final Events events;
    private final LongSupplier clockMs;
    private final long segmentBytes;
    private final int pageBytes;

    ValuePages(DataFile data, Events events, LongSupplier clockMs) {
        this.data = data;
        this.events = events;
        this.clockMs = clockMs;
        this.segmentBytes = data.geometry().segmentBytes();
        this.pageBytes = data.geometry().pageBytes();
        this.checked = new CheckedPages(data.geometry().segments(), segmentBytes);
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
            countRead(context, false);
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
        try {
            return context.reader.read(fromBytes, target);
        } finally {
            countRead(context, true);
        }
    }

    /** Counts the pages that were read, some of which may have been decoded. */
    void countRead(ReadContext context, boolean compact) {
        long read = context.reader.takePagesRead();
        if (read > 0) {
            events.add(Counter.PAGES_READ, read);
            if (compact) {
                events.add(Counter.PAGES_DECODED, read);
            }
        }
    }
}
