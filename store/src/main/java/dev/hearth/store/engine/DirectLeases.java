package dev.hearth.store.engine;

import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.frame.FrameCache;
import dev.hearth.store.frame.FrameKey;
import dev.hearth.store.mark.HoldLane;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The short way to what nearly all gets with a reused lease find: a thread that has a lane, and an entry that does not
 * expire and is contiguous and was checked, or is a page that is in a frame. What makes this short is that memory is
 * read at bare addresses, by a thread that is inside its lane, and that there is no fence in it, or one if it holds a
 * frame.
 *
 * <p>
 * Processors begin a get while the one before still waits for memory if there is room for the instructions of both,
 * some 512. So {@link #open} has only what every hit needs; whatever is done seldom is in methods of its own.
 */
final class DirectLeases {
    private final Holds holds;
    private final CheckedFinds finds;
    private final MemorySegment mapping;
    private final ReferenceMap references;
    private final ValuePages pages;
    private final Events events;
    private final Leases leases;

    private DirectLeases(ReadParts parts, Holds holds, CheckedFinds finds, ReferenceMap references, Leases leases) {
        this.holds = holds;
        this.finds = finds;
        this.mapping = parts.pages().memory();
        this.references = references;
        this.pages = parts.pages();
        this.events = parts.events();
        this.leases = leases;
    }

    /** The short way of {@code leases}; null if there is none. */
    static @Nullable DirectLeases of(ReadParts parts, Holds holds, Lookaside lookaside, Leases leases) {
        CheckedFinds finds = CheckedFinds.of(parts, lookaside);
        return holds.isDirect() && finds != null && parts.references() instanceof ReferenceMap map && map.isDirect()
                ? new DirectLeases(parts, holds, finds, map, leases)
                : null;
    }

    /** Opens {@code lease}, whose digest is set, and returns true; false means nothing, and nothing was done. */
    boolean open(NamespaceInfo namespace, long offsetBytes, long lengthBytes, EngineLease lease) {
        Holds own = holds;
        HoldLane lane = lease.lane(own);
        if (!lane.isLane() || !own.enter(lane)) {
            return false;
        }
        try {
            TableEntry entry = lease.entry;
            long start = finds.recall(namespace, lease.digest, entry);
            if (start <= 0) {
                return openOther(namespace, start, offsetBytes, lengthBytes, lease);
            }
            int segment = entry.segment();
            if (!own.acquireDirect(segment, entry.generation(), lane)) {
                return false;
            }
            show(start, offsetBytes, lengthBytes, lease);
            references.touchDirect(segment, entry.offsetUnits());
        } finally {
            own.leave(lane);
        }
        count(lease);
        return true;
    }

    private void count(EngineLease lease) {
        long hits = lease.takeDirectHits();
        if (hits != 0) {
            events.add(Counter.HITS, hits);
        }
    }

    /** Shows a range of a value that starts at {@code start} of the data file. */
    private void show(long start, long offsetBytes, long lengthBytes, EngineLease lease) {
        long length = lease.entry.logicalBytes();
        if (offsetBytes == 0 && lengthBytes >= length) {
            lease.openDirect(leases, mapping, start, 0, length);
            return;
        }
        long from = Math.min(offsetBytes, length);
        lease.openDirect(leases, mapping, start + from, from, Math.min(lengthBytes, length - from));
    }

    /** The rest of {@link #open} for what was not noted, or is not contiguous. */
    private boolean openOther(NamespaceInfo namespace, long recalled, long offsetBytes, long lengthBytes,
            EngineLease lease) {
        TableEntry entry = lease.entry;
        long start = recalled == Lookaside.ABSENT ? finds.findInTable(namespace, lease.digest, entry) : recalled;
        if (start == Lookaside.ABSENT) {
            return false;
        }
        if (!entry.isContiguous()) {
            return isOnePage(entry) && openFrame(CheckedFinds.place(start), offsetBytes, lengthBytes, lease);
        }
        if (!holds.acquireDirect(entry.segment(), entry.generation(), lease.lane(holds))) {
            return false;
        }
        show(start, offsetBytes, lengthBytes, lease);
        references.touchDirect(entry.segment(), entry.offsetUnits());
        count(lease);
        return true;
    }

    private boolean isOnePage(TableEntry entry) {
        return entry.logicalBytes() != 0 && entry.logicalBytes() <= pages.pageBytes();
    }

    /**
     * Opens a lease on the only page of an encoded value if it is in a frame; the rest is as with others.
     *
     * @param place which frame to look at first; -1 if it has to be searched for. Where it is found is noted
     */
    private boolean openFrame(long place, long offsetBytes, long lengthBytes, EngineLease lease) {
        FrameCache frames = pages.openFrames();
        if (frames == null) {
            return false;
        }
        TableEntry entry = lease.entry;
        HoldLane lane = lease.lane(holds);
        long length = entry.logicalBytes();
        FrameKey key = lease.frameKey.set(entry.digestHi(), entry.digestLo(), entry.version(), 0, (int) length);
        long handle = place >= 0 ? frames.holdDirect(key, place, lane.stripe()) : -1;
        boolean known = handle >= 0;
        if (!known) {
            handle = frames.holdDirect(key, lane.stripe());
        }
        if (handle < 0) {
            return false;
        }
        if (!holds.acquireDirect(entry.segment(), entry.generation(), lane)) {
            frames.release(handle);
            return false;
        }
        if (!known) {
            finds.noteFrame(entry, frames.place(handle));
        }
        long from = Math.min(offsetBytes, length);
        lease.openDirectFrame(leases, frames.memory(), handle, frames.offsetBytes(handle) + from, from,
                Math.min(lengthBytes, length - from));
        references.touchDirect(entry.segment(), entry.offsetUnits());
        count(lease);
        return true;
    }
}
