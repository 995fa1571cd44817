package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.table.DirectReader;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Finds entries the short way, and where their values start: what was found before in the lookaside, else in the table.
 * For threads that keep everything mapped meanwhile.
 */
final class CheckedFinds {
    /** Nothing was copied. */
    static final long NOTHING = -2;
    private final DirectReader table;
    private final ValuePages pages;
    private final Reads.Generations generations;

    private CheckedFinds(DirectReader table, ReadParts parts) {
        this.table = table;
        this.pages = parts.pages();
        this.generations = parts.generations();
    }

    /** Those in the table of {@code parts}; null if it cannot be read at bare addresses. */
    static @Nullable CheckedFinds of(ReadParts parts, Lookaside lookaside) {
        DirectReader table = parts.lookups().table().direct(lookaside);
        return table == null ? null : new CheckedFinds(table, parts);
    }

    /**
     * Fills {@code entry} and returns where its value starts in the data file, or if it is not contiguous 0 or what
     * {@link #place} understands; {@link Lookaside#ABSENT} means nothing, also of a contiguous value that was not
     * checked yet.
     */
    long find(NamespaceInfo namespace, KeyDigester.Digest digest, TableEntry entry) {
        long start = recall(namespace, digest, entry);
        return start == Lookaside.ABSENT ? findInTable(namespace, digest, entry) : start;
    }

    /** The same of what was found before. */
    long recall(NamespaceInfo namespace, KeyDigester.Digest digest, TableEntry entry) {
        return table.recall(digest.hi(), digest.lo(), namespace.number(), namespace.version(), entry);
    }

    /** The same of what is in the table. */
    long findInTable(NamespaceInfo namespace, KeyDigester.Digest digest, TableEntry entry) {
        if (!table.find(digest.hi(), digest.lo(), namespace.number(), namespace.version(), entry)
                || (entry.isContiguous() && !pages.isChecked(entry))) {
            return Lookaside.ABSENT;
        }
        long start = entry.isContiguous() ? pages.start(entry) : 0;
        table.remember(entry, start);
        return start;
    }

    /** Notes in which frame the only page of a value is, whose entry was found just now. */
    void noteFrame(TableEntry entry, long place) {
        table.remember(entry, Lookaside.note(place));
    }

    /** In which frame the value may be, going by what was recalled; -1 if that does not say so. */
    static long place(long recalled) {
        return recalled < Lookaside.ABSENT ? Lookaside.noted(recalled) : -1;
    }

    /**
     * Copies bytes of a value that is found, and is still there behind that, and returns how many; else
     * {@link #NOTHING}, also of a value that is not contiguous.
     */
    long copy(NamespaceInfo namespace, KeyDigester.Digest digest, TableEntry entry, long offsetBytes,
            MemorySegment target) {
        long start = find(namespace, digest, entry);
        if (start <= 0) {
            return NOTHING;
        }
        long from = Math.min(offsetBytes, entry.logicalBytes());
        long count = Math.min(entry.logicalBytes() - from, target.byteSize());
        try {
            pages.copyMapped(start + from, target, count);
        } catch (HearthException.Corrupt e) {
            return NOTHING; // What it means is said on the long way.
        }
        return generations.isStillCurrent(entry.segment(), entry.generation()) ? count : NOTHING;
    }
}
