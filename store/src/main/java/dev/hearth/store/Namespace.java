package dev.hearth.store;

import dev.hearth.store.engine.Computation;
import dev.hearth.store.engine.Engine;
import dev.hearth.store.engine.EngineGroup;
import dev.hearth.store.engine.EngineLease;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one fingerprint. Any thread may call; calls on different keys and from different processes interleave
 * freely, and each put, batch or remove is visible whole to the next lookup of any process, or not at all.
 *
 * <p>
 * Keys have 1 to {@value Keys#MAX_BYTES} bytes ({@code IllegalArgumentException} otherwise). Once the namespace was
 * removed from the store, lookups miss and puts throw {@code IllegalStateException}.
 */
public final class Namespace {
    /** What {@link #read} returns when there is no such entry. */
    public static final long ABSENT = -1;
    /** How long {@code getOrCompute} waits for others unless it is told. */
    public static final Duration COMPUTE_LIMIT = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);
    private final Engine engine;
    private final NamespaceInfo info;

    Namespace(Engine engine, NamespaceInfo info) {
        this.engine = engine;
        this.info = info;
    }

    /** Its number, identity and version. */
    public NamespaceInfo info() {
        return info;
    }

    /**
     * Puts a value with the defaults of its kind, replacing what the key had, and returns the version.
     *
     * @throws IllegalArgumentException if the key, or the length for the given tensor, is out of range
     * @throws HearthException.Full     if there is no room; nothing was lost
     * @throws HearthException.Busy     if the writer lock was not had within its limit
     */
    public long put(MemorySegment key, MemorySegment value, TensorSpec spec, Kind kind) {
        return put(key, value, PutOptions.of(kind).spec(spec));
    }

    /** As {@link #put(MemorySegment, MemorySegment, TensorSpec, Kind)}, with all options. */
    public long put(MemorySegment key, MemorySegment value, PutOptions options) {
        options.spec().requireBytes(value.byteSize());
        return engine.put(info, Keys.require(key), value, options);
    }

    /**
     * Puts a value of {@code valueBytes} that is read from {@code source} piece by piece.
     *
     * @throws IOException if the source throws it; the store is as before
     */
    public long put(MemorySegment key, long valueBytes, ValueSource source, PutOptions options) throws IOException {
        options.spec().requireBytes(valueBytes);
        return engine.put(info, Keys.require(key), valueBytes, source, options);
    }

    /**
     * Puts a value if there is no entry of this key, whichever process would put one; returns the version, or nothing
     * if there is one. An entry that expired is none; whether the value of one that is there is sound is not checked.
     *
     * @throws IllegalArgumentException if the key, or the length for the given tensor, is out of range
     * @throws HearthException.Full     if there is no room; nothing was lost
     * @throws HearthException.Busy     if the writer lock was not had within its limit
     */
    public OptionalLong putIfAbsent(MemorySegment key, MemorySegment value, PutOptions options) {
        options.spec().requireBytes(value.byteSize());
        return engine.putIfAbsent(info, Keys.require(key), value, options);
    }

    /** Starts a batch: many puts and removes under one version. */
    public Batch batch() {
        return new Batch(engine.batch(), info);
    }

    /**
     * Copies bytes of a value, from {@code offsetBytes} on, until the target or the value ends, and loads only the
     * pages these bytes are in.
     *
     * @return the bytes copied: 0 at or behind the end of the value, or {@link #ABSENT} if there is no such entry
     * @throws HearthException.Corrupt if a parameter is damaged; a damaged activation is absent
     */
    public long read(MemorySegment key, long offsetBytes, MemorySegment target) {
        if (offsetBytes < 0) {
            throw new IllegalArgumentException("offsetBytes=" + offsetBytes);
        }
        return engine.read(info, Keys.require(key), offsetBytes, target);
    }

    /**
     * Leases the value of a key to the calling thread; null if there is no such entry.
     *
     * @throws HearthException.Corrupt if a parameter is damaged; a damaged activation is absent
     */
    public @Nullable Lease get(MemorySegment key) {
        return get(key, 0, Long.MAX_VALUE);
    }

    /** As {@link #get(MemorySegment)}, for a range of the value; it ends where the value ends. */
    public @Nullable Lease get(MemorySegment key, long offsetBytes, long lengthBytes) {
        return Lease.of(engine.lease(info, Keys.require(key), requireRange(offsetBytes, lengthBytes), lengthBytes,
                false));
    }

    /**
     * Leases the value of a key to all threads: for holding it long, because closing costs a handshake with all
     * threads, some 50 µs. Null if there is no such entry.
     */
    public @Nullable Lease getShared(MemorySegment key) {
        return Lease.of(engine.lease(info, Keys.require(key), 0, Long.MAX_VALUE, true));
    }

    /**
     * Opens a {@linkplain Hearth#newLease() lease} of the calling thread on the value of a key and returns true, or
     * returns false if there is no such entry. A hit on a raw value makes no garbage.
     *
     * @throws IllegalStateException if the lease is open
     */
    public boolean get(MemorySegment key, Lease reused) {
        return engine.lease(info, Keys.require(key), 0, Long.MAX_VALUE, reused.state());
    }

    /**
     * As {@link #get(MemorySegment, Lease)}, for a key of 16 bytes, as hashes of prefix blocks are: the two
     * little-endian words that it consists of. What is put under those bytes is found by these words.
     */
    public boolean get(long first, long second, Lease reused) {
        return engine.lease(info, first, second, reused.state());
    }

    /** As {@link #get(MemorySegment, Lease)}, for a range of the value; it ends where the value ends. */
    public boolean get(MemorySegment key, long offsetBytes, long lengthBytes, Lease reused) {
        return engine.lease(info, Keys.require(key), requireRange(offsetBytes, lengthBytes), lengthBytes,
                reused.state());
    }

    /**
     * As {@link #getOrCompute(MemorySegment, PutOptions, Duration, ValueSupplier)}, for an activation with the defaults
     * of its kind, waiting up to {@link #COMPUTE_LIMIT} for others.
     */
    public <E extends Exception> Lease getOrCompute(MemorySegment key, TensorSpec spec, ValueSupplier<E> supplier)
            throws E {
        return getOrCompute(key, PutOptions.of(Kind.ACTIVATION).spec(spec), COMPUTE_LIMIT, supplier);
    }

    /**
     * Leases the value of a key to the calling thread; if there is none it is computed and put, once a host: of all
     * threads of all processes that ask for it, one runs its supplier, in that thread, the others wait, and all get the
     * same bytes. If computing fails, or its process dies, one of those who wait computes instead, at once. What
     * somebody else puts meanwhile wins, and is what everybody gets.
     *
     * <p>
     * An activation that the store cannot take, because it is full, its writer is stuck, or what the value continues is
     * not there, is leased from private memory, with {@link Lease#version} 0; each who waits computes it then, one
     * after the other. The cost of computing it is recorded with the entry unless the options say what it is.
     *
     * <p>
     * A supplier may get, put and compute other keys. {@link Hearth#close} waits for suppliers that run, and ends the
     * waiting of others with {@code HearthException.Closed}.
     *
     * @param limit how long others who compute it are waited for; zero does not wait
     * @throws E                        what the supplier of this call throws; nothing is put
     * @throws HearthException.Busy     if others computed it for longer than the limit, naming the process if it is
     *                                  known; or if the thread is interrupted when it would wait, which stays so
     * @throws HearthException.Full     if there is no room for a parameter
     * @throws HearthException.Corrupt  if there is a parameter and it is damaged; a damaged activation is absent
     * @throws IllegalArgumentException if the key, or the length for the given tensor, is out of range
     * @throws IllegalStateException    if the value is being computed by this thread, or by one that waits for it; if
     *                                  the value is absent and the store is attached read-only, or the namespace was
     *                                  removed
     */
    public <E extends Exception> Lease getOrCompute(MemorySegment key, PutOptions options, Duration limit,
            ValueSupplier<E> supplier) throws E {
        Lease there = get(key);
        return there == null ? compute(key, options, limit, supplier, EngineLease.confined()) : there;
    }

    /**
     * As {@link #getOrCompute(MemorySegment, PutOptions, Duration, ValueSupplier)}, for a value of {@code valueBytes}
     * that is read piece by piece.
     *
     * @throws IOException if the source throws it; the store is as before
     */
    public Lease getOrCompute(MemorySegment key, long valueBytes, PutOptions options, Duration limit,
            SourceSupplier supplier) throws IOException {
        options.spec().requireBytes(valueBytes);
        Lease there = get(key);
        if (there != null) {
            return there;
        }
        EngineLease lease = EngineLease.confined();
        engine.compute(info, key, options, nanos(limit), Computation.of(valueBytes, supplier), lease);
        return Lease.open(lease);
    }

    /**
     * As {@link #getOrCompute(MemorySegment, PutOptions, Duration, ValueSupplier)}, with a {@linkplain #getShared
     * lease} for all threads.
     */
    public <E extends Exception> Lease getOrComputeShared(MemorySegment key, PutOptions options, Duration limit,
            ValueSupplier<E> supplier) throws E {
        Lease there = getShared(key);
        return there == null ? compute(key, options, limit, supplier, EngineLease.shared()) : there;
    }

    /**
     * As {@link #getOrCompute(MemorySegment, PutOptions, Duration, ValueSupplier)}, into a {@linkplain Hearth#newLease
     * lease} of the calling thread. A raw value that is there makes no garbage.
     *
     * @throws IllegalStateException also if the lease is open
     */
    public <E extends Exception> void getOrCompute(MemorySegment key, PutOptions options, Duration limit,
            ValueSupplier<E> supplier, Lease reused) throws E {
        if (!get(key, reused)) {
            Lease _ = compute(key, options, limit, supplier, reused.state());
        }
    }

    private <E extends Exception> Lease compute(MemorySegment key, PutOptions options, Duration limit,
            ValueSupplier<E> supplier, EngineLease lease) throws E {
        Computation<E> computation = Computation.of(() -> requireValue(supplier.compute(), options.spec()));
        engine.compute(info, key, options, nanos(limit), computation, lease);
        return Lease.open(lease);
    }

    private static MemorySegment requireValue(@Nullable MemorySegment computed, TensorSpec spec) {
        if (computed == null) {
            throw new IllegalStateException("the supplier computed null");
        }
        spec.requireBytes(computed.byteSize());
        return computed;
    }

    private static long nanos(Duration limit) {
        if (limit.isNegative()) {
            throw new IllegalArgumentException("limit=" + limit);
        }
        return limit.compareTo(LONGEST) < 0 ? limit.toNanos() : Long.MAX_VALUE;
    }

    private static long requireRange(long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0) {
            throw new IllegalArgumentException("offsetBytes=" + offsetBytes + " lengthBytes=" + lengthBytes);
        }
        return offsetBytes;
    }

    /**
     * Copies a value into memory with several threads at once, until it or the target ends. Counts as one hit.
     *
     * @param target  heap memory, or native memory that all threads may access, unless {@code threads} is 1
     * @param threads how many at most, the calling one included
     * @return the bytes copied, or {@link #ABSENT} if there is no such entry
     * @throws HearthException.Corrupt if a parameter is damaged; a damaged activation is absent
     */
    public long load(MemorySegment key, MemorySegment target, int threads) {
        return engine.load(info, Keys.require(key), target, threads);
    }

    /** As {@link #prefetch(MemorySegment, long, long)}, for the whole value. */
    public boolean prefetch(MemorySegment key) {
        return prefetch(key, 0, Long.MAX_VALUE);
    }

    /**
     * Has a range of a value brought near for a get that will come: raw bytes are read in behind the caller's back,
     * encoded pages, up to 16 MiB of them, are decoded into the shared frames now. False if there is no such entry.
     */
    public boolean prefetch(MemorySegment key, long offsetBytes, long lengthBytes) {
        return engine.prefetch(info, Keys.require(key), requireRange(offsetBytes, lengthBytes), lengthBytes);
    }

    /**
     * Leases all members of a {@linkplain Batch#group group} to the calling thread, as they are at one moment; null if
     * there is no such group, or one of its members is absent: an activation may have been evicted, or have expired.
     *
     * <p>
     * Takes no lock. Only if others commit to members for a tenth of a second without a pause that is long enough to
     * look all of them up, they are looked up once under the writer lock. Counts as one hit for each member, or as one
     * miss.
     *
     * @throws HearthException.Corrupt if a parameter, or the list of keys of a group with a parameter, is damaged
     * @throws HearthException.Busy    if that lock was not had within its limit; for an attachment that only reads, if
     *                                 there was no such pause for ten seconds
     */
    public @Nullable GroupLease getGroup(MemorySegment group) {
        EngineGroup found = engine.leaseGroup(info, Keys.require(group));
        return found == null ? null : new GroupLease(found);
    }

    /** The keys of the members of a group, whether their entries are still there or not; empty if there is none. */
    public Optional<List<byte[]>> groupKeys(MemorySegment group) {
        return engine.groupKeys(info, Keys.require(group));
    }

    /**
     * Has all members of a group brought near, each as {@link #prefetch(MemorySegment)} does; false if there is no such
     * group. Members that are absent are left out.
     */
    public boolean prefetchGroup(MemorySegment group) {
        return prefetchGroup(group, () -> false);
    }

    boolean prefetchGroup(MemorySegment group, BooleanSupplier stop) {
        return engine.prefetchGroup(info, Keys.require(group), stop);
    }

    /** Leases groups one after the other, each brought near while the one before is in use. */
    public GroupWalk walk(List<MemorySegment> groups) {
        return new GroupWalk(this, groups);
    }

    /** The groups there are, in no particular order; close the stream. Looks at every slot of the lookup table. */
    public Stream<GroupInfo> groups() {
        return engine.groups(info);
    }

    /**
     * Removes a group and all its members in one step; false if there is no such group. Members that were replaced
     * since, or belong to another group as well, go too; that other group can then no longer be leased.
     */
    public boolean removeGroup(MemorySegment group) {
        return engine.removeGroup(info, Keys.require(group));
    }

    /** Notes that an entry was used, as a get of it would; false if there is none. */
    public boolean touch(MemorySegment key) {
        return engine.touch(info, Keys.require(key));
    }

    /** Whether there is an entry of this key. Its value is not checked. */
    public boolean contains(MemorySegment key) {
        return engine.contains(info, Keys.require(key));
    }

    /** What the store knows of the entry of this key. */
    public Optional<EntryInfo> find(MemorySegment key) {
        return engine.find(info, Keys.require(key));
    }

    /** Removes the entry of this key; false if there was none. */
    public boolean remove(MemorySegment key) {
        return engine.remove(info, Keys.require(key));
    }

    /** What stands for a key of this namespace in {@linkplain Change#digest changes} that do not tell the key. */
    public Change.Digest digest(MemorySegment key) {
        return engine.digest(info, Keys.require(key));
    }

    /** The entries there are while the stream runs, in no particular order; close the stream. */
    public Stream<EntryInfo> entries() {
        return engine.entries(info);
    }
}
