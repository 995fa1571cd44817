package dev.hearth.store;

import dev.hearth.store.engine.EngineBatch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

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

    /**
     * Names the groups that what is put from here on belongs to, besides being an entry of its own; no name ends that.
     *
     * <p>
     * The commit writes a list of the keys of each group, in the order in which they were put, so that the group can be
     * {@linkplain Namespace#getGroup leased}, prefetched and removed at a cost that grows with it and not with the
     * store. It replaces the group of that name, if there was one; members that are not named again stay entries. A
     * group that nothing is put to is left as it was. An entry may belong to any number of groups.
     *
     * @param groups names of 1 to {@value Keys#MAX_BYTES} bytes, which have nothing to do with the names of keys
     */
    public void group(MemorySegment... groups) {
        List<MemorySegment> names = List.of(groups);
        names.forEach(Keys::require);
        batch.groups(info, names);
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
