package dev.hearth.store.engine;

import dev.hearth.store.table.TableEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a value that is not contiguous, as a lease has them: each is looked for when it is asked for, and kept
 * until the lease ends. Any thread, one at a time.
 */
final class LeasedPages {
    private final Leases source;
    private final TableEntry entry;
    private final Arena arena;
    private final long fromBytes;
    private final long lengthBytes;
    private final long firstPage;
    private final @Nullable MemorySegment[] pages;
    private final long[] handles;
    private @Nullable MemorySegment whole;
    private boolean over;

    /**
     * The pages that hold {@code [fromBytes, fromBytes + lengthBytes)} of an entry whose segment is held.
     *
     * @param arena what is handed out ends with it
     */
    LeasedPages(Leases source, TableEntry entry, Arena arena, long fromBytes, long lengthBytes) {
        this.source = source;
        this.entry = entry;
        this.arena = arena;
        this.fromBytes = fromBytes;
        this.lengthBytes = lengthBytes;
        firstPage = fromBytes / source.pageBytes();
        int count = lengthBytes == 0
                ? 0
                : Math.toIntExact((fromBytes + lengthBytes - 1) / source.pageBytes() - firstPage + 1);
        pages = new MemorySegment[count];
        handles = new long[count];
        Arrays.fill(handles, -1);
    }

    int count() {
        return pages.length;
    }

    /** The bytes of the range that are in one page. */
    synchronized MemorySegment page(int index) {
        Objects.checkIndex(index, pages.length);
        requireOpen();
        MemorySegment known = pages[index];
        if (known != null) {
            return known;
        }
        MemorySegment made = load(index);
        pages[index] = made;
        return made;
    }

    /** Loads every page. */
    void loadAll() {
        for (int index = 0; index < pages.length; index++) {
            MemorySegment _ = page(index);
        }
    }

    @SuppressWarnings("restricted")
    private MemorySegment load(int index) {
        long pageStart = (firstPage + index) * source.pageBytes();
        long from = Math.max(pageStart, fromBytes);
        long to = Math.min(pageStart + source.pageBytes(), fromBytes + lengthBytes);
        ReadContext context = source.take(entry);
        try {
            context.reader.at(context.place());
            source.pages().hold(context, firstPage + index, fromBytes + lengthBytes, context.spot);
            PageSpot spot = context.spot;
            handles[index] = spot.handle;
            MemorySegment bytes = spot.memory.asSlice(spot.offsetBytes + from - pageStart, to - from);
            if (spot.stays) {
                return bytes.reinterpret(arena, null).asReadOnly();
            }
            MemorySegment copy = Leases.allocate(arena, to - from);
            copy.copyFrom(bytes);
            return copy.asReadOnly();
        } finally {
            source.pages().countRead(context);
            source.give(context);
        }
    }

    /** All bytes of the range: the page if it is one, else a copy that is made once. */
    synchronized MemorySegment whole() {
        requireOpen();
        if (pages.length == 1) {
            return page(0);
        }
        MemorySegment known = whole;
        if (known != null) {
            return known;
        }
        MemorySegment copy = Leases.allocate(arena, lengthBytes);
        ReadContext context = source.take(entry);
        try {
            source.pages().copy(context, fromBytes, copy);
        } finally {
            source.give(context);
        }
        MemorySegment made = copy.asReadOnly();
        whole = made;
        return made;
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("the lease is closed");
        }
    }

    /** Lets the frames go. */
    synchronized void end() {
        over = true;
        for (int page = 0; page < handles.length; page++) {
            if (handles[page] >= 0) {
                source.pages().release(handles[page]);
                handles[page] = -1;
            }
        }
    }
}
