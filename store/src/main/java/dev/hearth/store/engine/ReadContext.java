package dev.hearth.store.engine;

import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.segment.DataFile;
import dev.hearth.store.segment.EntryPlace;
import dev.hearth.store.segment.EntryReader;
import dev.hearth.store.table.TableEntry;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** What one lookup works with: holders and buffers, so that a lookup allocates nothing. One thread at a time. */
final class ReadContext {
    final KeyDigester.Digest digest = new KeyDigester.Digest();
    final TableEntry entry = new TableEntry();
    final EntryReader reader;
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

    /** Keeps contexts for threads to take and give back: about one for each thread that reads at the same time. */
    static final class Pool {
        private static final int SLOTS = 64;
        private final AtomicReferenceArray<ReadContext> idle = new AtomicReferenceArray<>(SLOTS);
        private final DataFile data;

        Pool(DataFile data) {
            this.data = data;
        }

        ReadContext take() {
            ReadContext context = idle.getAndSet(slot(), null);
            return context == null ? new ReadContext(data) : context;
        }

        void give(ReadContext context) {
            idle.setRelease(slot(), context);
        }

        private static int slot() {
            return (int) (Thread.currentThread().threadId() % SLOTS);
        }
    }
}
