package dev.hearth.store.engine;

import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTransaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All transactions that a store ever saw, over all its power cuts, and what it should hold after each. One thread.
 */
final class PowerCutHistory {
    /** What is alive now. */
    private final List<LogTransaction> alive = new ArrayList<>();
    private final Set<Long> everIssued = new HashSet<>();
    /** Segment and generation of everything that was ever put or moved, and later lost. */
    private final Set<List<Long>> lostPlaces = new HashSet<>();

    /** An entry as the log describes it, and its key. */
    @SuppressWarnings("ArrayRecordComponent") // nobody writes it
    record Entry(EntryDescriptor descriptor, byte[] key) {}

    /** A digest. */
    record Digest(long hi, long lo) {}

    PowerCutHistory() {}

    private PowerCutHistory(PowerCutHistory other) {
        alive.addAll(other.alive);
        everIssued.addAll(other.everIssued);
        lostPlaces.addAll(other.lostPlaces);
    }

    PowerCutHistory copy() {
        return new PowerCutHistory(this);
    }

    /** Adds what may be there or not, and was never seen by anybody: the boot that wrote it did not get so far. */
    void addUnseen(List<LogTransaction> transactions) {
        alive.addAll(transactions);
    }

    /** Adds what a run committed. Whatever is wrong with its numbers is returned; empty if nothing is. */
    String add(List<LogTransaction> transactions) {
        Set<List<Long>> living = places(alive);
        for (LogTransaction transaction : transactions) {
            if (!everIssued.add(transaction.version())) {
                return "version issued twice: " + Long.toHexString(transaction.version());
            }
            for (List<Long> place : places(List.of(transaction))) {
                if (lostPlaces.contains(place) && !living.contains(place)) {
                    return "generation issued twice: segment=" + place.getFirst() + " generation="
                            + Long.toHexString(place.getLast());
                }
            }
            alive.add(transaction);
        }
        return "";
    }

    private static Set<List<Long>> places(List<LogTransaction> transactions) {
        Set<List<Long>> places = new HashSet<>();
        for (LogTransaction transaction : transactions) {
            for (LogOperation operation : transaction.operations()) {
                EntryDescriptor entry = switch (operation) {
                    case LogOperation.Put put -> put.entry();
                    case LogOperation.Relocate relocate -> relocate.entry();
                    default -> null;
                };
                if (entry != null) {
                    places.add(List.of((long) entry.segment(), entry.generation()));
                }
            }
        }
        return places;
    }

    /** Whether {@code version} is 0 or that of a transaction. */
    boolean has(long version) {
        return version == 0 || alive.stream().anyMatch(transaction -> transaction.version() == version);
    }

    /** Forgets what came behind {@code version}: a power cut took it. */
    void loseBehind(long version) {
        List<LogTransaction> lost = alive.stream()
                .filter(transaction -> Long.compareUnsigned(transaction.version(), version) > 0).toList();
        alive.removeAll(lost);
        lostPlaces.addAll(places(lost));
        lostPlaces.removeAll(places(alive));
    }

    /** What there is after the transaction of this version. */
    Map<Digest, Entry> stateAt(long version) {
        Map<Digest, Entry> entries = new HashMap<>();
        for (LogTransaction transaction : alive) {
            if (Long.compareUnsigned(transaction.version(), version) > 0) {
                break;
            }
            for (LogOperation operation : transaction.operations()) {
                apply(entries, transaction.version(), operation);
            }
        }
        return entries;
    }

    private static void apply(Map<Digest, Entry> entries, long version, LogOperation operation) {
        switch (operation) {
            case LogOperation.Put put -> entries.put(new Digest(put.entry().digestHi(), put.entry().digestLo()),
                    new Entry(put.entry(), put.key().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)));
            case LogOperation.Remove remove -> entries.remove(new Digest(remove.digestHi(), remove.digestLo()));
            case LogOperation.Evict evict -> entries.remove(new Digest(evict.digestHi(), evict.digestLo()));
            case LogOperation.EndNamespace end -> entries.values().removeIf(entry -> entry.descriptor()
                    .namespace() == end.number()
                    && Long.compareUnsigned(entry.descriptor().version(), version) <= 0);
            case LogOperation.ReleaseSegment release -> entries.values().removeIf(entry -> entry.descriptor()
                    .segment() == release.segment() && entry.descriptor().generation() == release.generation());
            case LogOperation.Relocate relocate -> {
                EntryDescriptor moved = relocate.entry();
                Digest digest = new Digest(moved.digestHi(), moved.digestLo());
                Entry entry = entries.get(digest);
                if (entry != null && entry.descriptor().version() == moved.version()) {
                    entries.put(digest, new Entry(moved, entry.key()));
                }
            }
            default -> {
            }
        }
    }
}
