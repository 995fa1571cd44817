package dev.hearth.store.table;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.lang.foreign.MemorySegment;

/**
 * A lookup table with some keys in memory of its own, on the heap so that millions of them can be made, all of version
 * 1 at first.
 *
 * <p>
 * Threads: one writer and any readers, as for {@link LookupTable}.
 */
public final class StressKeys {
    private static final int BUCKETS = 4;
    private final int count;
    private final MemorySegment applied = MemorySegment.ofArray(new long[1]);
    private final LookupTable table;

    /** So many keys. */
    public StressKeys(int count) {
        this.count = count;
        AppliedWord word = new AppliedWord(applied);
        TableHeader header = TableHeader.format(words(TableDescriptor.HEADER_BYTES), new TableIdentity(1, 2, 1, 0),
                Steps.NONE);
        table = new LookupTable(header,
                new NamespaceTable(words(NamespaceDescriptor.RECORD_BYTES), header, word, Steps.NONE),
                new Buckets(words(BUCKETS * TableDescriptor.BUCKET_BYTES), 0, Steps.NONE), word);
        commit(1, 0);
    }

    private static MemorySegment words(int bytes) {
        return MemorySegment.ofArray(new long[bytes / Long.BYTES]);
    }

    private static long hi(int key) {
        return (key + 1) * 0x9E37_79B9_7F4A_7C15L;
    }

    private static long lo(int key) {
        return (key + 1) * 0xD6E8_FEB8_6659_FD93L;
    }

    /** Commits a version of all keys from {@code first} on, as the writer of a batch does. */
    public void commit(int version, int first) {
        for (int key = first; key < count; key++) {
            table.insert(new EntryDescriptor(hi(key), lo(key), version, version * 3L, version * 5, 0, version * 7, 0,
                    version * 11, version * 13, 0, version * 17L, version * 19, Kind.ACTIVATION, Storage.COMPACT, 0));
        }
        Words.LONG.setRelease(applied, 0L, (long) version);
        for (int key = first; key < count; key++) {
            table.settle(hi(key), lo(key));
        }
    }

    /** The version of a key; 0 if it is absent. */
    public int find(int key) {
        TableEntry found = new TableEntry();
        return table.find(hi(key), lo(key), found) ? (int) found.version() : 0;
    }

    /** The version up to which all is visible. */
    public long lastApplied() {
        return (long) Words.LONG.getVolatile(applied, 0L);
    }
}
