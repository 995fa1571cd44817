package dev.hearth.store.table;

import dev.hearth.store.Kind;
import java.util.Arrays;

/**
 * Entries and bytes by kind: a value that is copied out of the table, for one namespace or for all. The manifest of a
 * group is no entry and has no value; what it takes in the store counts.
 */
public final class Totals {
    static final int ENTRIES = 0;
    static final int LOGICAL_BYTES = 2;
    static final int STORED_BYTES = 4;

    final long[] words;

    Totals() {
        this(new long[NamespaceDescriptor.TOTALS_WORDS]);
    }

    private Totals(long[] words) {
        this.words = words;
    }

    /** Number of entries of this kind. */
    public long entries(Kind kind) {
        return words[ENTRIES + column(kind)];
    }

    /** Bytes of the values of this kind. */
    public long logicalBytes(Kind kind) {
        return words[LOGICAL_BYTES + column(kind)];
    }

    /** Bytes that the entries of this kind take in the store. */
    public long storedBytes(Kind kind) {
        return words[STORED_BYTES + column(kind)];
    }

    /** Number of entries of both kinds. */
    public long entries() {
        return words[ENTRIES] + words[ENTRIES + 1];
    }

    /** Bytes of all values. */
    public long logicalBytes() {
        return words[LOGICAL_BYTES] + words[LOGICAL_BYTES + 1];
    }

    /** Bytes that all entries take in the store. */
    public long storedBytes() {
        return words[STORED_BYTES] + words[STORED_BYTES + 1];
    }

    void add(TableEntry entry) {
        int column = column(entry.kind());
        if (!entry.isManifest()) {
            words[ENTRIES + column]++;
            words[LOGICAL_BYTES + column] += entry.logicalBytes();
        }
        words[STORED_BYTES + column] += entry.extentBytes();
    }

    static int column(Kind kind) {
        return kind == Kind.PARAMETER ? 0 : 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Totals totals && Arrays.equals(words, totals.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return "Totals[entries=" + entries() + " logicalBytes=" + logicalBytes() + " storedBytes=" + storedBytes()
                + ']';
    }
}
