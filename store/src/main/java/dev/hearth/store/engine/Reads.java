package dev.hearth.store.engine;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.HearthException;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.segment.EntryHeader;
import dev.hearth.store.table.Lookaside;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.NamespaceRecord;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
    /** What a use has come to if the entry was not there, or not there any more. */
    private static final long MOVED = -2;
    private final Lookups lookups;
    private final ReadContext.Pool contexts;
    private final ValuePages pages;
    private final Generations generations;
    private final References references;
    private final Events events;
    private final Damage damage;
    private final @Nullable CheckedFinds direct;
    private final @Nullable DirectReads shortWay;
    private final long segmentBytes;

    /** Says which generation of a segment is there. */
    interface Generations {
        /** Whether a segment still is in this generation, so that what was written in it is there. */
        boolean isCurrent(int segment, long generation);

        /** The same, asked after what was written in it was read. */
        default boolean isStillCurrent(int segment, long generation) {
            // A load that asks for an order has what follows it wait, not itself for plain loads in front of it.
            VarHandle.loadLoadFence();
            return isCurrent(segment, generation);
        }
    }

    /**
     * Reads of an attachment.
     *
     * @param lookaside what was found before; null if memory is not to be read at bare addresses. Only calls that are
     *                      through before memory is unmapped may be made then, but for {@link #readShort}
     * @param holds     those of this attachment; null if it has none
     */
    Reads(ReadParts parts, long segmentBytes, @Nullable Lookaside lookaside, @Nullable Holds holds) {
        this.lookups = parts.lookups();
        this.contexts = parts.contexts();
        this.pages = parts.pages();
        this.generations = parts.generations();
        this.references = parts.references();
        this.events = parts.events();
        this.damage = parts.damage();
        this.direct = lookaside == null ? null : CheckedFinds.of(parts, lookaside);
        this.shortWay = direct == null || holds == null || !holds.isDirect()
                ? null
                : new DirectReads(parts, holds, direct);
        this.segmentBytes = segmentBytes;
    }

    /** What can be done with an entry that was found. */
    private enum Use {
        COPY, LOOK, DESCRIBE
    }

    /**
     * Copies bytes of a value if there is a short way to them, else returns {@link CheckedFinds#NOTHING}. The caller
     * need not see to it that memory stays mapped.
     */
    long readShort(NamespaceInfo namespace, MemorySegment key, long offsetBytes, MemorySegment target) {
        DirectReads way = shortWay;
        return way == null ? CheckedFinds.NOTHING : way.read(namespace, key, offsetBytes, target);
    }

    /** Copies bytes of a value; {@link Namespace#ABSENT} if there is none. */
    long read(NamespaceInfo namespace, MemorySegment key, long offsetBytes, MemorySegment target) {
        ReadContext context = contexts.take();
        try {
            lookups.digest(namespace, key, context.digest);
            CheckedFinds finds = direct;
            long count = finds == null
                    ? CheckedFinds.NOTHING
                    : finds.copy(namespace, context.digest, context.entry, offsetBytes, target);
            if (count < 0) {
                count = use(namespace, context, Use.COPY, offsetBytes, target);
            }
            if (count < 0) {
                events.add(Counter.MISSES, 1);
                return Namespace.ABSENT;
            }
            references.touch(context.entry.segment(), context.entry.offsetUnits());
            events.add(Counter.HITS, 1);
            events.add(Counter.BYTES_READ, count);
            return count;
        } finally {
            contexts.give(context);
        }
    }

    boolean contains(NamespaceInfo namespace, MemorySegment key) {
        ReadContext context = contexts.take();
        try {
            lookups.digest(namespace, key, context.digest);
            return use(namespace, context, Use.LOOK, 0, MemorySegment.NULL) >= 0;
        } finally {
            contexts.give(context);
        }
    }

    /** Notes that an entry was used; false if there is none. */
    boolean touch(NamespaceInfo namespace, MemorySegment key) {
        ReadContext context = contexts.take();
        try {
            lookups.digest(namespace, key, context.digest);
            if (use(namespace, context, Use.LOOK, 0, MemorySegment.NULL) < 0) {
                return false;
            }
            references.touch(context.entry.segment(), context.entry.offsetUnits());
            return true;
        } finally {
            contexts.give(context);
        }
    }

    Optional<EntryInfo> find(NamespaceInfo namespace, MemorySegment key) {
        ReadContext context = contexts.take();
        try {
            context.info = null;
            context.namespace = namespace.fingerprint().display();
            lookups.digest(namespace, key, context.digest);
            long _ = use(namespace, context, Use.DESCRIBE, 0, MemorySegment.NULL);
            return Optional.ofNullable(context.info);
        } finally {
            contexts.give(context);
        }
    }

    /** Finds an entry and uses it until it was where it was found throughout; what came of it, negative if absent. */
    private long use(NamespaceInfo namespace, ReadContext context, Use use, long offsetBytes, MemorySegment target) {
        TableEntry entry = context.entry;
        boolean found = lookups.find(namespace, context.digest, entry);
        int segment = -1;
        int offsetUnits = 0;
        long generation = 0;
        for (int attempt = 0; found && attempt < MAX_ATTEMPTS; attempt++) {
            if (attempt > 0 && entry.segment() == segment && entry.offsetUnits() == offsetUnits
                    && entry.generation() == generation) {
                return Namespace.ABSENT;
            }
            long result = useHere(context, use, offsetBytes, target);
            if (result != MOVED) {
                return result;
            }
            segment = entry.segment();
            offsetUnits = entry.offsetUnits();
            generation = entry.generation();
            found = lookups.find(namespace, context.digest, entry);
        }
        return Namespace.ABSENT;
    }

    private boolean isCurrent(TableEntry entry) {
        return generations.isStillCurrent(entry.segment(), entry.generation());
    }

    private long useHere(ReadContext context, Use use, long offsetBytes, MemorySegment target) {
        TableEntry entry = context.entry;
        if (!isCurrent(entry)) {
            return MOVED;
        }
        context.info = null;
        try {
            long result = pages.isExpired(context)
                    ? Namespace.ABSENT
                    : switch (use) {
                        case COPY -> pages.copy(context, offsetBytes, target);
                        case LOOK -> 0;
                        case DESCRIBE -> describe(context);
                    };
            return isCurrent(entry) ? result : MOVED;
        } catch (HearthException.Corrupt e) {
            if (!isCurrent(entry)) {
                return MOVED;
            }
            damage.found(e, entry);
            return Namespace.ABSENT;
        }
    }

    private long describe(ReadContext context) {
        EntryHeader header = context.reader.open(context.place());
        TableEntry entry = context.entry;
        context.info = new EntryInfo(context.namespace, header.key(), header.kind(), header.storage(), header.spec(),
                header.logicalBytes(), entry.extentBytes(), header.pageCount(), context.reader.codecs(),
                entry.version(), header.expiresAtMs(), header.attributes(), new EntryInfo.Location(entry.segment(),
                        entry.generation(), entry.segment() * segmentBytes + entry.offsetBytes()));
        return 0;
    }

    /** The visible entries, of one namespace or of all. */
    Stream<EntryInfo> entries(@Nullable NamespaceInfo only, CallGate gate) {
        Stream.Builder<TableEntry> found = Stream.builder();
        LookupTable table = lookups.table();
        table.forEach(entry -> {
            boolean isListed = only == null || (entry.namespace() == only.number()
                    && table.namespaces().isStill(only.number(), only.version()));
            if (isListed && !entry.isManifest()) {
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
            context.namespace = names.getOrDefault(entry.namespace(), "#" + entry.namespace());
            long result = useHere(context, Use.DESCRIBE, 0, MemorySegment.NULL);
            // What the hand moves meanwhile is still there, elsewhere.
            for (int attempt = 1; result == MOVED && attempt < MAX_ATTEMPTS
                    && lookups.table().find(entry.digestHi(), entry.digestLo(), context.entry); attempt++) {
                result = useHere(context, Use.DESCRIBE, 0, MemorySegment.NULL);
            }
            return result < 0 ? null : context.info;
        } finally {
            contexts.give(context);
            gate.leave(stripe);
        }
    }
}
