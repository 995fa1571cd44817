package dev.hearth.store.engine;

import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.table.DirectReader;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.TableEntry;
import org.jspecify.annotations.Nullable;

/**
 * Finds entries the short way, and where their values start: what was found before in the lookaside, else in the table.
 * For threads that keep everything mapped meanwhile.
 */
final class CheckedFinds {
    private final DirectReader table;
    private final ValuePages pages;

    private CheckedFinds(DirectReader table, ValuePages pages) {
        this.table = table;
        this.pages = pages;
    }

    /** Those in the table of {@code parts}; null if it cannot be read at bare addresses. */
    static @Nullable CheckedFinds of(ReadParts parts, Lookaside lookaside) {
        DirectReader table = parts.lookups().table().direct(lookaside);
        return table == null ? null : new CheckedFinds(table, parts.pages());
    }

    /**
     * Fills {@code entry} and returns where its value starts in the data file, or 0 if it is not contiguous;
     * {@link Lookaside#ABSENT} means nothing, also of a contiguous value that was not checked yet.
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
}
