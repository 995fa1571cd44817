package dev.hearth.store.index;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** One pass over the entries of an index: checks each, hands it on, and sums up what it saw. */
final class IndexScan implements SegmentReader.EntrySink {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private final IndexState state;
    private final Consumer<EntryDescriptor> consumer;
    private long entries;
    private long damaged;
    private long sum;
    /** Hashes of the entries whose changes are pending, in their order; 0 for those that were not met. */
    private final long[] pendingFound;

    IndexScan(IndexState state, Consumer<EntryDescriptor> consumer) {
        this.state = state;
        this.consumer = consumer;
        this.pendingFound = new long[state.pending().size()];
    }

    @Override
    public void accept(MemorySegment memory, long keyOffset, long descriptorOffset) {
        long hi = memory.get(LONG, keyOffset);
        long lo = memory.get(LONG, keyOffset + Long.BYTES);
        if (!EntryLayout.isValid(memory, descriptorOffset)) {
            damaged++;
            return;
        }
        EntryDescriptor entry = EntryLayout.read(memory, descriptorOffset);
        if (entry.digestHi() != hi || entry.digestLo() != lo) {
            damaged++;
            return;
        }
        long hash = EntryHash.of(memory, descriptorOffset);
        for (int change = 0; change < pendingFound.length; change++) {
            if (state.pending().get(change).isOf(hi, lo)) {
                pendingFound[change] = hash;
            }
        }
        entries++;
        sum += hash;
        consumer.accept(entry);
    }

    PersistentIndex.Scan result() {
        IndexState settled = state.settled(change -> pendingFound[state.pending().indexOf(change)]);
        boolean complete = damaged == 0 && entries == settled.entries() && sum == settled.sum();
        return new PersistentIndex.Scan(entries, damaged, complete);
    }
}
