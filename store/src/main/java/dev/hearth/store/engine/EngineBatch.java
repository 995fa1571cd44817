package dev.hearth.store.engine;

import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.store.ValueSource;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.entry.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A batch that collects intents. One thread. */
public final class EngineBatch implements AutoCloseable {
    private final Writes writes;
    private final CallGate gate;
    private final Map<Digest, Member> intents = new LinkedHashMap<>();
    private final Map<Group, Group> named = new HashMap<>();
    private List<Group> current = List.of();
    private Intent.@Nullable DefineAs definition;
    private boolean over;

    EngineBatch(Writes writes, CallGate gate) {
        this.writes = writes;
        this.gate = gate;
    }

    private record Digest(long hi, long lo) {}

    /** What is to be done to a key, and the groups that it belongs to if it is put. */
    private record Member(Intent intent, List<Group> groups) {}

    /** The name of a group, which compares by its bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Group(NamespaceInfo namespace, byte[] name) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Group that && namespace.equals(that.namespace) && Arrays.equals(name, that.name);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(name);
        }
    }

    /** What is put from here on belongs to these groups and no others. */
    public void groups(NamespaceInfo namespace, List<MemorySegment> names) {
        requireOpen();
        Set<Group> chosen = new LinkedHashSet<>();
        for (MemorySegment name : names) {
            Group group = new Group(namespace, name.toArray(ValueLayout.JAVA_BYTE));
            chosen.add(named.computeIfAbsent(group, one -> one));
        }
        current = List.copyOf(chosen);
    }

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
            add(new Digest(put.entry().digestHi(), put.entry().digestLo()), put, current);
        } finally {
            gate.leave(stripe);
        }
    }

    /** Removes the entry of a key. */
    public void remove(NamespaceInfo namespace, MemorySegment key) {
        requireOpen();
        Intent.Remove remove = writes.removal(namespace, key);
        add(new Digest(remove.digestHi(), remove.digestLo()), remove, List.of());
    }

    /** Defines a reserved namespace with the commit. */
    public void define(NamespaceInfo reserved) {
        definition = new Intent.DefineAs(reserved.number(), reserved.fingerprint());
    }

    private void add(Digest digest, Intent intent, List<Group> groups) {
        letGo(intents.remove(digest));
        intents.put(digest, new Member(intent, groups));
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
            addManifests();
            intents.values().forEach(member -> all.add(member.intent));
            return writes.commit(all);
        } finally {
            letGoAll();
            gate.leave(stripe);
        }
    }

    /** A manifest for each group that something belongs to, written like any value and committed with the rest. */
    private void addManifests() {
        Map<Group, Contents> groups = new LinkedHashMap<>();
        for (Member member : intents.values()) {
            for (Group group : member.groups) {
                groups.computeIfAbsent(group, _ -> new Contents()).add((Intent.Put) member.intent);
            }
        }
        groups.forEach((group, contents) -> {
            Intent.Put manifest = writes.writeManifest(group.namespace, group.name,
                    Manifest.write(contents.keys, contents.bytes), contents.kind);
            add(new Digest(manifest.entry().digestHi(), manifest.entry().digestLo()), manifest, List.of());
        });
    }

    /** What belongs to a group. */
    private static final class Contents {
        private final List<byte[]> keys = new ArrayList<>();
        private long bytes;
        /** A group with a parameter in it is not evicted. */
        private Kind kind = Kind.ACTIVATION;

        void add(Intent.Put put) {
            keys.add(put.key());
            bytes += put.entry().logicalBytes();
            kind = put.entry().kind() == Kind.PARAMETER ? Kind.PARAMETER : kind;
        }
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("the batch is over");
        }
    }

    private void letGo(@Nullable Member member) {
        if (member != null && member.intent instanceof Intent.Put put) {
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
