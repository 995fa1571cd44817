package dev.hearth.store.engine;

import dev.hearth.store.Change;
import dev.hearth.store.ChangeFeed;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.log.LogFollower;
import dev.hearth.store.log.LogOperation;
import dev.hearth.store.log.LogTransaction;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The operations of the log, one by one, with the names of their namespaces. One thread. */
final class LogFeed implements ChangeFeed {
    private static final byte[] NO_KEY = new byte[0];
    private final LogFollower follower;
    private final LongSupplier lastApplied;
    private final CallGate gate;
    private final Map<Integer, Named> names = new HashMap<>();
    private final KeyDigester digester;
    private final KeyDigester.Digest digest = new KeyDigester.Digest();
    private final Deque<Change> pending = new ArrayDeque<>();
    /** Nothing from this version on was handed out. */
    private long nextVersion;

    /** What a number stands for, from a version on: before that it may have stood for another namespace. */
    private record Named(long fromVersion, String name) {}

    LogFeed(LogFollower follower, long fromVersion, LongSupplier lastApplied, CallGate gate,
            List<NamespaceInfo> present, KeyDigester digester) {
        this.follower = follower;
        this.nextVersion = fromVersion;
        this.digester = digester;
        this.lastApplied = lastApplied;
        this.gate = gate;
        present.forEach(info -> names.put(info.number(), new Named(info.version(), info.fingerprint().display())));
    }

    @Override
    public @Nullable Change next() {
        int stripe = gate.enter();
        try {
            while (pending.isEmpty()) {
                LogTransaction transaction = follower.next(lastApplied.getAsLong());
                if (transaction == null) {
                    if (follower.behind()) {
                        throw new HearthException.FellBehind(nextVersion);
                    }
                    return null;
                }
                nextVersion = transaction.version() + 1;
                transaction.operations().forEach(operation -> pending.add(change(transaction, operation)));
            }
            return pending.poll();
        } finally {
            gate.leave(stripe);
        }
    }

    private Change change(LogTransaction transaction, LogOperation operation) {
        return switch (operation) {
            case LogOperation.Put put -> entry(transaction,
                    put.entry().has(EntryDescriptor.MANIFEST) ? Change.Type.PUT_GROUP : Change.Type.PUT, put.entry(),
                    bytes(put.key()));
            case LogOperation.Relocate move -> entry(transaction, Change.Type.RELOCATE, move.entry(), NO_KEY);
            case LogOperation.Remove remove -> plain(transaction,
                    isGroup(remove) ? Change.Type.REMOVE_GROUP : Change.Type.REMOVE,
                    name(transaction, remove.namespace()),
                    new Subject(bytes(remove.key()), new Change.Digest(remove.digestHi(), remove.digestLo())));
            case LogOperation.Evict evict -> plain(transaction, Change.Type.EVICT, name(transaction, evict.namespace()),
                    new Subject(NO_KEY, new Change.Digest(evict.digestHi(), evict.digestLo())));
            case LogOperation.DefineNamespace define -> {
                String name = new Fingerprint(define.name(), define.revision(), Map.of()).display();
                names.put(define.number(), new Named(transaction.version(), name));
                yield plain(transaction, Change.Type.DEFINE_NAMESPACE, name, Subject.NONE);
            }
            case LogOperation.EndNamespace end ->
                    plain(transaction, Change.Type.END_NAMESPACE, name(transaction, end.number()), Subject.NONE);
            case LogOperation.ReleaseSegment release -> new Change(transaction.version(), transaction.timestampMs(),
                    Change.Type.RELEASE_SEGMENT, "", NO_KEY, Change.Digest.NONE, 0, 0, release.segment(),
                    release.generation(), transaction.after().file(), start(transaction));
            case LogOperation.SyncMark ignored -> plain(transaction, Change.Type.SYNC, "", Subject.NONE);
        };
    }

    private String name(LogTransaction transaction, int number) {
        Named named = names.get(number);
        return named == null || Long.compareUnsigned(named.fromVersion, transaction.version()) > 0
                ? "#" + number
                : named.name;
    }

    /** The key of a removal is that of an entry, or the name of a group: the digest tells. */
    private boolean isGroup(LogOperation.Remove remove) {
        digester.digest(remove.namespace(), remove.key(), digest);
        return !digest.is(remove.digestHi(), remove.digestLo());
    }

    /** What an operation is about. */
    @SuppressWarnings("ArrayRecordComponent") // never written
    private record Subject(byte[] key, Change.Digest digest) {
        static final Subject NONE = new Subject(NO_KEY, Change.Digest.NONE);
    }

    private Change entry(LogTransaction transaction, Change.Type type, EntryDescriptor entry, byte[] key) {
        return new Change(transaction.version(), transaction.timestampMs(), type, name(transaction, entry.namespace()),
                key,
                new Change.Digest(entry.digestHi(), entry.digestLo()), entry.logicalBytes(), entry.extentBytes(),
                entry.segment(), entry.generation(), transaction.after().file(), start(transaction));
    }

    private static Change plain(LogTransaction transaction, Change.Type type, String namespace, Subject subject) {
        return new Change(transaction.version(), transaction.timestampMs(), type, namespace, subject.key,
                subject.digest, 0, 0, -1, 0, transaction.after().file(), start(transaction));
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
