package dev.hearth.store.log;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a piece of the log changes: for each digest the last word, in the order of digests.
 *
 * <p>
 * Entries are kept as bytes outside the heap and their digests in primitive arrays, about 110 bytes an operation, so
 * that the log of an hour can be merged without a pause. One thread; whoever made it closes it.
 */
final class CheckpointDelta implements AutoCloseable {
    private static final byte PUT = 1;
    private static final byte RELOCATE = 2;
    private static final byte GONE = 3;
    private static final int FIRST_ITEMS = 1024;

    private final TreeMap<Integer, LoggedNamespace> namespaces = new TreeMap<>();
    // The place in the sequence of operations at which a generation of a segment was given back.
    private final Map<Generation, Integer> released = new HashMap<>();
    private Arena arena = Arena.ofConfined();
    private MemorySegment entries = arena.allocate((long) FIRST_ITEMS * EntryLayout.BYTES, 8);
    private long[] digestHi = new long[FIRST_ITEMS];
    private long[] digestLo = new long[FIRST_ITEMS];
    private byte[] kinds = new byte[FIRST_ITEMS];
    private int[] order = new int[0];
    private int size;
    private int next;

    CheckpointDelta(Collection<LoggedNamespace> previous) {
        previous.forEach(namespace -> namespaces.put(namespace.number(), namespace));
    }

    void add(LogTransaction transaction) {
        for (LogOperation operation : transaction.operations()) {
            switch (operation) {
                case LogOperation.Put put -> append(PUT, put.entry());
                case LogOperation.Relocate relocate -> append(RELOCATE, relocate.entry());
                case LogOperation.Remove remove -> append(GONE, remove.digestHi(), remove.digestLo());
                case LogOperation.Evict evict -> append(GONE, evict.digestHi(), evict.digestLo());
                case LogOperation.ReleaseSegment release ->
                        released.put(new Generation(release.segment(), release.generation()), size);
                case LogOperation.DefineNamespace define -> define(define, transaction.version());
                case LogOperation.EndNamespace end ->
                        namespaces.computeIfPresent(end.number(),
                                (n, namespace) -> namespace.ended(transaction.version()));
                case LogOperation.SyncMark ignored -> {
                    // Changes nothing.
                }
            }
        }
    }

    private void define(LogOperation.DefineNamespace define, long version) {
        LoggedNamespace before = namespaces.get(define.number());
        namespaces.put(define.number(), new LoggedNamespace(define.number(), define.name(), define.revision(),
                define.fingerprint(), version, before == null ? 0 : before.endedVersion()));
    }

    private void append(byte kind, EntryDescriptor entry) {
        append(kind, entry.digestHi(), entry.digestLo());
        EntryLayout.write(entry, entries, (long) (size - 1) * EntryLayout.BYTES);
    }

    private void append(byte kind, long hi, long lo) {
        if (size == kinds.length) {
            grow();
        }
        digestHi[size] = hi;
        digestLo[size] = lo;
        kinds[size] = kind;
        size++;
    }

    private void grow() {
        int capacity = Math.multiplyExact(kinds.length, 2);
        digestHi = Arrays.copyOf(digestHi, capacity);
        digestLo = Arrays.copyOf(digestLo, capacity);
        kinds = Arrays.copyOf(kinds, capacity);
        Arena larger = Arena.ofConfined();
        MemorySegment copy = larger.allocate((long) capacity * EntryLayout.BYTES, 8);
        copy.copyFrom(entries);
        arena.close();
        arena = larger;
        entries = copy;
    }

    /** All namespaces that there ever were, by number. */
    Collection<LoggedNamespace> namespaces() {
        return namespaces.values();
    }

    /** Sorts what was added; from then on {@link #next} gives it out. */
    void sort() {
        order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        IntMergeSort.sort(order, (a, b) -> Digests.compare(digestHi[a], digestLo[a], digestHi[b], digestLo[b]));
        next = 0;
    }

    /** The last word on the next digest; null behind the last. */
    @Nullable
    Change next() {
        if (next == order.length) {
            return null;
        }
        int first = order[next];
        int from = next;
        while (next < order.length && digestHi[order[next]] == digestHi[first]
                && digestLo[order[next]] == digestLo[first]) {
            next++;
        }
        EntryDescriptor entry = null;
        boolean moved = false;
        boolean gone = false;
        int since = first;
        for (int i = from; i < next; i++) {
            int item = order[i];
            EntryDescriptor here = kinds[item] == GONE
                    ? null
                    : EntryLayout.read(entries, (long) item * EntryLayout.BYTES);
            if (kinds[item] != RELOCATE) {
                entry = here;
                gone = here == null;
                moved = false;
            } else if (here != null && !gone && (entry == null || entry.version() == here.version())) {
                // Without a put before it, it moves an entry of the previous checkpoint.
                moved |= entry == null;
                entry = here;
            } else {
                continue;
            }
            since = item;
        }
        return new Change(digestHi[first], digestLo[first], entry, moved, since);
    }

    /** Whether an entry that was put or moved by operation {@code since} (-1: before all of them) still exists. */
    boolean isAlive(EntryDescriptor entry, int since) {
        LoggedNamespace namespace = namespaces.get(entry.namespace());
        if (namespace != null && Long.compareUnsigned(entry.version(), namespace.endedVersion()) <= 0) {
            return false;
        }
        Integer at = released.isEmpty() ? null : released.get(new Generation(entry.segment(), entry.generation()));
        return at == null || since >= at;
    }

    @Override
    public void close() {
        arena.close();
    }

    /**
     * The last word on a digest.
     *
     * @param entry where the entry lies now; null if it went away
     * @param moved it is an entry of the previous checkpoint that was moved, if that has one of this version
     * @param since the operation that said so
     */
    record Change(long digestHi, long digestLo, @Nullable EntryDescriptor entry, boolean moved, int since) {}

    private record Generation(int segment, long generation) {}
}
