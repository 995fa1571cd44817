package dev.hearth.store;

import dev.hearth.store.engine.Engine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
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

    /** As {@link #get(MemorySegment, Lease)}, for a range of the value; it ends where the value ends. */
    public boolean get(MemorySegment key, long offsetBytes, long lengthBytes, Lease reused) {
        return engine.lease(info, Keys.require(key), requireRange(offsetBytes, lengthBytes), lengthBytes,
                reused.state());
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

    /** The entries there are while the stream runs, in no particular order; close the stream. */
    public Stream<EntryInfo> entries() {
        return engine.entries(info);
    }
}
