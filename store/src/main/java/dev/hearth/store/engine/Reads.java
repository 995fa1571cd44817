package dev.hearth.store.engine;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;

import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Storage;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.NamespaceRecord;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lookups and reads: from digest to table entry to checked bytes. Any thread; takes no lock and waits for nobody.
 *
 * <p>
 * In doubt it is a miss: a damaged activation is absent, a damaged parameter is {@code HearthException.Corrupt}. After
 * bytes were copied the generation of their segment is read again; if it moved, the lookup starts anew, and the same
 * place twice is a miss.
 */
final class Reads {
    private static final int MAX_ATTEMPTS = 8;
    private final LookupTable table;
    private final KeyDigester digester;
    private final ReadContext.Pool contexts;
    private final Generations generations;
    private final Events events;
    private final LongSupplier clockMs;
    private final long segmentBytes;

    /** Says which generation of a segment is there. */
    interface Generations {
        /** Whether a segment still is in this generation, so that what was written in it is there. */
        boolean isCurrent(int segment, long generation);
    }

    Reads(LookupTable table, KeyDigester digester, ReadContext.Pool contexts, Generations generations, Events events,
            LongSupplier clockMs, long segmentBytes) {
        this.table = table;
        this.digester = digester;
        this.contexts = contexts;
        this.generations = generations;
        this.events = events;
        this.clockMs = clockMs;
        this.segmentBytes = segmentBytes;
    }

    /** What is done with an entry whose header was read and checked. */
    private interface Use<T> {
        T apply(ReadContext context, EntryHeader header);
    }

    long read(NamespaceInfo namespace, MemorySegment key, long offsetBytes, MemorySegment target) {
        Long count = use(namespace, key, (context, header) -> context.reader.read(offsetBytes, target));
        events.add(count == null ? Counter.MISSES : Counter.HITS, 1);
        if (count == null) {
            return Namespace.ABSENT;
        }
        events.add(Counter.BYTES_READ, count);
        return count;
    }

    boolean contains(NamespaceInfo namespace, MemorySegment key) {
        ReadContext context = contexts.take();
        boolean mayHaveExpired;
        try {
            if (!locate(namespace, key, context)) {
                return false;
            }
            mayHaveExpired = context.entry.hasExpiry();
        } finally {
            contexts.give(context);
        }
        // Only the entry header knows when.
        return !mayHaveExpired || use(namespace, key, (used, header) -> header) != null;
    }

    Optional<EntryInfo> find(NamespaceInfo namespace, MemorySegment key) {
        String display = namespace.fingerprint().display();
        return Optional.ofNullable(use(namespace, key, (context, header) -> info(display, context, header)));
    }

    private boolean locate(NamespaceInfo namespace, MemorySegment key, ReadContext context) {
        digester.digest(namespace.number(), key, context.digest);
        // Looked at last: the number may have been given to another namespace, whose entry was found.
        return table.find(context.digest.hi(), context.digest.lo(), context.entry)
                && context.entry.namespace() == namespace.number()
                && table.namespaces().isStill(namespace.number(), namespace.version());
    }

    private <T> @Nullable T use(NamespaceInfo namespace, MemorySegment key, Use<T> use) {
        ReadContext context = contexts.take();
        try {
            long lastVersion = 0;
            for (int attempt = 0; attempt < MAX_ATTEMPTS && locate(namespace, key, context); attempt++) {
                if (isCurrent(context.entry)) {
                    T result = useOnce(context, use);
                    if (isCurrent(context.entry)) {
                        return result;
                    }
                }
                if (context.entry.version() == lastVersion) {
                    return null;
                }
                lastVersion = context.entry.version();
            }
            return null;
        } finally {
            contexts.give(context);
        }
    }

    private boolean isCurrent(TableEntry entry) {
        return generations.isCurrent(entry.segment(), entry.generation());
    }

    private <T> @Nullable T useOnce(ReadContext context, Use<T> use) {
        try {
            EntryHeader header = context.reader.open(context.place());
            if (header.expiresAtMs() != 0 && header.expiresAtMs() <= clockMs.getAsLong()) {
                return null;
            }
            T result = use.apply(context, header);
            countPages(context, header);
            return result;
        } catch (HearthException.Corrupt e) {
            countPages(context, null);
            if (!isCurrent(context.entry)) {
                return null;
            }
            events.add(Counter.DAMAGE, 1);
            events.report(e);
            if (context.entry.kind() == Kind.PARAMETER) {
                throw e;
            }
            return null;
        }
    }

    private void countPages(ReadContext context, @Nullable EntryHeader header) {
        long pages = context.reader.takePagesRead();
        if (pages > 0) {
            events.add(Counter.PAGES_READ, pages);
            if (header != null && header.storage() == Storage.COMPACT) {
                events.add(Counter.PAGES_DECODED, pages);
            }
        }
    }

    /** The visible entries, of one namespace or of all. */
    Stream<EntryInfo> entries(@Nullable NamespaceInfo only, CallGate gate) {
        Stream.Builder<TableEntry> found = Stream.builder();
        table.forEach(entry -> {
            if (only == null || (entry.namespace() == only.number()
                    && table.namespaces().isStill(only.number(), only.version()))) {
                found.add(new TableEntry().from(entry));
            }
        });
        Map<Integer, String> names = new HashMap<>();
        for (NamespaceRecord record : table.namespaces().list()) {
            names.put(record.number(), Namespaces.info(record).fingerprint().display());
        }
        return found.build().map(entry -> describe(entry, names, gate)).filter(Objects::nonNull);
    }

    /** The stream is consumed by the caller, so each of its steps is a call of its own. */
    private @Nullable EntryInfo describe(TableEntry entry, Map<Integer, String> names, CallGate gate) {
        int stripe = gate.enter();
        ReadContext context = contexts.take();
        try {
            context.entry.from(entry);
            String name = names.getOrDefault(entry.namespace(), "#" + entry.namespace());
            return useOnce(context, (used, header) -> info(name, used, header));
        } finally {
            contexts.give(context);
            gate.leave(stripe);
        }
    }

    private EntryInfo info(String namespace, ReadContext context, EntryHeader header) {
        TableEntry entry = context.entry;
        return new EntryInfo(namespace, header.key(), header.kind(), header.storage(), header.spec(),
                header.logicalBytes(), entry.extentBytes(), header.pageCount(), context.reader.codecs(),
                entry.version(), header.expiresAtMs(), header.attributes(), new EntryInfo.Location(entry.segment(),
                        entry.generation(), entry.segment() * segmentBytes + entry.offsetBytes()));
    }
}
