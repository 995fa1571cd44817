package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTransaction;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What a piece of the log did to entries: where each of those it speaks of is in the end. One thread. */
final class LoggedChanges {
    private final Map<Digest, Optional<EntryDescriptor>> changed = new HashMap<>();
    private final Map<Integer, Long> ended = new HashMap<>();
    /** Versions that defined namespaces, by number; 0 for one that ended. */
    private final Map<Integer, Long> defined = new HashMap<>();
    private long transactions;

    /** What an entry is found by. */
    record Digest(long hi, long lo) {
        static Digest of(EntryDescriptor entry) {
            return new Digest(entry.digestHi(), entry.digestLo());
        }
    }

    /** Hears of the next transaction. */
    void visit(LogTransaction transaction) {
        transactions++;
        for (LogOperation operation : transaction.operations()) {
            switch (operation) {
                case LogOperation.Put put ->
                        changed.put(Digest.of(put.entry()),
                                Optional.of(put.entry().withVersion(transaction.version())));
                case LogOperation.Relocate relocate -> relocated(relocate.entry());
                case LogOperation.Remove remove ->
                        changed.put(new Digest(remove.digestHi(), remove.digestLo()), Optional.empty());
                case LogOperation.Evict evict ->
                        changed.put(new Digest(evict.digestHi(), evict.digestLo()), Optional.empty());
                case LogOperation.DefineNamespace define -> defined.put(define.number(), transaction.version());
                case LogOperation.EndNamespace end -> {
                    ended.put(end.number(), transaction.version());
                    defined.put(end.number(), 0L);
                }
                default -> {
                }
            }
        }
    }

    private void relocated(EntryDescriptor moved) {
        Optional<EntryDescriptor> there = changed.get(Digest.of(moved));
        if (there == null || (there.isPresent() && there.get().version() == moved.version())) {
            changed.put(Digest.of(moved), Optional.of(moved));
        }
    }

    /** Whether anything was done to this entry, or to its namespace as a whole. */
    boolean concerns(EntryDescriptor entry) {
        return changed.containsKey(Digest.of(entry)) || hasEnded(entry);
    }

    /** Whether an entry that was put or moved was not replaced, moved or removed again. */
    boolean isStill(EntryDescriptor entry) {
        Optional<EntryDescriptor> last = changed.get(Digest.of(entry));
        return last != null && !hasEnded(entry) && last.filter(there -> there.version() == entry.version()
                && there.segment() == entry.segment() && there.generation() == entry.generation()
                && there.offsetUnits() == entry.offsetUnits()).isPresent();
    }

    /** Whether the namespace of an entry ended after it was put. */
    boolean hasEnded(EntryDescriptor entry) {
        return Long.compareUnsigned(ended.getOrDefault(entry.namespace(), 0L), entry.version()) >= 0;
    }

    /** Whether a namespace of this number was defined or ended. */
    boolean concernsNamespace(int number) {
        return defined.containsKey(number);
    }

    /** Brings a map of the namespaces there are, numbers to the versions that defined them, up to date. */
    void applyTo(Map<Integer, Long> namespaces) {
        defined.forEach((number, version) -> {
            if (version == 0) {
                namespaces.remove(number);
            } else {
                namespaces.put(number, version);
            }
        });
    }

    /** Hands over every entry that was put or moved and is still there. */
    void forEachPresent(Consumer<EntryDescriptor> visitor) {
        changed.values().forEach(entry -> entry.filter(there -> !hasEnded(there)).ifPresent(visitor));
    }

    /** How many transactions were heard of. */
    long transactions() {
        return transactions;
    }
}
