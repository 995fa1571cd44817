package dev.hearth.store.table;

import dev.hearth.store.entry.EntryLayout;
import java.lang.foreign.MemorySegment;

/**
 * Puts entries into a table that nobody else knows yet, many at a time: what a checkpoint has, into an empty table.
 *
 * <p>
 * All digests are different, and the table has none of them. So nothing is superseded, and nobody's other bucket has to
 * be looked at: an entry goes into the first of its two buckets, into the second if that is full, and only if both are
 * does {@link TableWriter} make room as it does for every commit. Slots are written and published as it does too.
 *
 * <p>
 * Nearly all of the time is spent waiting for memory, because digests lead anywhere. So the control words of a whole
 * batch are loaded first, one load not depending on another: the processor waits for many of them at once, and the
 * second pass, which depends on each, finds them near.
 *
 * <p>
 * One thread. What was given is in the table after {@link #finish}; without it some is not, and nothing is counted.
 */
public final class TableFiller implements EntryLayout.Sink {
    private static final int BATCH = 64;

    private final Buckets buckets;
    private final NamespaceTable namespaces;
    private final TableHeader header;
    private final TableWriter writer;
    private final TableEntry[] batch = new TableEntry[BATCH];
    private int waiting;
    /** What the first pass read: kept, so that the compiler does not leave the reading out. */
    @SuppressWarnings("UnusedVariable")
    private long seen;

    TableFiller(Buckets buckets, NamespaceTable namespaces, TableHeader header, TableWriter writer) {
        this.buckets = buckets;
        this.namespaces = namespaces;
        this.header = header;
        this.writer = writer;
        for (int i = 0; i < BATCH; i++) {
            batch[i] = new TableEntry();
        }
    }

    /**
     * Takes over an entry that was checked.
     *
     * @throws IllegalArgumentException                 if it is none that a table may have
     * @throws dev.hearth.store.HearthException.Full if there is no room for one that was given
     */
    @Override
    public void accept(MemorySegment memory, long offset) {
        TableEntry next = batch[waiting].from(memory, offset);
        if (!next.isSound()) {
            throw new IllegalArgumentException("entry=" + next);
        }
        namespaces.checkNumber(next.namespace());
        waiting++;
        if (waiting == BATCH) {
            flush();
        }
    }

    /** Puts what is still waiting into the table. More can be added afterwards. */
    public void finish() {
        flush();
    }

    private void flush() {
        long controls = 0;
        for (int i = 0; i < waiting; i++) {
            controls ^= buckets.control(buckets.home(batch[i].digestHi));
        }
        seen = controls;
        for (int i = 0; i < waiting; i++) {
            insert(batch[i]);
        }
        waiting = 0;
    }

    private void insert(TableEntry entry) {
        long bucket = buckets.home(entry.digestHi);
        if (isFull(bucket)) {
            bucket = buckets.alternate(entry.digestHi, entry.digestLo);
            if (isFull(bucket)) {
                writer.insert(entry);
                return;
            }
        }
        long control = buckets.control(bucket);
        int published = Buckets.published(control);
        int slot = Integer.numberOfTrailingZeros(~published);
        buckets.fill(bucket, slot, entry);
        buckets.publish(bucket, published | (1 << slot), Buckets.newerElsewhere(control));
        header.addUsedSlots(1);
        if (!namespaces.isEnded(entry.namespace(), entry.version)) {
            namespaces.count(entry, 1);
        }
    }

    private boolean isFull(long bucket) {
        return Buckets.published(buckets.control(bucket)) == TableDescriptor.PUBLISHED_MASK;
    }
}
