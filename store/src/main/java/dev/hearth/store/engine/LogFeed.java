package dev.hearth.store.engine;

import dev.hearth.store.Change;
import dev.hearth.store.ChangeFeed;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTransaction;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The operations of the log, one by one, with the names of their namespaces. One thread. */
final class LogFeed implements ChangeFeed {
    private static final byte[] NO_KEY = new byte[0];
    private final LogFollower follower;
    private final LongSupplier lastApplied;
    private final CallGate gate;
    private final Map<Integer, String> names;
    private final Deque<Change> pending = new ArrayDeque<>();

    LogFeed(LogFollower follower, LongSupplier lastApplied, CallGate gate, Map<Integer, String> names) {
        this.follower = follower;
        this.lastApplied = lastApplied;
        this.gate = gate;
        this.names = new HashMap<>(names);
    }

    @Override
    public @Nullable Change next() {
        int stripe = gate.enter();
        try {
            while (pending.isEmpty()) {
                LogTransaction transaction = follower.next(lastApplied.getAsLong());
                if (transaction == null) {
                    if (follower.behind()) {
                        throw new IllegalStateException(
                                "the feed fell behind: its place in the log was deleted after a checkpoint");
                    }
                    return null;
                }
                transaction.operations().forEach(operation -> pending.add(change(transaction, operation)));
            }
            return pending.poll();
        } finally {
            gate.leave(stripe);
        }
    }

    private Change change(LogTransaction transaction, LogOperation operation) {
        return switch (operation) {
            case LogOperation.Put put -> entry(transaction, Change.Type.PUT, put.entry(), bytes(put.key()));
            case LogOperation.Relocate move -> entry(transaction, Change.Type.RELOCATE, move.entry(), NO_KEY);
            case LogOperation.Remove remove ->
                    plain(transaction, Change.Type.REMOVE, name(remove.namespace()), bytes(remove.key()), -1, 0);
            case LogOperation.Evict evict ->
                    plain(transaction, Change.Type.EVICT, name(evict.namespace()), NO_KEY, -1, 0);
            case LogOperation.DefineNamespace define -> {
                String name = new Fingerprint(define.name(), define.revision(), Map.of()).display();
                names.put(define.number(), name);
                yield plain(transaction, Change.Type.DEFINE_NAMESPACE, name, NO_KEY, -1, 0);
            }
            case LogOperation.EndNamespace end ->
                    plain(transaction, Change.Type.END_NAMESPACE, name(end.number()), NO_KEY, -1, 0);
            case LogOperation.ReleaseSegment release -> plain(transaction, Change.Type.RELEASE_SEGMENT, "", NO_KEY,
                    release.segment(), release.generation());
            case LogOperation.SyncMark ignored -> plain(transaction, Change.Type.SYNC, "", NO_KEY, -1, 0);
        };
    }

    private String name(int number) {
        return names.getOrDefault(number, "#" + number);
    }

    private Change entry(LogTransaction transaction, Change.Type type, EntryDescriptor entry, byte[] key) {
        return new Change(transaction.version(), transaction.timestampMs(), type, name(entry.namespace()), key,
                entry.logicalBytes(), entry.extentBytes(), entry.segment(), entry.generation(),
                transaction.after().file(), start(transaction));
    }

    private static Change plain(LogTransaction transaction, Change.Type type, String namespace, byte[] key, int segment,
            long generation) {
        return new Change(transaction.version(), transaction.timestampMs(), type, namespace, key, 0, 0, segment,
                generation, transaction.after().file(), start(transaction));
    }

    /** The first record of a file follows its header, wherever the file before ended. */
    private static long start(LogTransaction transaction) {
        return transaction.before().file() == transaction.after().file() ? transaction.before().offsetBytes() : 4096;
    }

    private static byte[] bytes(MemorySegment key) {
        return key.toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        follower.close();
    }
}
