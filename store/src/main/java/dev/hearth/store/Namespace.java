package dev.hearth.store;

import dev.hearth.store.engine.Engine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.stream.Stream;

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
