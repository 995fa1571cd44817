package dev.hearth.store.engine;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.frame.FrameKey;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryPlace;
import dev.hearth.store.segment.EntryReader;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What one lookup works with: holders and buffers, so that a lookup allocates nothing. One thread at a time. */
final class ReadContext {
    final KeyDigester.Digest digest = new KeyDigester.Digest();
    final TableEntry entry = new TableEntry();
    final EntryReader reader;
    final FrameKey frameKey = new FrameKey();
    final PageSpot spot = new PageSpot();
    /** A target that takes nothing. */
    final MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
    /** What is said of the entry, by whoever asks for that. */
    @Nullable
    EntryInfo info;
    /** How its namespace is called. */
    String namespace = "";
    private final EntryPlace place = new EntryPlace();

    private ReadContext(DataFile data) {
        reader = new EntryReader(data);
    }

    /** Where the entry of this context lies. */
    EntryPlace place() {
        return place.key(entry.digestHi(), entry.digestLo(), entry.kind())
                .extent(entry.segment(), entry.generation(), entry.offsetUnits(), entry.extentUnits())
                .content(entry.headerBytes(), entry.headerCrc(), entry.logicalBytes());
    }

    /** Where the entry of this context lies. */
    EntryPlace place(TableEntry of) {
        entry.from(of);
        return place();
    }

    /**
     * Keeps contexts for threads to take and give back: as many as threads ever read at the same time, for they have
     * buffers of some pages each.
     */
    static final class Pool {
        private static final int SLOTS = 64;
        /** Places of a slot, so that threads do not take each other's cache lines. */
        private static final int SPACING = 16;
        private final AtomicReferenceArray<@Nullable ReadContext> idle =
                new AtomicReferenceArray<>(SLOTS * SPACING);
        private final DataFile data;

        Pool(DataFile data) {
            this.data = data;
        }

        ReadContext take() {
            int first = slot();
            ReadContext context = idle.getAndSet(first, null);
            // Threads that share a slot find what the other one left beside it.
            for (int step = 1; context == null && step < SLOTS; step++) {
                int slot = (first + step * SPACING) % (SLOTS * SPACING);
                if (idle.getPlain(slot) != null) {
                    context = idle.getAndSet(slot, null);
                }
            }
            return context == null ? new ReadContext(data) : context;
        }

        void give(ReadContext context) {
            int first = slot();
            for (int step = 0; step < SLOTS; step++) {
                int slot = (first + step * SPACING) % (SLOTS * SPACING);
                if (idle.getPlain(slot) == null && idle.compareAndSet(slot, null, context)) {
                    return;
                }
            }
        }

        private static int slot() {
            return (int) (Thread.currentThread().threadId() % SLOTS) * SPACING;
        }
    }
}
