package dev.hearth.store.table;

import org.jspecify.annotations.Nullable;

/**
 * Counts a whole table anew and clears away what a dead writer left in it: for the holder of the writer lock.
 *
 * <p>
 * One pass over the buckets in their order. What a bucket does not show by itself, the twin of a slot that was being
 * moved, is named in the header.
 */
final class TableCounter {
    private final Buckets buckets;
    private final NamespaceTable namespaces;
    private final TableHeader header;
    private final TableWriter writer;
    private final @Nullable Totals[] totals;
    private final TableEntry entry = new TableEntry();
    private long usedSlots;
    private long damagedSlots;

    TableCounter(Buckets buckets, NamespaceTable namespaces, TableHeader header, TableWriter writer) {
        this.buckets = buckets;
        this.namespaces = namespaces;
        this.header = header;
        this.writer = writer;
        this.totals = new Totals[namespaces.capacity()];
    }

    /** Counts, stores the counts, and returns how many damaged slots were taken out. */
    long recount() {
        writer.finishMove();
        for (long index = 0; index < buckets.count(); index++) {
            long bucket = buckets.at(index);
            damagedSlots += writer.clean(bucket);
            count(bucket);
        }
        header.setUsedSlots(usedSlots);
        for (int number = 0; number < totals.length; number++) {
            Totals counted = totals[number];
            if (counted != null || number < header.namespaceLimit()) {
                namespaces.setTotals(number, counted == null ? new Totals() : counted);
            }
        }
        return damagedSlots;
    }

    private void count(long bucket) {
        for (int mask = Buckets.published(buckets.control(bucket)); mask != 0; mask &= mask - 1) {
            usedSlots++;
            buckets.copy(bucket, Integer.numberOfTrailingZeros(mask), entry);
            if (!entry.isTombstone() && !namespaces.isEnded(entry.namespace(), entry.version)) {
                Totals counted = totals[entry.namespace()];
                if (counted == null) {
                    counted = new Totals();
                    totals[entry.namespace()] = counted;
                }
                counted.add(entry);
            }
        }
    }
}
