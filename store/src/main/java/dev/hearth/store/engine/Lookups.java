package dev.hearth.store.engine;

import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;

/** From a key to the entry the lookup table has of it. Any thread; takes no lock, allocates nothing. */
final class Lookups {
    private final LookupTable table;
    private final KeyDigester digester;

    Lookups(LookupTable table, KeyDigester digester) {
        this.table = table;
        this.digester = digester;
    }

    /** Fills {@code entry} with the visible entry of a key and returns true, or returns false if there is none. */
    boolean find(NamespaceInfo namespace, MemorySegment key, KeyDigester.Digest digest, TableEntry entry) {
        digester.digest(namespace.number(), key, digest);
        return find(namespace, digest, entry);
    }

    /** Sets {@code out} to the digest of a key. */
    void digest(NamespaceInfo namespace, MemorySegment key, KeyDigester.Digest out) {
        digester.digest(namespace.number(), key, out);
    }

    /** The same for a key of two words. */
    void digest(NamespaceInfo namespace, long first, long second, KeyDigester.Digest out) {
        digester.digest(namespace.number(), first, second, out);
    }

    /** Sets {@code out} to the digest of the name of a group. */
    void digestOfGroup(NamespaceInfo namespace, MemorySegment name, KeyDigester.Digest out) {
        digester.digestOfGroup(namespace.number(), name, out);
    }

    /** The same for a digest that is known. */
    boolean find(NamespaceInfo namespace, KeyDigester.Digest digest, TableEntry entry) {
        // The namespace is looked at last: the number may have been given to another one, whose entry was found.
        return table.find(digest.hi(), digest.lo(), entry) && entry.namespace() == namespace.number()
                && table.namespaces().isStill(namespace.number(), namespace.version());
    }

    LookupTable table() {
        return table;
    }
}
