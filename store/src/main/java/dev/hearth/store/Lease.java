package dev.hearth.store;

import dev.hearth.store.engine.EngineLease;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A hold on bytes of a value where they lie in the store: while it is open they neither move nor change, whatever is
 * put, removed or evicted meanwhile. Closing it is what lets them go; a lease that is never closed holds its segment
 * until the process ends.
 *
 * <p>
 * There are three kinds:
 * <table class="plain">
 * <caption>Kinds of leases</caption>
 * <tr><th>from</th><th>threads</th><th>its segment, used after it was closed</th><th>cost</th></tr>
 * <tr><td>{@link Namespace#get(MemorySegment)}</td><td>the one that took it</td><td>throws
 * {@code IllegalStateException}</td><td>some 100 bytes of garbage</td></tr>
 * <tr><td>{@link Namespace#getShared}</td><td>all</td><td>throws {@code IllegalStateException}</td><td>closing takes a
 * handshake with all threads, some 50 µs</td></tr>
 * <tr><td>{@link Hearth#newLease} and {@link Namespace#get(MemorySegment, Lease)}</td><td>the one that made
 * it</td><td><b>is not noticed</b></td><td>no garbage</td></tr>
 * </table>
 *
 * <p>
 * A reused lease hands out slices of the store's own mapping: the segment it gave out stays readable when the lease is
 * closed, and the bytes in it are then anybody's. With {@link HearthOptions#trackLeases()} reused leases are made like
 * the others, so that a segment that was kept too long throws; tests should run that way. Using the lease itself after
 * it was closed throws {@code IllegalStateException} for all kinds, and using one of another thread throws
 * {@code WrongThreadException}.
 *
 * <p>
 * The bytes are those of the file, shared by all processes, if the value lies raw; private memory of the lease if it
 * had to be decoded, the store is attached read-only, or it could not take what was computed. They are read-only and
 * start at a multiple of 64 bytes for the start of the value. {@code segment().asByteBuffer()} and foreign functions
 * take them as they are: only, a native reader dies if somebody truncates the data file meanwhile, where Java gets an
 * {@code InternalError}.
 *
 * <p>
 * {@link Hearth#close} does not end leases: their bytes stay until they are closed.
 */
public final class Lease implements AutoCloseable {
    private final EngineLease state;

    private Lease(EngineLease state) {
        this.state = state;
    }

    static Lease reused() {
        return new Lease(EngineLease.reused());
    }

    static @Nullable Lease of(@Nullable EngineLease state) {
        return state == null ? null : new Lease(state);
    }

    /** A lease that was just opened. */
    static Lease open(EngineLease state) {
        return new Lease(state);
    }

    EngineLease state() {
        return state;
    }

    /** The bytes: contiguous and read-only; empty for an empty range or value. */
    public MemorySegment segment() {
        return state.segment();
    }

    /** How many bytes. */
    public long byteSize() {
        return state.byteSize();
    }

    /** The commit that made the value visible; 0 if it was computed just now and the store could not take it. */
    public long version() {
        return state.version();
    }

    /** What the whole value is, as a tensor. */
    public TensorSpec spec() {
        return state.spec();
    }

    /** How many pages of the value the bytes are in. */
    public int pageCount() {
        return state.pageCount();
    }

    /**
     * The bytes that are in one of these pages, read-only. Of a value that is stored encoded this decodes no other
     * page.
     *
     * @throws IndexOutOfBoundsException if there is no such page
     */
    public MemorySegment page(int index) {
        return state.page(index);
    }

    /**
     * Lets the bytes go; again is no error. A reused lease can be opened again then.
     *
     * @throws WrongThreadException  if it is another thread's
     * @throws IllegalStateException if a foreign function is working on the bytes in another thread; the lease stays
     * open
     */
    @Override
    public void close() {
        state.close();
    }
}
