package dev.hearth.store.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A table of a few buckets, so small that all of it can be copied after every store, and so full that entries move. */
final class TinyTable {
    static final int NAMESPACES = 3;
    private static final long RECORDS_AT = TableDescriptor.HEADER_BYTES;
    private static final long BUCKETS_AT = RECORDS_AT + NAMESPACES * NamespaceDescriptor.RECORD_BYTES;
    private static final TableIdentity IDENTITY = new TableIdentity(TableFixture.UUID_HI, TableFixture.UUID_LO, 1, 0);

    /** Header, three namespace records, buckets. */
    final MemorySegment memory;
    final MemorySegment appliedWord;
    final LookupTable table;

    TinyTable(Arena arena, int buckets, Steps steps) {
        memory = arena.allocate(BUCKETS_AT + (long) buckets * TableDescriptor.BUCKET_BYTES, 64);
        appliedWord = arena.allocate(8, 8);
        AppliedWord lastApplied = new AppliedWord(appliedWord);
        TableHeader header = TableHeader.format(memory, IDENTITY, steps);
        MemorySegment records = memory.asSlice(RECORDS_AT, BUCKETS_AT - RECORDS_AT);
        NamespaceTable namespaces = new NamespaceTable(records, header, lastApplied, steps);
        table = new LookupTable(header, namespaces,
                new Buckets(memory.asSlice(BUCKETS_AT), TableFixture.SEED, steps), lastApplied);
    }

    void copyFrom(TinyTable other) {
        memory.copyFrom(other.memory);
        setApplied(other.applied());
    }

    long applied() {
        return (long) Words.LONG.getAcquire(appliedWord, 0L);
    }

    void setApplied(long version) {
        Words.LONG.setRelease(appliedWord, 0L, version);
    }
}
