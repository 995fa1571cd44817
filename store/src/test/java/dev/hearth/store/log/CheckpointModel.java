package dev.hearth.store.log;

import dev.hearth.store.entry.EntryDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** What a random history leaves, kept the simplest way: a map that every operation is applied to at once. */
final class CheckpointModel {
    private static final int IDS = 300;
    private static final int SEGMENTS = 6;

    private final Random random;
    private final TreeMap<Long, EntryDescriptor> entries = new TreeMap<>();
    private final TreeMap<Integer, LoggedNamespace> namespaces = new TreeMap<>();
    private final long[] generations = new long[SEGMENTS];
    private long version;

    CheckpointModel(long seed) {
        random = new Random(seed);
    }

    List<EntryDescriptor> entries() {
        List<EntryDescriptor> sorted = new ArrayList<>(entries.values());
        sorted.sort((a, b) -> a.digestHi() != b.digestHi()
                ? Long.compareUnsigned(a.digestHi(), b.digestHi())
                : Long.compareUnsigned(a.digestLo(), b.digestLo()));
        return sorted;
    }

    List<LoggedNamespace> namespaces() {
        return List.copyOf(namespaces.values());
    }

    /** Commits one to three random operations to {@code writer} and to the model. */
    void commitRandom(LogWriter writer) {
        version += 1 + random.nextInt(3);
        writer.begin(version, version);
        int count = 1 + random.nextInt(3);
        // Namespaces change in transactions of their own, as the store does it.
        if (random.nextInt(50) == 0) {
            writer.add(namespace(random.nextInt(3)));
        } else {
            for (int i = 0; i < count; i++) {
                writer.add(change());
            }
        }
        writer.commit();
    }

    /** Commits {@code puts} entries of other digests as one version. */
    void commitLarge(LogWriter writer, int puts) {
        version++;
        writer.begin(version, version);
        for (long id = IDS; id < IDS + puts; id++) {
            EntryDescriptor entry = place(id, version);
            entries.put(id, entry);
            writer.put(entry, LogFixture.bytes("k" + id));
        }
        writer.commit();
    }

    /** Commits a mark that all in front of it is durable. */
    void commitMark(LogWriter writer) {
        version++;
        writer.begin(version, version);
        writer.add(new LogOperation.SyncMark());
        writer.commit();
    }

    private LogOperation namespace(int number) {
        LoggedNamespace before = namespaces.get(number);
        if (before == null || !before.isLive()) {
            namespaces.put(number, new LoggedNamespace(number, "n" + version, "r", "f", version,
                    before == null ? 0 : before.endedVersion()));
            return new LogOperation.DefineNamespace(number, "n" + version, "r", "f");
        }
        namespaces.put(number, new LoggedNamespace(number, before.name(), "r", "f", before.definedVersion(), version));
        entries.values().removeIf(entry -> entry.namespace() == number);
        return new LogOperation.EndNamespace(number);
    }

    private LogOperation change() {
        long id = random.nextInt(IDS);
        EntryDescriptor there = entries.get(id);
        int what = random.nextInt(1000);
        if (what < 600 || (there == null && what < 996)) {
            EntryDescriptor entry = place(id, version);
            entries.put(id, entry);
            return new LogOperation.Put(entry, LogFixture.bytes("k" + id));
        }
        if (what < 996 && there != null) {
            return what < 800 ? relocate(there, id) : drop(there, id, what < 900);
        }
        int segment = random.nextInt(SEGMENTS);
        long generation = generations[segment]++;
        entries.values().removeIf(e -> e.segment() == segment && e.generation() == generation);
        return new LogOperation.ReleaseSegment(segment, generation);
    }

    private LogOperation relocate(EntryDescriptor there, long id) {
        EntryDescriptor moved = place(id, there.version());
        entries.put(id, moved);
        return new LogOperation.Relocate(moved);
    }

    private LogOperation drop(EntryDescriptor there, long id, boolean evict) {
        entries.remove(id);
        return evict
                ? new LogOperation.Evict(there.digestHi(), there.digestLo(), there.namespace())
                : new LogOperation.Remove(there.digestHi(), there.digestLo(), there.namespace(),
                        LogFixture.bytes("k" + id));
    }

    private EntryDescriptor place(long id, long atVersion) {
        int segment = random.nextInt(SEGMENTS);
        return LogFixture.entry(id, atVersion, segment, generations[segment]);
    }
}
