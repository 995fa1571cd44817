package dev.hearth.store.engine;

import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.ValueSource;
import dev.hearth.store.entry.EntryDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A batch that collects intents. One thread. */
public final class EngineBatch implements AutoCloseable {
    private final Writes writes;
    private final CallGate gate;
    private final Map<Digest, Intent> intents = new LinkedHashMap<>();
    private Intent.@Nullable DefineAs definition;
    private boolean over;

    EngineBatch(Writes writes, CallGate gate) {
        this.writes = writes;
        this.gate = gate;
    }

    private record Digest(long hi, long lo) {}

    /** Writes a value that lies in memory. */
    public void put(NamespaceInfo namespace, MemorySegment key, MemorySegment value, PutOptions options) {
        try {
            put(namespace, key, value.byteSize(), Writes.source(value), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a segment throws none
        }
    }

    /** Writes a value that is read piece by piece. */
    public void put(NamespaceInfo namespace, MemorySegment key, long valueBytes, ValueSource source, PutOptions options)
            throws IOException {
        requireOpen();
        int stripe = gate.enter();
        try {
            Intent.Put put = writes.write(namespace, key, valueBytes, source, options, EntryDescriptor.BATCH_MEMBER);
            add(new Digest(put.entry().digestHi(), put.entry().digestLo()), put);
        } finally {
            gate.leave(stripe);
        }
    }

    /** Removes the entry of a key. */
    public void remove(NamespaceInfo namespace, MemorySegment key) {
        requireOpen();
        Intent.Remove remove = writes.removal(namespace, key);
        add(new Digest(remove.digestHi(), remove.digestLo()), remove);
    }

    /** Defines a reserved namespace with the commit. */
    public void define(NamespaceInfo reserved) {
        definition = new Intent.DefineAs(reserved.number(), reserved.fingerprint());
    }

    private void add(Digest digest, Intent intent) {
        letGo(intents.remove(digest));
        intents.put(digest, intent);
    }

    /** Commits everything under one version. */
    public long commit() {
        requireOpen();
        over = true;
        int stripe = gate.enter();
        try {
            List<Intent> all = new ArrayList<>(intents.size() + 1);
            if (definition != null) {
                all.add(definition);
            }
            all.addAll(intents.values());
            return writes.commit(all);
        } finally {
            letGoAll();
            gate.leave(stripe);
        }
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("the batch is over");
        }
    }

    private void letGo(@Nullable Intent intent) {
        if (intent instanceof Intent.Put put) {
            writes.letGo(put);
        }
    }

    private void letGoAll() {
        intents.values().forEach(this::letGo);
        intents.clear();
    }

    @Override
    public void close() {
        over = true;
        // Also behind the closing of the store: while there are holds, the attachment is there.
        letGoAll();
    }
}
