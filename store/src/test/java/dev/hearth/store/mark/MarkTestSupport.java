package dev.hearth.store.mark;

import dev.hearth.store.io.Host;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.io.StoreDirectory;
import java.nio.file.Path;
import java.util.UUID;

/** A small mark file, and attachments to it as several processes would have them. */
final class MarkTestSupport {
    static final String LOCK = "hearth.lock";
    static final long NOW_MS = 1_700_000_000_000L;

    private MarkTestSupport() {}

    static Geometry geometry() {
        return new Geometry(new UUID(1, 2), 16L << 20, 256 << 10, 64 << 10, 10_000, 4, 8, 3, 4, 1, 2, 1, NOW_MS);
    }

    static StoreDirectory createStore(Path path) {
        StoreDirectory directory = StoreDirectory.create(path);
        MarkFile.create(directory, geometry(), Host.current(), mark -> {
        });
        return directory;
    }

    /** What an attachment has of the mark; closes everything but the directory. */
    static final class Attachment implements AutoCloseable {
        final OfdLocks locks;
        final MarkFile mark;
        final ProcessSlots slots;
        final ProcessSlot slot;
        final WriterLock writer;
        final SegmentHolds holds;

        Attachment(StoreDirectory directory) {
            locks = OfdLocks.openOrCreate(directory, LOCK);
            mark = MarkFile.open(directory, false);
            slots = new ProcessSlots(mark, locks);
            slot = slots.take(Host.current(), NOW_MS, 7);
            writer = new WriterLock(mark.words(), slots, slot);
            holds = new SegmentHolds(slots, slot, mark.geometry());
        }

        @Override
        public void close() {
            slot.close();
            mark.close();
            locks.close();
        }
    }
}
