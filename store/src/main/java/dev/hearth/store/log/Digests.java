package dev.hearth.store.log;

import dev.hearth.store.entry.EntryDescriptor;

/** The order of entries in a checkpoint: by digest, as an unsigned number of 128 bits. */
final class Digests {
    private Digests() {}

    static int compare(EntryDescriptor a, EntryDescriptor b) {
        return compare(a.digestHi(), a.digestLo(), b.digestHi(), b.digestLo());
    }

    static int compare(long hiA, long loA, long hiB, long loB) {
        return hiA != hiB ? Long.compareUnsigned(hiA, hiB) : Long.compareUnsigned(loA, loB);
    }
}
