package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whole values into the caller's memory, by several threads at once, and values brought near beforehand. Any thread.
 */
final class Loads {
    /** What a thread takes on at a time: large enough for the kernel to read it in one go. */
    private static final long PIECE_BYTES = 4 << 20;
    /** A thread that is none: memory that it could access is shared. */
    private static final Thread NOBODY = new Thread();
    private static final int MAX_ATTEMPTS = 3;
    private final Lookups lookups;
    private final Leases leases;
    private final ReadContext.Pool contexts;
    private final ValuePages pages;
    private final Events events;

    Loads(ReadParts parts, Leases leases) {
        this.lookups = parts.lookups();
        this.leases = leases;
        this.contexts = parts.contexts();
        this.pages = parts.pages();
        this.events = parts.events();
    }

    /**
     * Copies a value until it or the target ends; returns the bytes copied, or {@link Namespace#ABSENT}.
     *
     * @throws IllegalArgumentException if there are to be several threads and only one can access the target
     */
    long load(NamespaceInfo namespace, MemorySegment key, MemorySegment target, int threads) {
        if (threads < 1 || (threads > 1 && !target.isAccessibleBy(NOBODY))) {
            throw new IllegalArgumentException("threads=" + threads + " targetIsShared="
                    + target.isAccessibleBy(NOBODY));
        }
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            // Of the lease only the hold is of use: it keeps the entry where it is, and counts as one hit.
            try (EngineLease lease = EngineLease.confined()) {
                if (!leases.open(namespace, key, 0, 0, lease)) {
                    return Namespace.ABSENT;
                }
                long lengthBytes = Math.min(lease.entry.logicalBytes(), target.byteSize());
                boolean damaged = !copy(lease.entry, target.asSlice(0, lengthBytes), threads);
                if (leases.isCurrent(lease.entry)) {
                    events.add(Counter.BYTES_READ, damaged ? 0 : lengthBytes);
                    return damaged ? Namespace.ABSENT : lengthBytes;
                }
            }
        }
        return Namespace.ABSENT;
    }

    /** Copies a value; false if it is a damaged activation. */
    private boolean copy(TableEntry entry, MemorySegment target, int threads) {
        AtomicLong next = new AtomicLong();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Runnable work = () -> copyPieces(entry, target, next, failure);
        Thread[] helpers = new Thread[Math.clamp(target.byteSize() / PIECE_BYTES, 0, threads - 1)];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = Thread.ofPlatform().daemon().name("hearth-load").start(work);
        }
        work.run();
        join(helpers);
        Throwable failed = failure.get();
        if (failed instanceof HearthException.Corrupt damage) {
            leases.damaged(damage, entry);
            return false;
        }
        if (failed instanceof Error error) {
            throw error;
        }
        if (failed instanceof RuntimeException exception) {
            throw exception;
        }
        return true;
    }

    private void copyPieces(TableEntry entry, MemorySegment target, AtomicLong next,
            AtomicReference<@Nullable Throwable> failure) {
        ReadContext context = contexts.take();
        try {
            context.entry.from(entry);
            long at = next.getAndAdd(PIECE_BYTES);
            while (at < target.byteSize() && failure.get() == null) {
                long _ = pages.copy(context, at, target.asSlice(at, Math.min(PIECE_BYTES, target.byteSize() - at)));
                at = next.getAndAdd(PIECE_BYTES);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        } finally {
            contexts.give(context);
        }
    }

    /** Waits for all, whatever comes: they write into the caller's memory. An interrupt is kept. */
    private static void join(Thread[] helpers) {
        boolean interrupted = false;
        for (Thread helper : helpers) {
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has a range of a value brought near; false if there is no such entry. Not a hit. */
    boolean prefetch(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes) {
        ReadContext context = contexts.take();
        try {
            if (!lookups.find(namespace, key, context.digest, context.entry)) {
                return false;
            }
            TableEntry entry = context.entry;
            long from = Math.min(offsetBytes, entry.logicalBytes());
            long to = from + Math.min(lengthBytes, entry.logicalBytes() - from);
            if (to > from && leases.isCurrent(entry)) {
                pages.prefetch(context, from, to);
            }
            return true;
        } catch (HearthException.Corrupt e) {
            return true; // Whoever reads it is told.
        } finally {
            contexts.give(context);
        }
    }
}
