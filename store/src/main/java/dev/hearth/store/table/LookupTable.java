package dev.hearth.store.table;

import dev.hearth.store.HearthException;
import dev.hearth.store.entry.EntryDescriptor;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lookup table that all processes of a store share: where the newest applied version of each digest lies.
 *
 * <p>
 * It lies in memory that the caller maps, and keeps mapped for as long as the table is used; a process that only
 * reads may map it read-only. It is a cache of the log: it can be lost at any time, and is complete once {@link
 * #markComplete} was called. {@link Buckets} says how a slot is published, {@link TableReader} why a find is right,
 * {@link TableWriter} how commits are applied.
 *
 * <p>
 * Threads: {@link #find}, {@link #forEach} and the counts are for all, at any time, and never wait. The methods that
 * the sections below mark are for the holder of the store's writer lock, one thread of one process at a time. A
 * process that takes the lock after another died in it applies the unfinished commit again, or finds it applied, and
 * calls {@link #recount}.
 */
public final class LookupTable {
    private static final int FULL_TENTHS = 9;

    private final TableHeader header;
    private final Buckets buckets;
    private final NamespaceTable namespaces;
    private final AppliedWord lastApplied;
    private final TableReader reader;
    private final TableWriter writer;
    private final TableEntry inserted = new TableEntry();

    LookupTable(TableHeader header, NamespaceTable namespaces, Buckets buckets, AppliedWord lastApplied) {
        this.header = header;
        this.buckets = buckets;
        this.namespaces = namespaces;
        this.lastApplied = lastApplied;
        this.reader = new TableReader(buckets, namespaces, header, lastApplied);
        this.writer = new TableWriter(buckets, namespaces, header, lastApplied);
    }

    /** Bytes of the whole file for a store of so many entries. */
    public static long requiredBytes(long maxEntries) {
        return TableDescriptor.fileBytes(maxEntries);
    }

    /**
     * Makes an empty table that is not complete, whatever {@code memory} holds. Nobody else may use the memory
     * meanwhile.
     *
     * @param memory          at least {@link #requiredBytes}, starting at a cache line
     * @param lastAppliedWord shared word with the version up to which everything is visible
     */
    public static LookupTable format(MemorySegment memory, long maxEntries, long hashSeed, long uuidHi, long uuidLo,
            MemorySegment lastAppliedWord) {
        checkSize(memory, maxEntries);
        zero(memory, requiredBytes(maxEntries));
        return formatZeroed(memory, maxEntries, hashSeed, uuidHi, uuidLo, lastAppliedWord);
    }

    /** The same in memory that is known to hold nothing but zeros, as a new file does: none of it is looked at. */
    public static LookupTable formatZeroed(MemorySegment memory, long maxEntries, long hashSeed, long uuidHi,
            long uuidLo, MemorySegment lastAppliedWord) {
        TableIdentity identity = new TableIdentity(uuidHi, uuidLo, maxEntries, hashSeed);
        checkSize(memory, maxEntries);
        TableHeader header = TableHeader.format(memory, identity, Steps.NONE);
        return over(memory, header, lastAppliedWord, Steps.NONE);
    }

    /**
     * The table that stands in {@code memory}; looks at its header only. It need not be complete.
     *
     * @throws HearthException.Incompatible if it has another format version
     * @throws HearthException.Corrupt      if it is damaged, cut off or of another store
     */
    public static LookupTable attach(MemorySegment memory, long uuidHi, long uuidLo, MemorySegment lastAppliedWord) {
        return attach(memory, uuidHi, uuidLo, lastAppliedWord, Steps.NONE);
    }

    static LookupTable attach(MemorySegment memory, long uuidHi, long uuidLo, MemorySegment lastAppliedWord,
            Steps steps) {
        return over(memory, TableHeader.attach(memory, uuidHi, uuidLo, steps), lastAppliedWord, steps);
    }

    private static LookupTable over(MemorySegment memory, TableHeader header, MemorySegment lastAppliedWord,
            Steps steps) {
        AppliedWord lastApplied = new AppliedWord(lastAppliedWord);
        MemorySegment records = memory.asSlice(TableDescriptor.NAMESPACES_OFFSET,
                TableDescriptor.BUCKETS_OFFSET - TableDescriptor.NAMESPACES_OFFSET);
        MemorySegment slots = memory.asSlice(TableDescriptor.BUCKETS_OFFSET,
                header.bucketCount() * TableDescriptor.BUCKET_BYTES);
        return new LookupTable(header, new NamespaceTable(records, header, lastApplied, steps),
                new Buckets(slots, header.hashSeed(), steps), lastApplied);
    }

    private static void checkSize(MemorySegment memory, long maxEntries) {
        if (memory.byteSize() < requiredBytes(maxEntries)) {
            throw new IllegalArgumentException("memoryBytes=" + memory.byteSize() + " required="
                    + requiredBytes(maxEntries));
        }
    }

    /** New files are zero already: only what is not gets written, so that their pages stay clean. */
    private static void zero(MemorySegment memory, long bytes) {
        for (long at = TableDescriptor.HEADER_BYTES; at < bytes; at += TableDescriptor.BUCKET_BYTES) {
            MemorySegment block = memory.asSlice(at, Math.min(TableDescriptor.BUCKET_BYTES, bytes - at));
            boolean isZero = true;
            for (long word = 0; word < block.byteSize() && isZero; word += Long.BYTES) {
                isZero = block.get(Words.LONG_LAYOUT, word) == 0;
            }
            if (!isZero) {
                block.fill((byte) 0);
            }
        }
    }

    /** Whether the table holds every entry of the store. */
    public boolean isComplete() {
        return header.isComplete();
    }

    /** Says that the table holds every entry of the store. */
    public void markComplete() {
        header.markComplete();
    }

    /** The namespaces of the store. */
    public NamespaceTable namespaces() {
        return namespaces;
    }

    /** Entries that the table was made for. */
    public long maxEntries() {
        return header.maxEntries();
    }

    /** The seed that the table was made with. */
    public long hashSeed() {
        return header.hashSeed();
    }

    // ---- For all ----

    /**
     * Fills {@code out} with the newest visible version of a digest and returns true, or returns false if there is
     * none, it was removed, or its namespace has ended. Allocates nothing. After false the content of {@code out}
     * means nothing.
     */
    public boolean find(long digestHi, long digestLo, TableEntry out) {
        return reader.find(digestHi, digestLo, out);
    }

    /** The short way to most entries, or null if this table has none. */
    public @Nullable DirectReader direct(Lookaside lookaside) {
        DirectReader direct = new DirectReader(buckets, namespaces, lastApplied, lookaside);
        return direct.isPossible() ? direct : null;
    }

    /**
     * Hands over every visible entry in a holder that is reused; the order means nothing.
     *
     * <p>
     * What is put, replaced or removed meanwhile is seen as before or after. An entry that is replaced meanwhile may be
     * seen twice, one that a writer moves twice or not at all.
     *
     * @return whether no entry was moved meanwhile, so that none that was there throughout was left out
     */
    public boolean forEach(Consumer<TableEntry> consumer) {
        return reader.forEach(consumer);
    }

    /** All slots. */
    public long slotCount() {
        return buckets.count() * TableDescriptor.SLOTS_PER_BUCKET;
    }

    /** Slots in use: entries, tombstones and predecessors that are not settled yet, and what ended namespaces left. */
    public long usedSlots() {
        return header.usedSlots();
    }

    /** Part of the slots that is in use, 0 to 1. */
    public double load() {
        return (double) usedSlots() / slotCount();
    }

    /** What the store holds. While a commit is being applied its entries count beside those they replace. */
    public Totals totals() {
        return namespaces.totals();
    }

    // ---- For the holder of the writer lock ----

    /**
     * Whether so many versions can be inserted: nine tenths of the slots are enough for any set of digests that is
     * not made to collide. To be asked before the commit record is written.
     */
    public boolean hasRoomFor(long versions) {
        return versions <= freeSlotsEstimate();
    }

    /** How many versions can be inserted; namespaces that ended may still take slots, see {@link #sweep}. */
    public long freeSlotsEstimate() {
        return Math.max(0, slotCount() / 10 * FULL_TENTHS - usedSlots());
    }

    /**
     * Publishes a version of an entry; nothing is done if that version is there already. Visible once it is applied.
     *
     * @throws HearthException.Full if no slot can be freed for it; nothing was changed
     */
    public void insert(EntryDescriptor entry) {
        writer.insert(inserted.from(entry));
    }

    /** The same for an entry taken from another table or made with {@link TableEntry#from}. */
    public void insert(TableEntry entry) {
        writer.insert(entry);
    }

    /**
     * Fills a table that nobody else knows yet, and that has no entry yet, with entries of different digests whose
     * versions are applied.
     */
    public TableFiller filler() {
        return new TableFiller(buckets, namespaces, header, writer);
    }

    /** Publishes that a digest is absent from {@code version} on; the same rules as for {@link #insert}. */
    public void insertTombstone(long digestHi, long digestLo, long version) {
        writer.insertTombstone(digestHi, digestLo, version);
    }

    /** Clears away what the applied version of a digest has superseded. Called for each digest of an applied commit. */
    public void settle(long digestHi, long digestLo) {
        writer.settle(digestHi, digestLo);
    }

    /**
     * Fills {@code out} with the newest version of a digest, applied or not, and returns true; false if there is
     * none, or it is a tombstone, or its namespace has ended.
     */
    public boolean lookupForUpdate(long digestHi, long digestLo, TableEntry out) {
        return writer.newest(digestHi, digestLo, out);
    }

    /**
     * Says that an entry, whose version stays, has another place. Readers find the old or the new one from now on, so
     * both must hold its bytes. May be done again.
     *
     * @return false if that version is not in the table, so that nothing was done
     * @throws HearthException.Full if there is no slot for it; nothing was changed
     */
    public boolean relocate(EntryDescriptor moved) {
        return writer.relocate(inserted.from(moved));
    }

    /** Takes out the entry of a digest if it lies in this segment and generation; says whether it did. */
    public boolean drop(long digestHi, long digestLo, int segment, long generation) {
        return writer.drop(digestHi, digestLo, segment, generation);
    }

    /**
     * Clears away what ended namespaces and dead writers left, some buckets at a time.
     *
     * @param fromBucket index of the first bucket
     * @return where to go on; 0 when all buckets have been visited
     */
    public long sweep(long fromBucket, int bucketCount) {
        long end = Math.min(buckets.count(), fromBucket + bucketCount);
        for (long index = fromBucket; index < end; index++) {
            writer.clean(buckets.at(index));
        }
        return end == buckets.count() ? 0 : end;
    }

    /**
     * Clears away what a dead writer left and counts slots and totals anew, in one pass over the table: to be called
     * by who took the lock from a dead one, after redoing what was not applied. May be done again.
     *
     * @return how many slots were damaged; their entries are lost to the table, though not to the store
     */
    public long recount() {
        return new TableCounter(buckets, namespaces, header, writer).recount();
    }
}
