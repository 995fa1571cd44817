package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.LeaseInfo;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gets that hand out bytes where they lie: finds an entry, holds its segment, sees to it that the bytes were checked,
 * and opens a lease on them. Any thread; takes no lock and waits for nobody.
 *
 * <p>
 * A segment is held first, and then its generation and state are loaded. If they are what the entry says, the segment
 * stays until the hold is given back, for who wants to release it marks it first and then looks for holds. If not, the
 * hold is let go and the entry is looked up again; the same place twice is a miss.
 *
 * <p>
 * An attachment without holds, one that only reads, copies and looks at the generation again afterwards.
 */
final class Leases {
    private static final int MAX_ATTEMPTS = 8;
    private static final long PAGE_ALIGNMENT = 4096;
    private final Lookups lookups;
    private final ReadContext.Pool contexts;
    private final ValuePages pages;
    private final @Nullable Holds holds;
    private final Reads.Generations generations;
    private final References references;
    private final Events events;
    private final Damage damage;
    private final @Nullable LeaseTracker tracker;
    private final @Nullable DirectLeases direct;

    Leases(ReadParts parts, @Nullable Holds holds, @Nullable LeaseTracker tracker, Lookaside lookaside) {
        this.lookups = parts.lookups();
        this.contexts = parts.contexts();
        this.pages = parts.pages();
        this.generations = parts.generations();
        this.references = parts.references();
        this.events = parts.events();
        this.damage = parts.damage();
        this.holds = holds;
        this.tracker = tracker;
        this.direct = holds == null || tracker != null ? null : DirectLeases.of(parts, holds, lookaside, this);
    }

    /** What came of opening a lease on an entry that was found. */
    enum Outcome {
        OPENED, MISS, AGAIN
    }

    /** Opens {@code lease} on a range of a value and returns true; false, and it stays closed, if there is no entry. */
    boolean open(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes, EngineLease lease) {
        lease.requireClosed();
        lookups.digest(namespace, key, lease.digest);
        DirectLeases way = direct;
        return (way != null && way.open(namespace, offsetBytes, lengthBytes, lease))
                || openLong(namespace, key, offsetBytes, lengthBytes, lease);
    }

    /** The same for the whole value of a key of two words. */
    boolean open(NamespaceInfo namespace, long first, long second, EngineLease lease) {
        lease.requireClosed();
        lookups.digest(namespace, first, second, lease.digest);
        DirectLeases way = direct;
        if (way != null && way.open(namespace, 0, Long.MAX_VALUE, lease)) {
            return true;
        }
        // Only who tracks leases is interested in the key itself.
        MemorySegment key = tracker == null ? MemorySegment.NULL : MemorySegment.ofArray(new long[]{first, second});
        return openLong(namespace, key, 0, Long.MAX_VALUE, lease);
    }

    private boolean openLong(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes,
            EngineLease lease) {
        if (openUncounted(namespace, key, offsetBytes, lengthBytes, lease)) {
            events.add(Counter.HITS, lease.takeHits());
            references.touch(lease.entry.segment(), lease.entry.offsetUnits());
            return true;
        }
        events.add(Counter.MISSES, 1);
        return false;
    }

    /**
     * Opens {@code lease} on a value whose absence was counted already; {@code use} says whether that counts as a use
     * of the entry.
     */
    boolean openAfterMiss(NamespaceInfo namespace, MemorySegment key, EngineLease lease, boolean use) {
        lease.requireClosed();
        lookups.digest(namespace, key, lease.digest);
        if (!openUncounted(namespace, key, 0, Long.MAX_VALUE, lease)) {
            return false;
        }
        if (use) {
            references.touch(lease.entry.segment(), lease.entry.offsetUnits());
        }
        return true;
    }

    private boolean openUncounted(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes,
            EngineLease lease) {
        TableEntry entry = lease.entry;
        int segment = -1;
        int offsetUnits = 0;
        long generation = 0;
        boolean found = lookups.find(namespace, lease.digest, entry);
        for (int attempt = 0; found && attempt < MAX_ATTEMPTS; attempt++) {
            if (attempt > 0 && entry.segment() == segment && entry.offsetUnits() == offsetUnits
                    && entry.generation() == generation) {
                break;
            }
            Outcome outcome = openHere(offsetBytes, lengthBytes, lease);
            if (outcome == Outcome.OPENED) {
                if (tracker != null) {
                    lease.track(tracker.take(lease, namespace, key));
                }
                return true;
            }
            if (outcome == Outcome.MISS) {
                break;
            }
            segment = entry.segment();
            offsetUnits = entry.offsetUnits();
            generation = entry.generation();
            found = lookups.find(namespace, lease.digest, entry);
        }
        return false;
    }

    /** Writes a value to memory. */
    interface Filling<E extends Exception> {
        void fill(MemorySegment target) throws E;
    }

    /** Opens {@code lease} on memory of its own, with a value that the store does not have. */
    <E extends Exception> void openOwn(NamespaceInfo namespace, MemorySegment key, EngineLease lease, TensorSpec spec,
            long valueBytes, Filling<E> filling) throws E {
        lease.requireClosed();
        boolean opened = false;
        try {
            MemorySegment memory = allocate(lease.arena(), valueBytes);
            filling.fill(memory);
            lease.entry.from(new TableEntry());
            lease.openCopy(this, Holds.GONE, memory, 0, spec);
            if (tracker != null) {
                lease.track(tracker.take(lease, namespace, key));
            }
            opened = true;
        } finally {
            if (!opened) {
                lease.giveUp();
            }
        }
    }

    // ---- Entries that are held first and opened later, as those of a group are ----

    /**
     * Fills {@code entry} with the visible entry of a digest and holds its segment; returns the stripe,
     * {@link Holds#NONE} if this attachment has no holds, or {@link Holds#GONE} if there is no such entry.
     */
    int hold(NamespaceInfo namespace, KeyDigester.Digest digest, TableEntry entry) {
        int segment = -1;
        int offsetUnits = 0;
        long generation = 0;
        boolean found = lookups.find(namespace, digest, entry);
        for (int attempt = 0; found && attempt < MAX_ATTEMPTS; attempt++) {
            if (entry.segment() == segment && entry.offsetUnits() == offsetUnits && entry.generation() == generation) {
                return Holds.GONE;
            }
            int stripe = holds == null ? Holds.NONE : holds.acquire(entry.segment(), entry.generation());
            if (stripe >= 0 || (stripe == Holds.NONE && isCurrent(entry))) {
                return stripe;
            }
            segment = entry.segment();
            offsetUnits = entry.offsetUnits();
            generation = entry.generation();
            found = lookups.find(namespace, digest, entry);
        }
        return Holds.GONE;
    }

    /**
     * Opens a lease on all of the value of its entry, which {@code stripe} holds: that hold is the lease's if it is
     * opened, else still the caller's.
     */
    Outcome openWhole(NamespaceInfo namespace, MemorySegment key, EngineLease lease, int stripe) {
        Outcome outcome = stripe == Holds.NONE
                ? openCopy(0, Long.MAX_VALUE, lease, stripe)
                : openHeld(0, Long.MAX_VALUE, lease, stripe);
        if (outcome == Outcome.OPENED && tracker != null) {
            lease.track(tracker.take(lease, namespace, key));
        }
        return outcome;
    }

    /** Notes that an entry was used. */
    void used(TableEntry entry) {
        references.touch(entry.segment(), entry.offsetUnits());
    }

    private Outcome openHere(long offsetBytes, long lengthBytes, EngineLease lease) {
        Holds own = holds;
        if (own == null) {
            return openCopy(offsetBytes, lengthBytes, lease, Holds.GONE);
        }
        TableEntry entry = lease.entry;
        int stripe = own.acquire(entry.segment(), entry.generation());
        if (stripe < 0) {
            return Outcome.AGAIN;
        }
        Outcome outcome = Outcome.AGAIN;
        try {
            outcome = openHeld(offsetBytes, lengthBytes, lease, stripe);
        } finally {
            if (outcome != Outcome.OPENED) {
                own.release(entry.segment(), stripe);
            }
        }
        return outcome;
    }

    private Outcome openHeld(long offsetBytes, long lengthBytes, EngineLease lease, int stripe) {
        TableEntry entry = lease.entry;
        if (!entry.isContiguous()) {
            return openPages(offsetBytes, lengthBytes, lease, stripe);
        }
        long from = Math.min(offsetBytes, entry.logicalBytes());
        long length = Math.min(lengthBytes, entry.logicalBytes() - from);
        if ((entry.hasExpiry() || !pages.isChecked(entry)) && !isUsable(entry, from, length)) {
            return Outcome.MISS;
        }
        lease.openMapped(this, stripe, pages.memory(), pages.start(entry) + from, from, length);
        if (lease.wantsArena(tracker != null)) {
            lease.confine();
        }
        return Outcome.OPENED;
    }

    private boolean isUsable(TableEntry entry, long fromBytes, long lengthBytes) {
        ReadContext context = take(entry);
        try {
            if (pages.isExpired(context)) {
                return false;
            }
            pages.check(context, fromBytes, fromBytes + lengthBytes);
            return true;
        } catch (HearthException.Corrupt e) {
            damage.found(e, entry);
            return false;
        } finally {
            contexts.give(context);
        }
    }

    /**
     * Opens a lease on a value that is encoded in part. An activation is loaded now, for one that is damaged is a miss;
     * a parameter page by page as it is asked for. A single page is shown in its frame.
     */
    private Outcome openPages(long offsetBytes, long lengthBytes, EngineLease lease, int stripe) {
        TableEntry entry = lease.entry;
        long from = Math.min(offsetBytes, entry.logicalBytes());
        long length = Math.min(lengthBytes, entry.logicalBytes() - from);
        ReadContext context = take(entry);
        boolean opened = false;
        try {
            if (pages.isExpired(context)) {
                return Outcome.MISS;
            }
            if (length == 0) {
                lease.openMapped(this, stripe, pages.memory(), 0, from, 0);
            } else if (from / pageBytes() == (from + length - 1) / pageBytes()) {
                openPage(context, lease, stripe, from, length);
            } else {
                LeasedPages several = new LeasedPages(this, entry, lease.arena(), from, length);
                lease.openPages(this, stripe, several, from, length);
                if (entry.kind() == Kind.ACTIVATION) {
                    several.loadAll();
                }
            }
            opened = true;
            return Outcome.OPENED;
        } catch (HearthException.Corrupt e) {
            damage.found(e, entry);
            return Outcome.MISS;
        } finally {
            give(context);
            if (!opened) {
                lease.giveUp();
            }
        }
    }

    private void openPage(ReadContext context, EngineLease lease, int stripe, long from, long length) {
        long page = from / pageBytes();
        context.reader.at(context.place());
        PageSpot spot = context.spot;
        try {
            pages.hold(context, page, from + length, spot);
        } finally {
            pages.countRead(context);
        }
        long inPage = from - page * pageBytes();
        if (spot.stays) {
            lease.openFrame(this, stripe, spot, spot.offsetBytes + inPage, from, length);
            if (lease.wantsArena(tracker != null)) {
                lease.confine();
            }
        } else {
            MemorySegment copy = allocate(lease.arena(), length);
            MemorySegment.copy(spot.memory, inPage, copy, 0, length);
            lease.openCopy(this, stripe, copy, from, null);
        }
    }

    /** A context for an entry that is held. */
    ReadContext take(TableEntry entry) {
        ReadContext context = contexts.take();
        context.entry.from(entry);
        return context;
    }

    void give(ReadContext context) {
        contexts.give(context);
    }

    ValuePages pages() {
        return pages;
    }

    static MemorySegment allocate(Arena arena, long lengthBytes) {
        return arena.allocate(lengthBytes, lengthBytes >= PAGE_ALIGNMENT ? PAGE_ALIGNMENT : 64);
    }

    private Outcome openCopy(long offsetBytes, long lengthBytes, EngineLease lease, int stripe) {
        TableEntry entry = lease.entry;
        ReadContext context = take(entry);
        boolean opened = false;
        try {
            if (pages.isExpired(context)) {
                return Outcome.MISS;
            }
            long from = Math.min(offsetBytes, entry.logicalBytes());
            long length = Math.min(lengthBytes, entry.logicalBytes() - from);
            MemorySegment copy = allocate(lease.arena(), length);
            pages.copy(context, from, copy);
            TensorSpec spec = stripe < 0 ? context.reader.open(context.place()).spec() : null;
            if (stripe < 0 && !isCurrent(entry)) {
                return Outcome.AGAIN;
            }
            lease.openCopy(this, stripe, copy, from, spec);
            opened = true;
            return Outcome.OPENED;
        } catch (HearthException.Corrupt e) {
            if (stripe < 0 && !isCurrent(entry)) {
                return Outcome.AGAIN;
            }
            damage.found(e, entry);
            return Outcome.MISS;
        } finally {
            contexts.give(context);
            if (!opened) {
                lease.giveUp();
            }
        }
    }

    /** Whether the segment of an entry still is in its generation. */
    boolean isCurrent(TableEntry entry) {
        return generations.isStillCurrent(entry.segment(), entry.generation());
    }

    /** Notes damage to an entry; throws it if that is a parameter. */
    void damaged(HearthException.Corrupt found, TableEntry entry) {
        if (isCurrent(entry)) {
            damage.found(found, entry);
        }
    }

    int pageBytes() {
        return pages.pageBytes();
    }

    /** What the header of an entry that is held says the value is. */
    TensorSpec spec(TableEntry entry) {
        return header(entry).spec();
    }

    /** The header of an entry that is held. */
    EntryHeader header(TableEntry entry) {
        ReadContext context = contexts.take();
        try {
            return context.reader.open(context.place(entry));
        } finally {
            contexts.give(context);
        }
    }

    void release(int segment, int stripe) {
        if (holds != null && stripe >= 0) {
            holds.release(segment, stripe);
        }
    }

    /** The leases that are open, if they are tracked. */
    List<LeaseInfo> list() {
        return tracker == null ? List.of() : tracker.list();
    }

    void reportOpen() {
        if (tracker != null) {
            tracker.reportOpen();
        }
    }
}
