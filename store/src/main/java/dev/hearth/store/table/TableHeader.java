package dev.hearth.store.table;

import dev.hearth.store.HearthException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The header of the file {@code table}: what the table was made for, whether it is complete, and the lock holder's
 * counts.
 *
 * <p>
 * The first 64 bytes never change and are checked once, in constant time.
 */
final class TableHeader {
    private static final VarHandle LONG = Words.LONG;
    private static final Path FILE = Path.of("table");

    private final MemorySegment memory;
    private final Steps steps;

    private TableHeader(MemorySegment memory, Steps steps) {
        this.memory = memory;
        this.steps = steps;
    }

    /** Writes a header for a table that is not complete. */
    static TableHeader format(MemorySegment memory, TableIdentity identity, Steps steps) {
        LONG.setRelease(memory, (long) TableDescriptor.COMPLETE_OFFSET, 0L);
        memory.asSlice(0, TableDescriptor.HEADER_BYTES).fill((byte) 0);
        setLong(memory, TableDescriptor.MAGIC_OFFSET, TableDescriptor.MAGIC);
        memory.set(Words.INT_LAYOUT, TableDescriptor.FORMAT_OFFSET, TableDescriptor.FORMAT_VERSION);
        memory.set(Words.INT_LAYOUT, TableDescriptor.HEADER_BYTES_OFFSET, TableDescriptor.HEADER_BYTES);
        setLong(memory, TableDescriptor.UUID_HI_OFFSET, identity.uuidHi());
        setLong(memory, TableDescriptor.UUID_LO_OFFSET, identity.uuidLo());
        setLong(memory, TableDescriptor.MAX_ENTRIES_OFFSET, identity.maxEntries());
        setLong(memory, TableDescriptor.BUCKET_COUNT_OFFSET, TableDescriptor.bucketCount(identity.maxEntries()));
        setLong(memory, TableDescriptor.HASH_SEED_OFFSET, identity.hashSeed());
        memory.set(Words.INT_LAYOUT, TableDescriptor.NAMESPACE_COUNT_OFFSET, NamespaceDescriptor.RECORDS);
        memory.set(Words.INT_LAYOUT, TableDescriptor.CRC_OFFSET, crc(memory));
        return new TableHeader(memory, steps);
    }

    /**
     * The header that stands in {@code memory}.
     *
     * @throws HearthException.Incompatible if it has another format version
     * @throws HearthException.Corrupt      if it is damaged, of another store, or larger than the memory
     */
    static TableHeader attach(MemorySegment memory, long uuidHi, long uuidLo, Steps steps) {
        expect("size", 0, TableDescriptor.BUCKETS_OFFSET <= memory.byteSize(),
                TableDescriptor.BUCKETS_OFFSET + " bytes or more", memory.byteSize());
        expectLong(memory, "magic", TableDescriptor.MAGIC_OFFSET, TableDescriptor.MAGIC);
        int format = memory.get(Words.INT_LAYOUT, TableDescriptor.FORMAT_OFFSET);
        int crc = memory.get(Words.INT_LAYOUT, TableDescriptor.CRC_OFFSET);
        if (format != TableDescriptor.FORMAT_VERSION && format != 0 && crc == crc(memory)) {
            throw new HearthException.Incompatible(FILE, format, TableDescriptor.FORMAT_VERSION);
        }
        expect("format", TableDescriptor.FORMAT_OFFSET, format == TableDescriptor.FORMAT_VERSION,
                String.valueOf(TableDescriptor.FORMAT_VERSION), format);
        expect("checksum", TableDescriptor.CRC_OFFSET, crc == crc(memory), Integer.toHexString(crc(memory)), crc);
        expectLong(memory, "uuid", TableDescriptor.UUID_HI_OFFSET, uuidHi);
        expectLong(memory, "uuid", TableDescriptor.UUID_LO_OFFSET, uuidLo);
        long maxEntries = getLong(memory, TableDescriptor.MAX_ENTRIES_OFFSET);
        long buckets = getLong(memory, TableDescriptor.BUCKET_COUNT_OFFSET);
        expect("number of buckets", TableDescriptor.BUCKET_COUNT_OFFSET,
                maxEntries > 0 && maxEntries <= TableDescriptor.MAX_ENTRIES
                        && buckets == TableDescriptor.bucketCount(maxEntries)
                        && memory.byteSize() >= TableDescriptor.fileBytes(maxEntries),
                "what fits entries and size", buckets);
        return new TableHeader(memory, steps);
    }

    boolean isComplete() {
        return (long) LONG.getAcquire(memory, (long) TableDescriptor.COMPLETE_OFFSET) == TableDescriptor.COMPLETE_SEAL;
    }

    void markComplete() {
        LONG.setRelease(memory, (long) TableDescriptor.COMPLETE_OFFSET, TableDescriptor.COMPLETE_SEAL);
        steps.stored();
    }

    long maxEntries() {
        return getLong(memory, TableDescriptor.MAX_ENTRIES_OFFSET);
    }

    long bucketCount() {
        return getLong(memory, TableDescriptor.BUCKET_COUNT_OFFSET);
    }

    long hashSeed() {
        return getLong(memory, TableDescriptor.HASH_SEED_OFFSET);
    }

    long usedSlots() {
        return (long) LONG.getOpaque(memory, (long) TableDescriptor.USED_SLOTS_OFFSET);
    }

    void setUsedSlots(long slots) {
        LONG.setOpaque(memory, (long) TableDescriptor.USED_SLOTS_OFFSET, slots);
        steps.stored();
    }

    void addUsedSlots(int slots) {
        setUsedSlots(usedSlots() + slots);
    }

    /** Changes whenever an entry goes from one of its buckets to the other; odd while that happens. */
    long moves() {
        return (long) LONG.getAcquire(memory, (long) TableDescriptor.MOVES_OFFSET);
    }

    /** Says, before it happens, that a digest will have slots in both its buckets. */
    void beginMove(long digestHi, long digestLo) {
        setLong(memory, TableDescriptor.MOVING_DIGEST_OFFSET, digestHi);
        steps.stored();
        setLong(memory, TableDescriptor.MOVING_DIGEST_OFFSET + 8, digestLo);
        steps.stored();
        setMoves(moves() | 1);
    }

    long movingDigestHi() {
        return getLong(memory, TableDescriptor.MOVING_DIGEST_OFFSET);
    }

    long movingDigestLo() {
        return getLong(memory, TableDescriptor.MOVING_DIGEST_OFFSET + 8);
    }

    void endMove() {
        setMoves((moves() | 1) + 1);
    }

    private void setMoves(long moves) {
        LONG.setRelease(memory, (long) TableDescriptor.MOVES_OFFSET, moves);
        steps.stored();
    }

    int namespaceLimit() {
        long limit = (long) LONG.getAcquire(memory, (long) TableDescriptor.NAMESPACE_LIMIT_OFFSET);
        return (int) Math.max(0, Math.min(limit, NamespaceDescriptor.RECORDS));
    }

    void raiseNamespaceLimit(int limit) {
        if (limit > namespaceLimit()) {
            LONG.setRelease(memory, (long) TableDescriptor.NAMESPACE_LIMIT_OFFSET, (long) limit);
            steps.stored();
        }
    }

    private static void expectLong(MemorySegment memory, String what, int offset, long expected) {
        long actual = getLong(memory, offset);
        expect(what, offset, actual == expected, Long.toHexString(expected), actual);
    }

    private static void expect(String what, long offset, boolean holds, String expected, long actual) {
        if (!holds) {
            throw new HearthException.Corrupt("table header (" + what + ")", FILE, offset, expected,
                    Long.toHexString(actual));
        }
    }

    private static int crc(MemorySegment memory) {
        // The checksum routine must not meet a fault of the mapping.
        byte[] copy = memory.asSlice(0, TableDescriptor.CRC_OFFSET).toArray(ValueLayout.JAVA_BYTE);
        CRC32C crc = new CRC32C();
        crc.update(copy);
        return (int) crc.getValue();
    }

    private static long getLong(MemorySegment memory, int offset) {
        return memory.get(Words.LONG_LAYOUT, offset);
    }

    private static void setLong(MemorySegment memory, int offset, long value) {
        memory.set(Words.LONG_LAYOUT, offset, value);
    }
}
