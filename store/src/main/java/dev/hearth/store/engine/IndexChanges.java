package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import dev.hearth.store.index.PersistentIndex;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTransaction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a piece of the log means to the persistent index: of each entry, what happened to it last. One thread. */
final class IndexChanges {
    private final Map<Digest, Latest> latest = new LinkedHashMap<>();

    private record Digest(long hi, long lo) {}

    /**
     * What happened last.
     *
     * @param entry   where the entry is now; null if it is gone
     * @param version the version that did it
     * @param moved   whether it only has another place than in front of this piece of the log, if it was there at all
     */
    private record Latest(@Nullable EntryDescriptor entry, long version, boolean moved) {}

    /** Takes over what a transaction did. */
    void add(LogTransaction transaction) {
        long version = transaction.version();
        for (LogOperation operation : transaction.operations()) {
            switch (operation) {
                case LogOperation.Put put -> latest.put(of(put.entry()), new Latest(put.entry(), version, false));
                case LogOperation.Relocate relocate -> relocate(relocate.entry(), version);
                case LogOperation.Remove remove -> remove(remove.digestHi(), remove.digestLo(), version);
                case LogOperation.Evict evict -> remove(evict.digestHi(), evict.digestLo(), version);
                case LogOperation.DefineNamespace ignored -> {
                }
                case LogOperation.EndNamespace ignored -> {
                }
                case LogOperation.ReleaseSegment ignored -> {
                }
                case LogOperation.SyncMark ignored -> {
                }
            }
        }
    }

    private void remove(long digestHi, long digestLo, long version) {
        latest.put(new Digest(digestHi, digestLo), new Latest(null, version, false));
    }

    /** Only the version that is meant is moved. */
    private void relocate(EntryDescriptor entry, long version) {
        latest.merge(of(entry), new Latest(entry, version, true), (last, moved) -> last.entry != null
                && last.entry.version() == entry.version() ? new Latest(entry, version, last.moved) : last);
    }

    private static Digest of(EntryDescriptor entry) {
        return new Digest(entry.digestHi(), entry.digestLo());
    }

    /** How many entries something happened to. */
    int size() {
        return latest.size();
    }

    /** What an index that has what was in front of it has to be changed by, one change an entry. */
    List<PersistentIndex.Change> list() {
        List<PersistentIndex.Change> changes = new ArrayList<>(latest.size());
        latest.forEach((digest, last) -> changes.add(new PersistentIndex.Change(digest.hi, digest.lo,
                last.entry == null ? last.version : last.entry.version(), last.entry)));
        return changes;
    }

    /** Gives {@code sink} what is there after these changes: what of {@code before} did not change, then the rest. */
    void over(EntryLayout.Source before, EntryLayout.Sink sink) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment encoded = arena.allocate(EntryLayout.BYTES, Long.BYTES);
            before.forEach((memory, offset) -> {
                Latest last = latest.get(new Digest(EntryLayout.digestHi(memory, offset),
                        EntryLayout.digestLo(memory, offset)));
                if (last == null || (last.moved && !isOf(last.entry, EntryLayout.version(memory, offset)))) {
                    sink.accept(memory, offset);
                } else if (last.moved) {
                    give(last.entry, encoded, sink);
                }
            });
            latest.values().forEach(last -> give(last.moved ? null : last.entry, encoded, sink));
        }
    }

    private static boolean isOf(@Nullable EntryDescriptor entry, long version) {
        return entry != null && entry.version() == version;
    }

    private static void give(@Nullable EntryDescriptor entry, MemorySegment encoded, EntryLayout.Sink sink) {
        if (entry != null) {
            EntryLayout.write(entry, encoded, 0);
            sink.accept(encoded, 0);
        }
    }
}
