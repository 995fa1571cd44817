package dev.hearth.store.engine;

import dev.hearth.store.GroupInfo;
import dev.hearth.store.HearthException;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.counters.Counter;
import dev.hearth.store.entry.Manifest;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gets of whole groups: finds the manifest, holds the entries of its keys as they are at one moment, and then opens
 * leases on them. Any thread. Costs grow with the group, and only {@link #list} walks the store.
 */
final class Groups {
    /** How long groups that others keep rewriting are tried for without the writer lock. */
    private static final long OPTIMISTIC_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** The same for who may not take it. */
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_WALKS = 3;
    private final Lookups lookups;
    private final Leases leases;
    private final Loads loads;
    private final Events events;
    private final LongSupplier lastApplied;
    private final Path dataFile;

    Groups(ReadParts parts, Leases leases, Loads loads, LongSupplier lastApplied, Path dataFile) {
        this.lookups = parts.lookups();
        this.events = parts.events();
        this.leases = leases;
        this.loads = loads;
        this.lastApplied = lastApplied;
        this.dataFile = dataFile;
    }

    /**
     * Leases a group to the calling thread; null if it, or one of its members, is absent.
     *
     * @param exclusively runs something while nothing is committed; null if this attachment cannot do that
     * @throws HearthException.Busy if others commit to the group faster than it can be looked at
     */
    @Nullable
    EngineGroup lease(NamespaceInfo namespace, MemorySegment name, @Nullable Consumer<Runnable> exclusively) {
        long startNs = System.nanoTime();
        long limitNs = exclusively == null ? LIMIT_NS : OPTIMISTIC_NS;
        BooleanSupplier mayGoOn = () -> System.nanoTime() - startNs < limitNs;
        EngineGroup found = null;
        boolean again = true;
        while (again) {
            boolean locked = exclusively != null && !mayGoOn.getAsBoolean();
            if (exclusively == null && !mayGoOn.getAsBoolean()) {
                throw busy();
            }
            try (Attempt attempt = new Attempt(namespace, name)) {
                if (locked) {
                    Objects.requireNonNull(exclusively).accept(() -> attempt.collect(() -> true));
                } else {
                    attempt.collect(mayGoOn);
                }
                found = attempt.open();
                again = attempt.again;
            }
        }
        events.add(found == null ? Counter.MISSES : Counter.HITS, found == null ? 1 : found.size());
        return found;
    }

    /** The keys of a group. */
    Optional<List<byte[]>> keys(NamespaceInfo namespace, MemorySegment name) {
        try (Attempt attempt = new Attempt(namespace, name)) {
            Manifest named = attempt.manifest();
            if (named == null) {
                return Optional.empty();
            }
            List<byte[]> keys = new ArrayList<>(named.size());
            for (int member = 0; member < named.size(); member++) {
                keys.add(named.key(member).toArray(ValueLayout.JAVA_BYTE));
            }
            return Optional.of(keys);
        }
    }

    /** Has the members of a group brought near, until told to stop; false if there is no such group. */
    boolean prefetch(NamespaceInfo namespace, MemorySegment name, BooleanSupplier stop) {
        try (Attempt attempt = new Attempt(namespace, name)) {
            Manifest keys = attempt.manifest();
            for (int member = 0; keys != null && member < keys.size() && !stop.getAsBoolean(); member++) {
                boolean _ = loads.prefetch(namespace, keys.key(member), 0, Long.MAX_VALUE);
            }
            return keys != null;
        }
    }

    /** Removes a group with its members; false if there is none. */
    boolean remove(NamespaceInfo namespace, MemorySegment name, Writes writes) {
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < LIMIT_NS) {
            Intent.RemoveGroup removal = removal(namespace, name, writes);
            if (removal == null) {
                return false;
            }
            if (writes.remove(removal) > 0) {
                return true;
            }
            // It was replaced, or removed, since it was looked at.
        }
        throw busy();
    }

    private static HearthException.Busy busy() {
        return new HearthException.Busy("group is rewritten all the time: limitMs="
                + TimeUnit.NANOSECONDS.toMillis(LIMIT_NS));
    }

    /** What removes a group as it is now; null if there is no such group. */
    private Intent.@Nullable RemoveGroup removal(NamespaceInfo namespace, MemorySegment name, Writes writes) {
        try (Attempt attempt = new Attempt(namespace, name)) {
            Manifest keys = attempt.manifest();
            if (keys == null) {
                return null;
            }
            List<Intent.Remove> members = new ArrayList<>(keys.size());
            for (int member = 0; member < keys.size(); member++) {
                members.add(writes.removal(namespace, keys.key(member)));
            }
            return new Intent.RemoveGroup(writes.removalOfGroup(namespace, name), attempt.manifest.entry.version(),
                    members);
        }
    }

    /** The groups of a namespace, in no particular order. */
    Stream<GroupInfo> list(NamespaceInfo namespace, CallGate gate) {
        Set<Digest> found = new LinkedHashSet<>();
        boolean complete = false;
        for (int walk = 0; walk < MAX_WALKS && !complete; walk++) {
            // What is moved meanwhile may be left out or seen twice.
            complete = lookups.table().forEach(entry -> {
                if (entry.isManifest() && entry.namespace() == namespace.number()) {
                    found.add(new Digest(entry.digestHi(), entry.digestLo()));
                }
            });
        }
        return found.stream().map(digest -> describe(namespace, digest, gate)).filter(Objects::nonNull);
    }

    private record Digest(long hi, long lo) {}

    /** The stream is consumed by the caller, so each of its steps is a call of its own. */
    private @Nullable GroupInfo describe(NamespaceInfo namespace, Digest listed, CallGate gate) {
        int stripe = gate.enter();
        try (Attempt attempt = new Attempt(namespace, listed)) {
            Manifest keys = attempt.manifest();
            if (keys == null) {
                return null;
            }
            TableEntry entry = attempt.manifest.entry;
            return new GroupInfo(namespace.fingerprint().display(), leases.header(entry).key(), entry.version(),
                    entry.kind(),
                    keys.size(), keys.memberBytes(), entry.extentBytes());
        } finally {
            gate.leave(stripe);
        }
    }

    /** One attempt to lease a group: what it holds until it is closed or handed out. */
    private final class Attempt implements GroupCollect.Keys, AutoCloseable {
        private final NamespaceInfo namespace;
        private final EngineLease manifest = EngineLease.confined();
        private final TableEntry looked = new TableEntry();
        private @Nullable Manifest keys;
        private EngineLease[] members = {};
        /** What holds a member that has no lease yet; {@link Holds#GONE} if nothing does. */
        private int[] stripes = {};
        private GroupCollect.Outcome outcome = GroupCollect.Outcome.INCOMPLETE;
        private boolean again;
        private boolean handedOut;

        Attempt(NamespaceInfo namespace, MemorySegment name) {
            this.namespace = namespace;
            lookups.digestOfGroup(namespace, name, manifest.digest);
        }

        Attempt(NamespaceInfo namespace, Digest listed) {
            this.namespace = namespace;
            var _ = manifest.digest.set(listed.hi(), listed.lo());
        }

        /** Leases and reads the manifest; null if it is absent. */
        @Nullable
        Manifest manifest() {
            Leases.Outcome opened = Leases.Outcome.AGAIN;
            while (opened == Leases.Outcome.AGAIN) {
                int stripe = leases.hold(namespace, manifest.digest, manifest.entry);
                if (stripe == Holds.GONE || !manifest.entry.isManifest()) {
                    leases.release(manifest.entry.segment(), stripe);
                    return null;
                }
                try {
                    opened = leases.openWhole(namespace, MemorySegment.NULL, manifest, stripe);
                } finally {
                    if (opened != Leases.Outcome.OPENED) {
                        leases.release(manifest.entry.segment(), stripe);
                    }
                }
            }
            return opened == Leases.Outcome.OPENED ? read() : null;
        }

        private @Nullable Manifest read() {
            leases.used(manifest.entry);
            try {
                return Manifest.read(manifest.segment());
            } catch (IllegalArgumentException e) {
                leases.damaged(new HearthException.Corrupt("manifest", dataFile, leases.pages().start(manifest.entry),
                        "the keys of a group", String.valueOf(e.getMessage())), manifest.entry);
                return null;
            }
        }

        /** Holds the members as they are at one moment. */
        void collect(BooleanSupplier mayGoOn) {
            Manifest read = manifest();
            keys = read;
            if (read == null) {
                return;
            }
            members = new EngineLease[read.size()];
            stripes = new int[read.size()];
            Arrays.fill(stripes, Holds.GONE);
            Arrays.setAll(members, _ -> EngineLease.confined());
            for (int member = 0; member < members.length; member++) {
                lookups.digest(namespace, read.key(member), members[member].digest);
            }
            outcome = GroupCollect.collect(this, members.length, mayGoOn);
        }

        @Override
        public long lastApplied() {
            return lastApplied.getAsLong();
        }

        @Override
        public boolean isSameManifest() {
            return lookups.find(namespace, manifest.digest, looked) && looked.version() == manifest.entry.version();
        }

        @Override
        public GroupCollect.Look look(int key) {
            EngineLease member = members[key];
            if (stripes[key] != Holds.GONE) {
                if (lookups.find(namespace, member.digest, looked) && looked.version() == member.entry.version()) {
                    return GroupCollect.Look.SAME;
                }
                letGo(key);
            }
            stripes[key] = leases.hold(namespace, member.digest, member.entry);
            return stripes[key] == Holds.GONE ? GroupCollect.Look.ABSENT : GroupCollect.Look.TAKEN;
        }

        /** Opens leases on what was collected; null if the group is absent, or has to be tried {@link #again}. */
        @Nullable
        EngineGroup open() {
            Manifest named = keys;
            again = outcome == GroupCollect.Outcome.REPLACED || outcome == GroupCollect.Outcome.GIVEN_UP;
            if (named == null || outcome != GroupCollect.Outcome.COLLECTED) {
                return null;
            }
            for (int member = 0; member < members.length; member++) {
                Leases.Outcome opened =
                        leases.openWhole(namespace, named.key(member), members[member], stripes[member]);
                if (opened != Leases.Outcome.OPENED) {
                    again = opened == Leases.Outcome.AGAIN;
                    return null;
                }
                stripes[member] = Holds.GONE;
            }
            for (EngineLease member : members) {
                leases.used(member.entry);
            }
            handedOut = true;
            return new EngineGroup(manifest, named, members, (key, out) -> lookups.digest(namespace, key, out));
        }

        private void letGo(int key) {
            leases.release(members[key].entry.segment(), stripes[key]);
            stripes[key] = Holds.GONE;
        }

        @Override
        public void close() {
            if (handedOut) {
                return;
            }
            for (int key = 0; key < members.length; key++) {
                members[key].close();
                letGo(key);
            }
            manifest.close();
        }
    }
}
