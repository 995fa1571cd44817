package dev.hearth.store.engine;

import dev.hearth.store.Change;
import dev.hearth.store.ChangeFeed;
import dev.hearth.store.CompactReport;
import dev.hearth.store.CopyReport;
import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.GroupInfo;
import dev.hearth.store.HearthException;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.LeaseInfo;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.ProcessInfo;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.RecoveryReport;
import dev.hearth.store.RepairReport;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.StoreStats;
import dev.hearth.store.ValueSource;
import dev.hearth.store.VerifyReport;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.frame.FrameLeftovers;
import dev.hearth.store.io.Host;
import dev.hearth.store.io.RuntimeFlags;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One caller's attachment: lets calls in while it is open and hands them to the parts of the store. Any thread.
 */
public final class Engine implements AutoCloseable {
    private final Attachment attachment;
    private final CallGate gate;
    /** Of an attachment with holds: its view stays. */
    private final @Nullable Leases leases;
    private final @Nullable Reads reads;

    private Engine(Attachment attachment) {
        this.attachment = attachment;
        this.gate = new CallGate("store " + attachment.path());
        this.leases = attachment.holds() == null ? null : attachment.view().leases();
        this.reads = attachment.holds() == null ? null : attachment.view().reads();
    }

    /** Attaches; see {@code Hearth.open}. */
    public static Engine open(Path directory, HearthOptions options) {
        return new Engine(Attachments.open(directory, options));
    }

    /** What opening a store would have to do; writes nothing. */
    public static RecoveryReport inspect(Path directory) {
        RuntimeFlags.check();
        return Inspection.of(directory, Host.current());
    }

    /** Recovers a store; see {@code Hearth.recover}. */
    public static RecoveryReport recover(Path directory, boolean dropLogBehindDamage) {
        RecoveryReport before = inspect(directory);
        List<String> findings = new ArrayList<>(before.findings());
        findings.addAll(Attachments.recover(directory, HearthOptions.defaults().lockTimeoutMs(),
                dropLogBehindDamage));
        return new RecoveryReport(before.state(), before.version(), before.logDamage(), findings);
    }

    /** Removes a store; see {@code Hearth.destroy}. */
    public static void destroy(Path directory) {
        RuntimeFlags.check();
        Destroyer.destroy(directory, HearthOptions.defaults().lockTimeoutMs());
    }

    /** Frames in memory that nobody uses. */
    public static List<Path> abandonedFrames() {
        RuntimeFlags.check();
        return FrameLeftovers.abandoned();
    }

    private interface Call<T> {
        T run();
    }

    private interface IoCall<T> {
        T run() throws IOException;
    }

    private <T> T call(Call<T> call) {
        int stripe = gate.enter();
        try {
            return call.run();
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    private <T> T callIo(IoCall<T> call) throws IOException {
        int stripe = gate.enter();
        try {
            return call.run();
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    /** A mapped file that was cut, or whose disk fails, shows as a fault of the access; it may show late. */
    private HearthException fault(InternalError e) {
        return fault(attachment.path(), e);
    }

    private static HearthException fault(Path path, InternalError e) {
        return new HearthException.Corrupt("mapped file", path, -1, "bytes that can be read",
                String.valueOf(e.getMessage()));
    }

    private Writes writes() {
        Writes writes = attachment.writes();
        if (writes == null) {
            throw new IllegalStateException("access=" + HearthOptions.Access.READ_ONLY);
        }
        return writes;
    }

    /** The namespace of a fingerprint, defined now if there is none. */
    public NamespaceInfo namespace(Fingerprint fingerprint) {
        return call(() -> {
            Optional<NamespaceInfo> there = attachment.view().namespace(fingerprint);
            if (there.isPresent()) {
                return there.get();
            }
            if (attachment.writes() == null) {
                throw new IllegalStateException("namespace=" + fingerprint.display() + " is not defined, access="
                        + HearthOptions.Access.READ_ONLY);
            }
            writes().define(fingerprint);
            return attachment.view().namespace(fingerprint).orElseThrow(() -> new IllegalStateException(
                    "namespace=" + fingerprint.display() + " was removed while it was defined"));
        });
    }

    /** The namespaces that are there, oldest first. */
    public List<NamespaceInfo> namespaces() {
        return call(() -> attachment.view().namespaces());
    }

    /** Removes a namespace; false if it is gone. */
    public boolean removeNamespace(NamespaceInfo namespace) {
        return call(() -> writes().end(namespace));
    }

    /** Puts a value that lies in memory. */
    public long put(NamespaceInfo namespace, MemorySegment key, MemorySegment value, PutOptions options) {
        return call(() -> writes().put(namespace, key, value, options));
    }

    /** Puts a value that is read piece by piece. */
    public long put(NamespaceInfo namespace, MemorySegment key, long valueBytes, ValueSource source, PutOptions options)
            throws IOException {
        return callIo(() -> writes().put(namespace, key, valueBytes, source, options));
    }

    /** Puts a value that lies in memory if there is none; empty if there is one. */
    public OptionalLong putIfAbsent(NamespaceInfo namespace, MemorySegment key, MemorySegment value,
            PutOptions options) {
        return call(() -> {
            Writes writes = writes();
            return attachment.view().reads().contains(namespace, key)
                    ? OptionalLong.empty()
                    : writes.putIfAbsent(namespace, key, value, options);
        });
    }

    /**
     * Opens a lease on the value of a key for which {@link #lease} just found no entry, and which is computed if there
     * still is none; waits up to {@code limitNs} for others who compute it.
     */
    public <E extends Exception> void compute(NamespaceInfo namespace, MemorySegment key, PutOptions options,
            long limitNs, Computation<E> computation, EngineLease lease) throws E {
        int stripe = gate.enter();
        try {
            memoizer().open(namespace, key, new Memoizer.Request<>(options, limitNs, computation), lease, gate);
        } catch (Computation.Failed e) {
            throw e.error();
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    private Memoizer memoizer() {
        Memoizer memoizer = attachment.memoizer();
        if (memoizer == null) {
            throw new IllegalStateException("access=" + HearthOptions.Access.READ_ONLY);
        }
        return memoizer;
    }

    /** Starts a batch. */
    public EngineBatch batch() {
        return call(() -> new EngineBatch(writes(), gate));
    }

    /** The namespace of a fingerprint, or, with version 0, what it will be once a batch of it is committed. */
    public NamespaceInfo namespaceOrReserve(Fingerprint fingerprint) {
        return call(() -> attachment.view().namespace(fingerprint).orElseGet(() -> writes().reserve(fingerprint)));
    }

    /** Copies bytes of a value; {@link Namespace#ABSENT} if there is none. */
    public long read(NamespaceInfo namespace, MemorySegment key, long offsetBytes, MemorySegment target) {
        long count = readShort(namespace, key, offsetBytes, target);
        if (count >= 0) {
            return count;
        }
        int stripe = gate.enter();
        try {
            return attachment.view().reads().read(namespace, key, offsetBytes, target);
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    /** The same where that is short, else below zero; not counted as a call in flight: see {@link DirectReads}. */
    private long readShort(NamespaceInfo namespace, MemorySegment key, long offsetBytes, MemorySegment target) {
        Reads own = reads;
        if (own == null) {
            return CheckedFinds.NOTHING;
        }
        gate.requireOpen();
        try {
            return own.readShort(namespace, key, offsetBytes, target);
        } catch (InternalError e) {
            throw fault(e);
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    /** What a call that is not counted as in flight ends with: memory that was unmapped meanwhile says so, too. */
    private IllegalStateException closedOr(IllegalStateException e) {
        gate.requireOpen();
        return e;
    }

    /**
     * Opens a lease that is reused on a range of a value; false if there is no such entry. With holds it is not counted
     * as a call in flight: see {@link Holds}.
     */
    public boolean lease(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes,
            EngineLease lease) {
        Leases own = leases;
        if (own == null) {
            return call(() -> attachment.view().leases().open(namespace, key, offsetBytes, lengthBytes, lease));
        }
        gate.requireOpen();
        try {
            return own.open(namespace, key, offsetBytes, lengthBytes, lease);
        } catch (InternalError e) {
            throw fault(e);
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    /** The same on the whole value of a key of two words. */
    public boolean lease(NamespaceInfo namespace, long first, long second, EngineLease lease) {
        Leases own = leases;
        if (own == null) {
            return call(() -> attachment.view().leases().open(namespace, first, second, lease));
        }
        gate.requireOpen();
        try {
            return own.open(namespace, first, second, lease);
        } catch (InternalError e) {
            throw fault(e);
        } catch (IllegalStateException e) {
            throw closedOr(e);
        }
    }

    /** A lease on a range of a value, of the calling thread or of all; null if there is no such entry. */
    public @Nullable EngineLease lease(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes,
            boolean shared) {
        EngineLease lease = shared ? EngineLease.shared() : EngineLease.confined();
        return lease(namespace, key, offsetBytes, lengthBytes, lease) ? lease : null;
    }

    /** Leases a group; null if it, or one of its members, is absent. */
    public @Nullable EngineGroup leaseGroup(NamespaceInfo namespace, MemorySegment group) {
        int stripe = gate.enter();
        try {
            Writes writes = attachment.writes();
            return attachment.view().groups().lease(namespace, group, writes == null ? null : writes::exclusively);
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    /** The keys of a group. */
    public Optional<List<byte[]>> groupKeys(NamespaceInfo namespace, MemorySegment group) {
        return call(() -> attachment.view().groups().keys(namespace, group));
    }

    /** Has a group brought near; false if there is none. */
    public boolean prefetchGroup(NamespaceInfo namespace, MemorySegment group, BooleanSupplier stop) {
        return call(() -> attachment.view().groups().prefetch(namespace, group, stop));
    }

    /** The groups of a namespace. */
    public Stream<GroupInfo> groups(NamespaceInfo namespace) {
        return call(() -> attachment.view().groups().list(namespace, gate));
    }

    /** Removes a group with its members; false if there is none. */
    public boolean removeGroup(NamespaceInfo namespace, MemorySegment group) {
        return call(() -> attachment.view().groups().remove(namespace, group, writes()));
    }

    /** The leases that are open, if they are tracked. */
    public List<LeaseInfo> openLeases() {
        return call(() -> attachment.view().leases().list());
    }

    /** Notes that an entry was used; false if there is none. */
    public boolean touch(NamespaceInfo namespace, MemorySegment key) {
        int stripe = gate.enter();
        try {
            return attachment.view().reads().touch(namespace, key);
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    /** Copies a value with several threads; {@link Namespace#ABSENT} if there is none. */
    public long load(NamespaceInfo namespace, MemorySegment key, MemorySegment target, int threads) {
        return call(() -> attachment.view().loads().load(namespace, key, target, threads));
    }

    /** Has a range of a value brought near; false if there is none. */
    public boolean prefetch(NamespaceInfo namespace, MemorySegment key, long offsetBytes, long lengthBytes) {
        return call(() -> attachment.view().loads().prefetch(namespace, key, offsetBytes, lengthBytes));
    }

    /** Whether there is an entry. */
    public boolean contains(NamespaceInfo namespace, MemorySegment key) {
        int stripe = gate.enter();
        try {
            return attachment.view().reads().contains(namespace, key);
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            gate.leave(stripe);
        }
    }

    /** Describes an entry. */
    public Optional<EntryInfo> find(NamespaceInfo namespace, MemorySegment key) {
        return call(() -> attachment.view().reads().find(namespace, key));
    }

    /** Removes an entry; false if there was none. */
    public boolean remove(NamespaceInfo namespace, MemorySegment key) {
        return call(() -> writes().remove(namespace, key));
    }

    /** The entries of a namespace, or of all. */
    public Stream<EntryInfo> entries(@Nullable NamespaceInfo namespace) {
        return call(() -> attachment.view().reads().entries(namespace, gate));
    }

    /** The operations of the log. */
    public ChangeFeed changes(long fromVersion) {
        return call(() -> {
            View view = attachment.view();
            return new LogFeed(view.follow(fromVersion), fromVersion, view.lastApplied(), gate, view.namespaces(),
                    new KeyDigester(view.geometry().digestSeedHi()));
        });
    }

    /** The digest of a key. */
    public Change.Digest digest(NamespaceInfo namespace, MemorySegment key) {
        return call(() -> {
            KeyDigester.Digest digest = new KeyDigester.Digest();
            new KeyDigester(attachment.view().geometry().digestSeedHi()).digest(namespace.number(), key, digest);
            return new Change.Digest(digest.hi(), digest.lo());
        });
    }

    /** The state of the store. */
    public StoreStats stats() {
        return call(attachment::stats);
    }

    /** The process slots that are or were taken. */
    public List<ProcessInfo> processes() {
        return call(attachment::processes);
    }

    /** Makes room; returns how many bytes. */
    public long evict(long bytes) {
        return call(() -> writes().evict(bytes));
    }

    /** Gathers what is live in few segments and gives blocks back; see {@code Hearth.compact}. */
    public CompactReport compact(long mostMovedBytes, Progress progress) {
        return call(() -> writes().compact(mostMovedBytes, progress));
    }

    /** Returns when everything that is visible now is durable. */
    public void sync() {
        call(() -> {
            attachment.sync();
            return true;
        });
    }

    /** Reads and checks everything. */
    public VerifyReport verify(Progress progress) {
        return call(() -> attachment.view().verifier().run(progress));
    }

    /** Reads and checks everything, and repairs what can be. */
    public RepairReport repair(Progress progress) {
        return call(() -> {
            Repairer repairer = attachment.repairer();
            if (repairer == null) {
                throw new IllegalStateException("access=" + HearthOptions.Access.READ_ONLY);
            }
            return repairer.run(progress);
        });
    }

    /** What is in the segments of the data file. */
    public List<SegmentInfo> segments() {
        return call(attachment::segments);
    }

    /** Copies the store as of some version from now. */
    public CopyReport copyTo(Path target, Progress progress) {
        return call(() -> {
            StoreCopier copier = attachment.copier(progress);
            if (copier == null) {
                throw new IllegalStateException("access=" + HearthOptions.Access.READ_ONLY);
            }
            return copier.copyTo(target);
        });
    }

    /** The directory. */
    public Path directory() {
        return attachment.path();
    }

    /**
     * Waits for the calls inside and detaches.
     */
    @Override
    public void close() {
        Memoizer memoizer = attachment.memoizer();
        if (memoizer != null) {
            memoizer.requireNone(gate, "close");
        }
        if (gate.close()) {
            HearthException fault = null;
            Path path = attachment.path();
            try {
                Attachments.close(attachment);
            } catch (InternalError e) {
                fault = fault(path, e);
            } catch (IllegalStateException e) {
                if (!(e.getCause() instanceof InternalError cut)) {
                    throw e;
                }
                fault = fault(path, cut);
            }
            if (fault != null) {
                throw fault; // All that can be given back was.
            }
        }
    }
}
