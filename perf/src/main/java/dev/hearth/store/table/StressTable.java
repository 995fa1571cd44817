package dev.hearth.store.table;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import java.lang.foreign.MemorySegment;

/**
 * A lookup table of three buckets in memory of its own, on the heap so that millions of them can be made, with one
 * digest that a test cares for. Made full, it has to move that digest to make room.
 *
 * <p>
 * Threads: one writer and any readers, as for {@link LookupTable}.
 */
public final class StressTable {
    /** What {@link #find} returns for words that do not belong together. */
    public static final int MIX = -1;
    private static final int BUCKETS = 3;
    private static final long SEED = 0;
    private static final long DIGEST_HI = 0x1234_5678_9ABC_DEF0L;
    private static final long DIGEST_LO = 0x0FED_CBA9_8765_4321L;
    private static final EntryDescriptor[] CROWD = crowdOf(
            new Buckets(words(BUCKETS * TableDescriptor.BUCKET_BYTES), SEED, Steps.NONE));

    private final MemorySegment applied = MemorySegment.ofArray(new long[1]);
    private final Buckets buckets;
    private final LookupTable table;

    /** An empty table. */
    public StressTable() {
        AppliedWord word = new AppliedWord(applied);
        TableHeader header = TableHeader.format(words(TableDescriptor.HEADER_BYTES), new TableIdentity(1, 2, 1, SEED),
                Steps.NONE);
        NamespaceTable namespaces =
                new NamespaceTable(words(NamespaceDescriptor.RECORD_BYTES), header, word, Steps.NONE);
        buckets = new Buckets(words(BUCKETS * TableDescriptor.BUCKET_BYTES), SEED, Steps.NONE);
        table = new LookupTable(header, namespaces, buckets, word);
    }

    /** Commits a version of the digest: inserted, applied, settled. */
    public void put(int version) {
        insert(version);
        apply(version);
        settle();
    }

    /** Commits the removal of the digest. */
    public void remove(int version) {
        table.insertTombstone(DIGEST_HI, DIGEST_LO, version);
        apply(version);
        settle();
    }

    /** First step of a commit. */
    public void insert(int version) {
        table.insert(entry(DIGEST_HI, DIGEST_LO, version));
    }

    /** Second step of a commit. */
    public void apply(int version) {
        Words.LONG.setRelease(applied, 0L, (long) version);
    }

    /** Third step of a commit. */
    public void settle() {
        table.settle(DIGEST_HI, DIGEST_LO);
    }

    /** Gives the entry of the digest, whose version stays, another place. */
    public void relocate(int version) {
        table.relocate(moved(version));
    }

    /**
     * Fills the bucket of the digest, and another bucket, with entries that have no other choice than these two, so
     * that {@link #displace} finds room by moving the digest.
     */
    public void crowd() {
        for (int number = 0; number < CROWD.length - 1; number++) {
            table.insert(CROWD[number]);
        }
    }

    /** Inserts one more entry into the crowd: the digest moves to its other bucket. */
    public void displace() {
        table.insert(CROWD[CROWD.length - 1]);
    }

    /** Whether the digest has moved. */
    public boolean hasMoved() {
        return buckets.control(buckets.alternate(DIGEST_HI, DIGEST_LO)) != 0;
    }

    /** The version that a reader finds, 0 for a miss, {@link #MIX} if the words are of no version that was written. */
    public int find() {
        TableEntry found = new TableEntry();
        if (!table.find(DIGEST_HI, DIGEST_LO, found)) {
            return 0;
        }
        int version = (int) found.version();
        boolean isWhole = found.hasSameWords(new TableEntry().from(entry(DIGEST_HI, DIGEST_LO, version)));
        boolean isMoved = found.hasSameWords(new TableEntry().from(moved(version)));
        return isWhole || isMoved ? version : MIX;
    }

    /** Entries for the bucket of the digest and the one bucket that the digest cannot go to: one too many for both. */
    private static EntryDescriptor[] crowdOf(Buckets buckets) {
        long home = buckets.home(DIGEST_HI);
        long alternate = buckets.alternate(DIGEST_HI, DIGEST_LO);
        EntryDescriptor[] crowd = new EntryDescriptor[2 * TableDescriptor.SLOTS_PER_BUCKET];
        int found = 0;
        for (long number = 1; found < crowd.length; number++) {
            long hi = number * 0x9E37_79B9_7F4A_7C15L;
            long lo = number * 0xD6E8_FEB8_6659_FD93L;
            if (buckets.home(hi) == home && buckets.alternate(hi, lo) != alternate) {
                crowd[found++] = entry(hi, lo, 1);
            }
        }
        return crowd;
    }

    private static EntryDescriptor moved(int version) {
        EntryDescriptor entry = entry(DIGEST_HI, DIGEST_LO, version);
        return new EntryDescriptor(DIGEST_HI, DIGEST_LO, version, 99, 98, 0, 97, 0, entry.extentUnits(),
                entry.headerBytes(), entry.flags(), entry.logicalBytes(), entry.headerCrc(), entry.kind(),
                entry.storage(), 0);
    }

    private static EntryDescriptor entry(long digestHi, long digestLo, int version) {
        return new EntryDescriptor(digestHi, digestLo, version, version * 3L, version * 5, 0, version * 7, 0,
                version * 11, version * 13, 0, version * 17L, version * 19, Kind.ACTIVATION, Storage.COMPACT, 0);
    }

    private static MemorySegment words(int bytes) {
        return MemorySegment.ofArray(new long[bytes / Long.BYTES]);
    }
}
