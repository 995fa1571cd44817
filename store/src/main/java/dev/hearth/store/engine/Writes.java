package dev.hearth.store.engine;

import dev.hearth.codec.Compression;
import dev.hearth.store.CompactReport;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.HearthException;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.Storage;
import dev.hearth.store.ValueSource;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.segment.EntryWrite;
import dev.hearth.store.segment.EntryWriter;
import dev.hearth.store.segment.Written;
import dev.hearth.store.table.LookupTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Puts and removes: writes the bytes outside of any lock, then has them committed. Any thread.
 */
final class Writes {
    private static final int MAX_ATTEMPTS = 8;
    private final EntryWriter writer;
    private final KeyDigester digester;
    private final Committer committer;
    private final Events events;
    private final Compression compression;
    private final Place place;
    private final Sweeper sweeper;
    private final AtomicInteger pending = new AtomicInteger();

    Writes(EntryWriter writer, KeyDigester digester, Committer committer, Events events, Compression compression,
            Place place, Sweeper sweeper) {
        this.writer = writer;
        this.digester = digester;
        this.committer = committer;
        this.events = events;
        this.compression = compression;
        this.place = place;
        this.sweeper = sweeper;
    }

    /** The table of the store, and the slot of this attachment. */
    record Place(LookupTable table, ProcessSlot slot) {}

    /** A value that lies in memory. */
    static ValueSource source(MemorySegment value) {
        return new ValueSource() {
            private long position;

            @Override
            public void read(MemorySegment target) {
                MemorySegment.copy(value, position, target, 0, target.byteSize());
                position += target.byteSize();
            }
        };
    }

    long put(NamespaceInfo namespace, MemorySegment key, MemorySegment value, PutOptions options) {
        try {
            for (int attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
                try {
                    return put(namespace, key, value.byteSize(), source(value), options);
                } catch (LostExtentException e) {
                    // Written anew.
                }
            }
            return put(namespace, key, value.byteSize(), source(value), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a segment throws none
        }
    }

    long put(NamespaceInfo namespace, MemorySegment key, long valueBytes, ValueSource source, PutOptions options)
            throws IOException {
        Intent.Put put = write(namespace, key, valueBytes, source, options, 0);
        try {
            return commit(List.of(put));
        } finally {
            letGo(put);
        }
    }

    /** Puts a value if there is none; empty if there is one. */
    OptionalLong putIfAbsent(NamespaceInfo namespace, MemorySegment key, MemorySegment value, PutOptions options) {
        for (int attempt = 1;; attempt++) {
            try {
                Intent.Put put = write(namespace, key, value.byteSize(), source(value), options, 0);
                try {
                    return OptionalLong.of(commit(List.of(new Intent.PutIfAbsent(put, 0))));
                } catch (PresentException e) {
                    return OptionalLong.empty();
                } finally {
                    letGo(put);
                }
            } catch (LostExtentException e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e); // a segment throws none
            }
        }
    }

    /** Commits a put unless there is an entry of another version than {@code insteadOf}; says whether it did. */
    boolean commitIfAbsent(Intent.Put put, long insteadOf) {
        try {
            long _ = commit(List.of(new Intent.PutIfAbsent(put, insteadOf)));
            return true;
        } catch (PresentException e) {
            return false;
        }
    }

    /** Gives up the hold of a put: once it was committed, or will not be. */
    void letGo(Intent.Put put) {
        // The hold goes last: with the last one an attachment that is being closed goes, and its slot with it.
        place.slot().putEnds(put.entry().logicalBytes());
        writer.letGo(put.written());
    }

    /** Writes the bytes of an entry; nobody sees it before the intent is committed. Its segment is held. */
    Intent.Put write(NamespaceInfo namespace, MemorySegment key, long valueBytes, ValueSource source,
            PutOptions options, int flags) throws IOException {
        if (valueBytes < 0) {
            throw new IllegalArgumentException("valueBytes=" + valueBytes);
        }
        committer.requireSound();
        byte[] keyBytes = key.toArray(ValueLayout.JAVA_BYTE);
        KeyDigester.Digest digest = new KeyDigester.Digest();
        digester.digest(namespace.number(), key, digest);
        Compression level = options.compression();
        Intent.Parent parent = Intent.Parent.NONE;
        KeyDigester.Digest parentOf = new KeyDigester.Digest();
        if (!options.after().isEmpty()) {
            digester.digest(namespace.number(), MemorySegment.ofArray(bytes(options.after())), parentOf);
            parent = new Intent.Parent(parentOf.hi(), parentOf.lo());
        }
        @Nullable
        Written written = null;
        place.slot().putBegins(valueBytes);
        try {
            EntryWrite write = new EntryWrite(namespace.number(), digest.hi(), digest.lo(), keyBytes, valueBytes,
                    source, options, level == null ? compression : level, flags, 0, 0);
            written = writer.write(parent.isNone() ? write : write.continuing(parentOf));
        } catch (HearthException.Full | HearthException.Busy e) {
            throw counted(e);
        } finally {
            if (written == null) {
                place.slot().putEnds(valueBytes);
            }
        }
        return new Intent.Put(written, keyBytes, namespace.version(), parent);
    }

    /** Writes the manifest of a group; it goes with the rest of a batch. */
    Intent.Put writeManifest(NamespaceInfo namespace, byte[] name, MemorySegment manifest, Kind kind) {
        KeyDigester.Digest digest = new KeyDigester.Digest();
        digester.digestOfGroup(namespace.number(), MemorySegment.ofArray(name), digest);
        try {
            Written written = writer.write(new EntryWrite(namespace.number(), digest.hi(), digest.lo(), name,
                    manifest.byteSize(), source(manifest), PutOptions.of(kind).storage(Storage.IN_PLACE), compression,
                    EntryDescriptor.BATCH_MEMBER | EntryDescriptor.MANIFEST, 0, 0));
            return new Intent.Put(written, name, namespace.version(), Intent.Parent.NONE);
        } catch (HearthException.Full | HearthException.Busy e) {
            throw counted(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a segment throws none
        }
    }

    private static byte[] bytes(List<Byte> boxed) {
        byte[] bytes = new byte[boxed.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = boxed.get(i);
        }
        return bytes;
    }

    private HearthException counted(HearthException e) {
        events.add(e instanceof HearthException.Full ? Counter.FULL : Counter.BUSY, 1);
        return e;
    }

    Intent.Remove removal(NamespaceInfo namespace, MemorySegment key) {
        KeyDigester.Digest digest = new KeyDigester.Digest();
        digester.digest(namespace.number(), key, digest);
        return new Intent.Remove(digest.hi(), digest.lo(), namespace.number(), key.toArray(ValueLayout.JAVA_BYTE),
                namespace.version());
    }

    /** What removes the manifest of a group. */
    Intent.Remove removalOfGroup(NamespaceInfo namespace, MemorySegment name) {
        KeyDigester.Digest digest = new KeyDigester.Digest();
        digester.digestOfGroup(namespace.number(), name, digest);
        return new Intent.Remove(digest.hi(), digest.lo(), namespace.number(), name.toArray(ValueLayout.JAVA_BYTE),
                namespace.version());
    }

    /** Removes a group and its members; returns how many entries went, 0 if the group was replaced meanwhile. */
    int remove(Intent.RemoveGroup group) {
        int removed = committer.commit(List.of(group)).changes();
        events.add(Counter.REMOVES, Math.max(0, removed - 1));
        return removed;
    }

    /** Runs something while nothing is committed. */
    void exclusively(Runnable work) {
        committer.underLock(work);
    }

    boolean remove(NamespaceInfo namespace, MemorySegment key) {
        boolean removed = committer.commit(List.of(removal(namespace, key))).changes() > 0;
        events.add(Counter.REMOVES, removed ? 1 : 0);
        return removed;
    }

    long commit(List<Intent> intents) {
        try {
            Transaction done = commitWithRoom(intents);
            for (Intent intent : intents) {
                Intent counted = intent instanceof Intent.PutIfAbsent conditional ? conditional.put() : intent;
                if (counted instanceof Intent.Put put) {
                    boolean isManifest = put.entry().has(EntryDescriptor.MANIFEST);
                    events.add(Counter.PUTS, isManifest ? 0 : 1);
                    events.add(Counter.BYTES_PUT, isManifest ? 0 : put.entry().logicalBytes());
                    events.add(Counter.BYTES_STORED, put.entry().extentBytes());
                }
            }
            return done.result();
        } catch (DigestCollisionException e) {
            events.add(Counter.DIGEST_COLLISIONS, 1);
            throw e;
        } catch (HearthException.Full | HearthException.Busy e) {
            throw counted(e);
        }
    }

    /** Where the table has no room, activations give way. */
    private Transaction commitWithRoom(List<Intent> intents) {
        for (int attempt = 0;; attempt++) {
            try {
                return committer.commit(intents);
            } catch (TooManyEntriesException e) {
                if (attempt == MAX_ATTEMPTS || !sweeper.makeEntries(e.added())) {
                    throw new HearthException.Full(e.getMessage() + sweeper.holders());
                }
            }
        }
    }

    /** Frees segments by the hand; returns how many bytes. */
    long evict(long bytes) {
        return sweeper.evict(bytes);
    }

    /** Gathers what is live in few segments and gives blocks back. */
    CompactReport compact(long mostMovedBytes, Progress progress) {
        return sweeper.compact(mostMovedBytes, progress);
    }

    void define(Fingerprint fingerprint) {
        committer.commit(List.of(new Intent.Define(fingerprint)));
    }

    /**
     * A namespace that is defined by the commit of the transaction which is led by its {@link Intent.DefineAs}; its
     * version is 0 until then.
     *
     * <p>
     * Nobody is told that the number is taken before that. So that transactions which run at the same time seldom
     * choose the same one, each process takes another of the free numbers; if two do, the second one to commit is
     * refused.
     */
    NamespaceInfo reserve(Fingerprint fingerprint) {
        LookupTable table = place.table();
        int skip = place.slot().index() + pending.getAndIncrement() % 16 * 128;
        int number = -1;
        for (int candidate = 0; candidate < table.namespaces().capacity() && skip >= 0; candidate++) {
            if (table.namespaces().isFree(candidate)) {
                number = candidate;
                skip--;
            }
        }
        if (number < 0) {
            throw new HearthException.Full("no more namespaces: maximum=" + table.namespaces().capacity());
        }
        return new NamespaceInfo(number, fingerprint, 0);
    }

    boolean end(NamespaceInfo namespace) {
        return committer.commit(List.of(new Intent.End(namespace.number(), namespace.version()))).changes() > 0;
    }
}
