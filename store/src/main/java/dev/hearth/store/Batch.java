package dev.hearth.store;

import dev.hearth.store.engine.EngineBatch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Puts and removes that become visible together, under one version, or not at all. One thread.
 *
 * <p>
 * Values are written as they are put; {@link #commit} makes them visible. A batch that is closed without that leaves no
 * entry. A later operation on a key of the batch replaces the earlier one.
 */
public final class Batch implements AutoCloseable {
    private final EngineBatch batch;
    private final NamespaceInfo info;

    Batch(EngineBatch batch, NamespaceInfo info) {
        this.batch = batch;
        this.info = info;
    }

    /** Adds a put with the defaults of its kind; errors as {@link Namespace#put}. */
    public void put(MemorySegment key, MemorySegment value, TensorSpec spec, Kind kind) {
        put(key, value, PutOptions.of(kind).spec(spec));
    }

    /** Adds a put. */
    public void put(MemorySegment key, MemorySegment value, PutOptions options) {
        options.spec().requireBytes(value.byteSize());
        batch.put(info, Keys.require(key), value, options);
    }

    /** Adds a put of a value that is read piece by piece. */
    public void put(MemorySegment key, long valueBytes, ValueSource source, PutOptions options) throws IOException {
        options.spec().requireBytes(valueBytes);
        batch.put(info, Keys.require(key), valueBytes, source, options);
    }

    /** Adds a removal; of a key without an entry it does nothing. */
    public void remove(MemorySegment key) {
        batch.remove(info, Keys.require(key));
    }

    /**
     * Makes the batch visible and returns its version; the batch is over.
     *
     * @throws HearthException.Full if there is no room for that many entries; the batch is over and nothing is visible
     */
    public long commit() {
        return batch.commit();
    }

    @Override
    public void close() {
        batch.close();
    }
}
