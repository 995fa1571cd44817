package dev.hearth.store.engine;

import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.mark.HoldLane;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The short way of reads that copy from a contiguous value that was checked and does not expire.
 *
 * <p>
 * A read counts itself as a call in flight, takes working memory and gives both back, with an atomic operation each. A
 * thread that has a lane needs none of them: it says in its lane that it is inside, which keeps everything mapped, and
 * has working memory of its own. It holds no segment. As with every copy the generation is looked at behind it, so
 * that copies are in nobody's way who releases segments.
 *
 * <p>
 * Who closes waits for those inside without a pause, so what takes long to copy goes the long way. Any thread; platform
 * threads go this way.
 */
final class DirectReads {
    /** Takes a tenth of a millisecond. */
    private static final long MOST_BYTES = 1 << 20;
    private static final int SLOTS = 64;
    /** Places of a slot, so that threads do not take each other's cache lines. */
    private static final int SPACING = 16;
    private final AtomicReferenceArray<@Nullable Reader> readers = new AtomicReferenceArray<>(SLOTS * SPACING);
    private final Holds holds;
    private final CheckedFinds finds;
    private final ReadParts parts;

    /** What a thread works with; without a lane it goes the long way, and need not ask for one again. */
    private static final class Reader {
        final Thread owner;
        final HoldLane lane;
        final KeyDigester.Digest digest = new KeyDigester.Digest();
        final TableEntry entry = new TableEntry();

        Reader(Thread owner, HoldLane lane) {
            this.owner = owner;
            this.lane = lane;
        }
    }

    /** The short way to what {@code finds} finds. */
    DirectReads(ReadParts parts, Holds holds, CheckedFinds finds) {
        this.parts = parts;
        this.holds = holds;
        this.finds = finds;
    }

    /** Copies bytes of a value and returns how many, or {@link CheckedFinds#NOTHING}. */
    long read(NamespaceInfo namespace, MemorySegment key, long offsetBytes, MemorySegment target) {
        Reader reader = target.byteSize() <= MOST_BYTES ? reader() : null;
        if (reader == null || !reader.lane.isLane()) {
            return CheckedFinds.NOTHING;
        }
        parts.lookups().digest(namespace, key, reader.digest);
        if (!holds.enter(reader.lane)) {
            return CheckedFinds.NOTHING;
        }
        try {
            return copy(namespace, reader, offsetBytes, target);
        } finally {
            holds.leave(reader.lane);
        }
    }

    private long copy(NamespaceInfo namespace, Reader reader, long offsetBytes, MemorySegment target) {
        TableEntry entry = reader.entry;
        long count = finds.copy(namespace, reader.digest, entry, offsetBytes, target);
        if (count >= 0) {
            parts.references().touch(entry.segment(), entry.offsetUnits());
            parts.events().add(Counter.HITS, 1);
            parts.events().add(Counter.BYTES_READ, count);
        }
        return count;
    }

    /** That of the calling thread; null if it has none. */
    private @Nullable Reader reader() {
        Thread self = Thread.currentThread();
        int slot = (int) (self.threadId() % SLOTS) * SPACING;
        Reader reader = readers.getAcquire(slot);
        return reader != null && self.equals(reader.owner) ? reader : newReader(self, slot, reader);
    }

    /** Of threads that share a slot one goes this way, as long as it lives. */
    private @Nullable Reader newReader(Thread self, int slot, @Nullable Reader before) {
        if (self.isVirtual() || (before != null && before.owner.isAlive())) {
            return null;
        }
        HoldLane lane = holds.lane();
        if (lane.equals(HoldLane.NONE_YET)) {
            return null;
        }
        Reader reader = new Reader(self, lane);
        return readers.compareAndSet(slot, before, reader) ? reader : null;
    }
}
