package dev.hearth.store.engine;

import dev.hearth.store.TensorSpec;
import dev.hearth.store.entry.KeyDigester;
import dev.hearth.store.frame.FrameKey;
import dev.hearth.store.mark.HoldLane;
import dev.hearth.store.table.TableEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a lease: which bytes it has, and what keeps them there. Opened by {@link Leases}, again and again if it
 * is reused; of one thread, unless it is shared.
 */
public final class EngineLease implements AutoCloseable {
    private static final int HITS_AT_ONCE = 32;
    private static final int CLOSED = 0;
    private static final int OPEN = 1;
    private static final int CLOSING = 2;
    /** Open, with a hold in the lane of its owner and nothing else that has to be ended; those above are so too. */
    private static final int OPEN_DIRECT = 3;
    /** The same, and a frame is held. */
    private static final int OPEN_FRAME = 4;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(EngineLease.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Working memory of the lookup, and what it found. */
    final KeyDigester.Digest digest = new KeyDigester.Digest();
    final TableEntry entry = new TableEntry();
    final FrameKey frameKey = new FrameKey();
    private final @Nullable Thread owner;
    private final boolean reused;
    private int uncountedHits;
    private int state;
    private @Nullable Leases source;
    /** Where {@link #lane} is a lane, if it is known whether the owner has one there. */
    private @Nullable Holds laneOf;
    private HoldLane lane = HoldLane.NONE;
    private LeaseTracker.@Nullable Taken taken;
    private @Nullable Arena arena;
    /**
     * What the bytes are a slice of. Always a slice, even of the whole: an object that is made on one of two ways is
     * one that the compiler has to make.
     */
    private MemorySegment memory = MemorySegment.NULL;
    private long start;
    private long lengthBytes;
    /** Where the bytes start in the value. */
    private long fromBytes;
    private int stripe = Holds.GONE;
    /** The frame that is held if the bytes lie in one. */
    private long handle = -1;
    /** The pages, if they lie apart. */
    private @Nullable LeasedPages pages;
    /** What the value is, if that was read already because nothing holds the header. */
    private @Nullable TensorSpec spec;

    private EngineLease(@Nullable Thread owner, boolean reused) {
        this.owner = owner;
        this.reused = reused;
    }

    /** A lease for many gets of the calling thread. */
    public static EngineLease reused() {
        return new EngineLease(Thread.currentThread(), true);
    }

    /** A lease for one get of the calling thread. */
    public static EngineLease confined() {
        return new EngineLease(Thread.currentThread(), false);
    }

    /** A lease for one get and all threads. */
    public static EngineLease shared() {
        return new EngineLease(null, false);
    }

    /**
     * Hits to be counted now, of which the last one is just made. Counting takes a fifth of the time of a get, so a
     * reused lease counts several at once; what it has not counted when it is given up is not counted.
     */
    int takeHits() {
        int hits = uncountedHits + 1;
        uncountedHits = reused && hits < HITS_AT_ONCE ? hits : 0;
        return uncountedHits == 0 ? hits : 0;
    }

    /** The same for one that is known to be reused. */
    int takeDirectHits() {
        int hits = uncountedHits + 1;
        if (hits < HITS_AT_ONCE) {
            uncountedHits = hits;
            return 0;
        }
        uncountedHits = 0;
        return hits;
    }

    /** The lane of the owner of a reused lease, if he has one; others are not used often enough. */
    HoldLane lane(Holds holds) {
        return laneOf == holds ? lane : findLane(holds);
    }

    @SuppressWarnings("ReferenceEquality") // it is one object
    private HoldLane findLane(Holds holds) {
        HoldLane found = reused && owner == Thread.currentThread() ? holds.lane() : HoldLane.NONE;
        laneOf = found == HoldLane.NONE_YET ? null : holds;
        lane = found;
        return found;
    }

    /** Throws if a get into this lease is a mistake. */
    @SuppressWarnings("ReferenceEquality") // it is one object
    void requireClosed() {
        if (owner != Thread.currentThread()) {
            requireOwner();
        }
        if ((int) STATE.getAcquire(this) != CLOSED) {
            throw new IllegalStateException("the lease is open");
        }
    }

    private void requireOwner() {
        if (owner != null && !owner.equals(Thread.currentThread())) {
            throw new WrongThreadException("the lease belongs to thread " + owner.getName());
        }
    }

    private void requireOpen() {
        requireOwner();
        int now = (int) STATE.getAcquire(this);
        if (now != OPEN && now < OPEN_DIRECT) {
            throw new IllegalStateException("the lease is closed");
        }
    }

    // ---- Opening, by Leases, after the entry was found ----

    /** Whether the bytes need an arena that ends with the lease. */
    boolean wantsArena(boolean tracked) {
        return !reused || tracked;
    }

    /** Shows bytes of the mapping that {@code newStripe} holds. */
    void openMapped(Leases newSource, int newStripe, MemorySegment mapping, long offset, long newFromBytes,
            long newLengthBytes) {
        show(newSource, mapping, offset, newFromBytes, newLengthBytes);
        stripe = newStripe;
        STATE.setRelease(this, OPEN);
    }

    /** Shows bytes of the mapping that the owner holds in his lane. */
    void openDirect(Leases newSource, MemorySegment mapping, long offset, long newFromBytes, long newLengthBytes) {
        show(newSource, mapping, offset, newFromBytes, newLengthBytes);
        state = OPEN_DIRECT;
    }

    /** The same with bytes of a frame that is held. */
    void openDirectFrame(Leases newSource, MemorySegment frames, long newHandle, long offset, long newFromBytes,
            long newLengthBytes) {
        show(newSource, frames, offset, newFromBytes, newLengthBytes);
        handle = newHandle;
        state = OPEN_FRAME;
    }

    @SuppressWarnings({"ReferenceEquality", "MemorySegmentReferenceEquality"}) // the same object need not be stored
    private void show(Leases newSource, MemorySegment mapping, long offset, long newFromBytes, long newLengthBytes) {
        // What a reused lease has already is not stored again: to an old object that is a full fence, because of the
        // garbage collector, and would keep the next get from beginning while this one waits for memory.
        if (source != newSource) {
            source = newSource;
        }
        if (memory != mapping) {
            memory = mapping;
        }
        start = offset;
        fromBytes = newFromBytes;
        lengthBytes = newLengthBytes;
    }

    /** Shows bytes of a page in a frame, or of the mapping. */
    void openFrame(Leases newSource, int newStripe, PageSpot spot, long offset, long newFromBytes,
            long newLengthBytes) {
        handle = spot.handle;
        openMapped(newSource, newStripe, spot.memory, offset, newFromBytes, newLengthBytes);
    }

    /** Shows pages that lie apart. */
    void openPages(Leases newSource, int newStripe, LeasedPages newPages, long newFromBytes, long newLengthBytes) {
        pages = newPages;
        openMapped(newSource, newStripe, MemorySegment.NULL, 0, newFromBytes, newLengthBytes);
    }

    /** Gives the lease an arena of its own and shows the bytes through it. */
    @SuppressWarnings("restricted")
    void confine() {
        Arena own = arena();
        memory = memory.asSlice(start, lengthBytes).reinterpret(own, null);
        start = 0;
    }

    /** Shows a private copy, which is in {@link #arena}. */
    void openCopy(Leases newSource, int newStripe, MemorySegment copy, long newFromBytes,
            @Nullable TensorSpec newSpec) {
        spec = newSpec;
        openMapped(newSource, newStripe, copy.asReadOnly(), 0, newFromBytes, copy.byteSize());
    }

    /** The arena that ends with the lease, made now if there is none. */
    Arena arena() {
        Arena own = arena;
        if (own == null) {
            own = owner == null ? Arena.ofShared() : Arena.ofConfined();
            arena = own;
        }
        return own;
    }

    /** Undoes what was done for a get that missed in the end; the hold on the segment is the caller's. */
    void giveUp() {
        STATE.setRelease(this, CLOSED);
        stripe = Holds.GONE;
        endMemory();
    }

    void track(LeaseTracker.@Nullable Taken newTaken) {
        taken = newTaken;
    }

    // ---- Use ----

    /** The bytes: read-only, contiguous. */
    @SuppressWarnings("ReferenceEquality") // it is one object
    public MemorySegment segment() {
        if (state < OPEN_DIRECT || owner != Thread.currentThread()) {
            requireOpen();
            LeasedPages apart = pages;
            if (apart != null) {
                memory = apart.whole();
            }
        }
        return memory.asSlice(start, lengthBytes);
    }

    /** How many bytes. */
    public long byteSize() {
        requireOpen();
        return lengthBytes;
    }

    /** The commit that made the entry visible. */
    public long version() {
        requireOpen();
        return entry.version();
    }

    /** What the value is, by its header. */
    public TensorSpec spec() {
        requireOpen();
        TensorSpec known = spec;
        return known == null ? source().spec(entry) : known;
    }

    /** How many pages of the value the bytes are in. */
    public int pageCount() {
        requireOpen();
        if (lengthBytes == 0) {
            return 0;
        }
        int pageBytes = source().pageBytes();
        return Math.toIntExact((fromBytes + lengthBytes - 1) / pageBytes - fromBytes / pageBytes + 1);
    }

    /** The bytes that are in one of these pages. */
    public MemorySegment page(int index) {
        Objects.checkIndex(index, pageCount());
        LeasedPages apart = pages;
        if (apart != null) {
            return apart.page(index);
        }
        int pageBytes = source().pageBytes();
        long pageStart = (fromBytes / pageBytes + index) * pageBytes;
        long from = Math.max(pageStart, fromBytes) - fromBytes;
        long to = Math.min(pageStart + pageBytes - fromBytes, lengthBytes);
        return segment().asSlice(from, to - from);
    }

    private Leases source() {
        Leases leases = source;
        if (leases == null) {
            throw new IllegalStateException("the lease is closed");
        }
        return leases;
    }

    /**
     * Ends the lease; again is no error.
     *
     * @throws WrongThreadException  if it belongs to another thread
     * @throws IllegalStateException if a native call of another thread is using its bytes; it stays open
     */
    @Override
    @SuppressWarnings("ReferenceEquality") // it is one object
    public void close() {
        Holds own = laneOf;
        if (state >= OPEN_DIRECT && own != null && owner == Thread.currentThread()) {
            if (state == OPEN_FRAME) {
                source().pages().release(handle);
                handle = -1;
            }
            state = CLOSED;
            own.release(entry.segment(), lane);
            return;
        }
        if (owner != null) {
            if (state != CLOSED) {
                requireOwner();
                end();
                STATE.setRelease(this, CLOSED);
            }
            return;
        }
        if (STATE.compareAndSet(this, OPEN, CLOSING)) {
            int next = OPEN;
            try {
                end();
                next = CLOSED;
            } finally {
                STATE.setRelease(this, next);
            }
        }
    }

    private void end() {
        endMemory();
        Leases leases = source();
        LeaseTracker.Taken tracked = taken;
        if (tracked != null) {
            taken = null;
            tracked.returned();
        }
        int held = stripe;
        if (held >= 0) {
            stripe = Holds.GONE;
            leases.release(entry.segment(), held);
        }
    }

    /** The arena first: only when nobody can use the bytes any more are they let go. */
    private void endMemory() {
        Arena own = arena;
        if (own != null) {
            own.close();
            arena = null;
            spec = null;
        }
        LeasedPages apart = pages;
        if (apart != null) {
            apart.end();
            pages = null;
        }
        if (handle >= 0) {
            source().pages().release(handle);
            handle = -1;
        }
    }
}
