package dev.hearth.store.frame;

import dev.hearth.store.HearthException;
import dev.hearth.store.counters.Counter;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Decoded pages in memory shared by all processes of the host: set-associative, in frames of several sizes, replaced
 * in the order of a CLOCK within each set.
 *
 * <p>
 * A page is read by {@link #copy}, or by {@link #hold}, which keeps the frame as it is until {@link #release}. Whoever
 * finds it in no frame asks for one with {@link #claim}, decodes, and ends with {@link #publish} or {@link #abandon};
 * others who want the same page wait for that, a limited time. So a page is decoded once per host, unless its set is
 * held or whoever decodes it does not get on: then the answer is {@link #NONE}, and the caller decodes privately.
 * {@link FrameClaims} has the protocol and why it holds.
 *
 * <p>
 * Nothing here is needed to get a value. If the file was truncated, or there is no space for a frame, or a page in it
 * is damaged, the page is not resident. {@code copy}, {@code hold} and {@code release} do not allocate once a page was
 * used by this process. Any thread; a hold outside of lanes may be released by another one. The caller closes after
 * the last call has returned and the last hold was released.
 */
public final class FrameCache implements AutoCloseable {
    /** Somebody has published the page meanwhile. */
    public static final long RESIDENT = -1;
    /** There is no frame to be had: decode privately. */
    public static final long NONE = -2;
    private static final long NOT_RESIDENT = -1;

    private final FrameLayout layout;
    private final FrameSets sets;
    private final MemorySegment memory;
    private final MemorySegment view;
    private final FrameHolds holds;
    private final FrameSpace space;
    private final FrameClaims claims;
    private final PageChecks checks;
    private final Doorkeeper doorkeeper;
    private final @Nullable DirectFrames direct;
    private final FrameEvents events;
    private final Path path;
    private final Runnable closer;
    private final AtomicBoolean broken = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    FrameCache(Mapping mapping, FrameLayout layout, FrameClaims.Owner owner, FrameEvents events) {
        this.layout = layout;
        this.events = events;
        path = mapping.path();
        closer = mapping.closer();
        memory = mapping.memory();
        view = memory.asReadOnly();
        sets = new FrameSets(memory);
        holds = new FrameHolds(layout, memory, owner.word(), owner.alive());
        space = new FrameSpace(layout, memory, mapping.allocator());
        claims = new FrameClaims(layout, sets, holds, space, owner, events);
        checks = new PageChecks(layout);
        doorkeeper = new Doorkeeper(layout.frameCount);
        direct = DirectFrames.of(layout, checks, memory, layout.holdsOffset((int) (owner.word() >>> Integer.SIZE)));
        holds.open();
    }

    /**
     * Opens the frames of a store, or creates them; while nobody else opens or leaves them, as under the lock that
     * {@code exclusively} of the settings takes, which is not taken here.
     *
     * @throws HearthException for whatever reason there are none to be had: {@code Incompatible} or {@code Corrupt}
     *                         if their file is of another format or damaged and others use it, {@code Refused} if
     *                         it is not ours or not to be found, {@code Full} if there is no space. The store is as
     *                         usable as before: pages are decoded privately
     */
    public static FrameCache open(FrameSettings settings) {
        return new FrameOpener(settings).open();
    }

    /**
     * The file as an attachment has it: the hold counters of its slot have space.
     *
     * @param closer unmaps, and whatever else there is to do at the end
     */
    record Mapping(Path path, MemorySegment memory, FrameSpace.Allocator allocator, Runnable closer) {}

    /**
     * Copies a part of a page if it is in a frame; what is in the target otherwise is undefined.
     *
     * @return whether it was
     */
    public boolean copy(FrameKey key, int fromBytes, MemorySegment target, long targetOffset, int lengthBytes) {
        Objects.checkFromIndexSize(fromBytes, lengthBytes, key.lengthBytes());
        SizeClass sizeClass = layout.classOf(key.lengthBytes());
        try {
            if (isAbsent(sizeClass)) {
                return false;
            }
            int set = sizeClass.setOf(key.hash());
            long setOffset = sizeClass.setOffset(set);
            for (int left = sets.tagged(setOffset, key.tag()); left != 0; left &= left - 1) {
                int way = Integer.numberOfTrailingZeros(left);
                long wayOffset = SizeClass.wayOffset(setOffset, way);
                long word = way < sizeClass.ways() ? sets.word(wayOffset) : FrameWord.EMPTY;
                if (FrameWord.isReady(word) && sets.hasKey(wayOffset, key) && isGood(sizeClass, set, way, word, key)) {
                    MemorySegment.copy(memory, sizeClass.frameOffset(set, way) + fromBytes, target, targetOffset,
                            lengthBytes);
                    VarHandle.acquireFence();
                    if (sets.word(wayOffset) == word) {
                        sets.refer(setOffset, way);
                        return true;
                    }
                }
            }
            return false;
        } catch (InternalError e) {
            fail(e);
            return false;
        }
    }

    /** Holds the frame of a page until it is released: a handle, at least 0; or -1 if it is in none. */
    public long hold(FrameKey key) {
        SizeClass sizeClass = layout.classOf(key.lengthBytes());
        try {
            if (isAbsent(sizeClass)) {
                return NOT_RESIDENT;
            }
            int set = sizeClass.setOf(key.hash());
            long setOffset = sizeClass.setOffset(set);
            for (int left = sets.tagged(setOffset, key.tag()); left != 0; left &= left - 1) {
                int way = Integer.numberOfTrailingZeros(left);
                long wayOffset = SizeClass.wayOffset(setOffset, way);
                long word = way < sizeClass.ways() ? sets.word(wayOffset) : FrameWord.EMPTY;
                if (FrameWord.isReady(word) && sets.hasKey(wayOffset, key)) {
                    int counter = layout.holdCounter(sizeClass, set);
                    int stripe = holds.add(counter);
                    // Whoever takes the way from now on sees the hold; who did before shows in the word.
                    if (sets.word(wayOffset) == word && isGood(sizeClass, set, way, word, key)) {
                        sets.refer(setOffset, way);
                        return FrameHandle.of(sizeClass, set, way, stripe);
                    }
                    boolean _ = holds.remove(counter, stripe);
                }
            }
            return NOT_RESIDENT;
        } catch (InternalError e) {
            fail(e);
            return NOT_RESIDENT;
        }
    }

    /**
     * The same, with one fence instead of two, for a thread that has a lane: a hold that only this thread releases. Of
     * what is in no frame, and of what was not looked at here before, it says -1.
     *
     * @param lane a stripe in which no other thread of this attachment counts
     */
    public long holdDirect(FrameKey key, int lane) {
        SizeClass sizeClass = layout.classOf(key.lengthBytes());
        try {
            return direct == null || isAbsent(sizeClass) || !FrameLayout.isLane(lane)
                    ? NOT_RESIDENT
                    : direct.hold(sizeClass, key, lane);
        } catch (InternalError e) {
            fail(e);
            return NOT_RESIDENT;
        }
    }

    /**
     * The same without a search: of a page that is not in the frame at {@code place} it says -1, too.
     *
     * @param place what {@link #place} said
     * @throws IllegalArgumentException if there is no such place
     */
    public long holdDirect(FrameKey key, long place, int lane) {
        long handle = FrameHandle.ofPlace(place, lane);
        SizeClass sizeClass = FrameHandle.sizeClass(layout, handle);
        try {
            return direct == null || isAbsent(sizeClass) || !FrameLayout.isLane(lane)
                    ? NOT_RESIDENT
                    : direct.hold(sizeClass, FrameHandle.set(handle), FrameHandle.way(handle), key, lane);
        } catch (InternalError e) {
            fail(e);
            return NOT_RESIDENT;
        }
    }

    /** Where the frame of a handle is: a number from 0 to 2^39 - 1, good as long as these frames are open. */
    public long place(long handle) {
        return FrameHandle.place(handle);
    }

    /** The mapped frames, read-only. */
    public MemorySegment memory() {
        return view;
    }

    /** Where the frame of a handle starts in {@link #memory}. */
    public long offsetBytes(long handle) {
        return FrameHandle.sizeClass(layout, handle).frameOffset(FrameHandle.set(handle), FrameHandle.way(handle));
    }

    /**
     * Lets go of a frame; of one that is held in a lane, by its thread.
     *
     * @throws IllegalStateException if it is not held
     */
    public void release(long handle) {
        int counter = layout.holdCounter(FrameHandle.sizeClass(layout, handle), FrameHandle.set(handle));
        int stripe = FrameHandle.stripe(handle);
        DirectFrames inLane = FrameLayout.isLane(stripe) ? direct : null;
        try {
            boolean held = inLane == null ? holds.remove(counter, stripe) : inLane.release(counter, stripe);
            if (!held && !broken.getPlain()) {
                throw new IllegalStateException("handle=" + handle + " is not held");
            }
        } catch (InternalError e) {
            fail(e);
        }
    }

    /**
     * Asks to be the one who decodes a page: a handle, at least 0, to be published or abandoned; {@link #RESIDENT} if
     * somebody has just published it; {@link #NONE} if there is no frame for it.
     */
    public long claim(FrameKey key) {
        SizeClass sizeClass = layout.classOf(key.lengthBytes());
        if (broken.getPlain()) {
            return NONE;
        }
        try {
            return claims.claim(sizeClass, key);
        } catch (InternalError e) {
            fail(e);
            return NONE;
        }
    }

    /**
     * The same for a page that is only to be copied: where it would take the place of another one, it gets a frame when
     * it is asked for again.
     */
    public long claimForCopy(FrameKey key) {
        SizeClass sizeClass = layout.classOf(key.lengthBytes());
        try {
            if (!isAbsent(sizeClass) && !sets.hasUntagged(sizeClass.setOffset(sizeClass.setOf(key.hash())),
                    sizeClass.ways()) && !doorkeeper.knows(key.hash())) {
                return NONE;
            }
        } catch (InternalError e) {
            fail(e);
        }
        return claim(key);
    }

    /**
     * Copies a decoded page into the claimed frame and makes it visible.
     *
     * @param decoded private memory
     * @throws IllegalStateException if the handle is no claim of this page
     */
    public void publish(long handle, FrameKey key, MemorySegment decoded, long decodedOffset) {
        Objects.checkFromIndexSize(decodedOffset, key.lengthBytes(), decoded.byteSize());
        SizeClass sizeClass = FrameHandle.sizeClass(layout, handle);
        int set = FrameHandle.set(handle);
        int way = FrameHandle.way(handle);
        long setOffset = sizeClass.setOffset(set);
        long wayOffset = SizeClass.wayOffset(setOffset, way);
        PageChecks.Buffer buffer = checks.take();
        try {
            long claim = claims.ownClaim(wayOffset);
            if (!sets.hasKey(wayOffset, key)) {
                throw new IllegalStateException("handle=" + handle + " is no claim of " + key);
            }
            sets.setPageCrc(wayOffset,
                    buffer.copy(decoded, decodedOffset, memory, sizeClass.frameOffset(set, way), key));
            long sequence = FrameWord.next(sets.sequence(wayOffset));
            sets.setSequence(wayOffset, sequence);
            boolean _ = sets.takeReference(setOffset, way);
            checks.setChecked(sizeClass.firstFrame() + sizeClass.frame(set, way), FrameWord.ready(sequence));
            if (sets.replaceWord(wayOffset, claim, FrameWord.ready(sequence))) {
                events.add(Counter.FRAMES_RESIDENT, 1);
            }
        } catch (InternalError e) {
            fail(e);
        } finally {
            checks.give(buffer);
        }
    }

    /**
     * Gives a claimed frame up.
     *
     * @throws IllegalStateException if the handle is no claim
     */
    public void abandon(long handle) {
        SizeClass sizeClass = FrameHandle.sizeClass(layout, handle);
        long wayOffset = SizeClass.wayOffset(sizeClass.setOffset(FrameHandle.set(handle)), FrameHandle.way(handle));
        try {
            boolean _ = sets.replaceWord(wayOffset, claims.ownClaim(wayOffset), FrameWord.EMPTY);
        } catch (InternalError e) {
            fail(e);
        }
    }

    /** What the frames hold now; looks at all of them. */
    public FrameStats stats() {
        List<FrameStats.Size> sizes = new ArrayList<>();
        try {
            for (SizeClass sizeClass : layout.classes) {
                sizes.add(stats(sizeClass));
            }
            return new FrameStats(layout.frameBytes, space.frameBytes(),
                    sizes.stream().mapToLong(FrameStats.Size::resident).sum(),
                    sizes.stream().mapToLong(FrameStats.Size::residentBytes).sum(),
                    sizes.stream().mapToLong(FrameStats.Size::claimed).sum(), sizes);
        } catch (InternalError e) {
            fail(e);
            return new FrameStats(layout.frameBytes, 0, 0, 0, 0, List.of());
        }
    }

    private FrameStats.Size stats(SizeClass sizeClass) {
        long resident = 0;
        long residentBytes = 0;
        long claimed = 0;
        for (int set = 0; set < sizeClass.sets() && space.hasSets(sizeClass); set++) {
            for (int way = 0; way < sizeClass.ways(); way++) {
                long wayOffset = SizeClass.wayOffset(sizeClass.setOffset(set), way);
                long word = sets.word(wayOffset);
                if (FrameWord.isReady(word)) {
                    resident++;
                    residentBytes += Math.clamp(sets.lengthBytes(wayOffset), 0, sizeClass.frameBytes());
                } else if (word != FrameWord.EMPTY) {
                    claimed++;
                }
            }
        }
        return new FrameStats.Size(sizeClass.frameBytes(), sizeClass.frames(), resident, residentBytes, claimed);
    }

    private boolean isAbsent(SizeClass sizeClass) {
        return broken.getPlain() || sizeClass.sets() == 0 || !space.hasSets(sizeClass);
    }

    /** Whether the page that was READY under {@code word} is what was published; true if it is being replaced. */
    private boolean isGood(SizeClass sizeClass, int set, int way, long word, FrameKey key) {
        long frame = sizeClass.firstFrame() + sizeClass.frame(set, way);
        return checks.isChecked(frame, word) || check(sizeClass, set, way, word, key);
    }

    private boolean check(SizeClass sizeClass, int set, int way, long word, FrameKey key) {
        long wayOffset = SizeClass.wayOffset(sizeClass.setOffset(set), way);
        PageChecks.Buffer buffer = checks.take();
        try {
            int crc = sets.pageCrc(wayOffset);
            MemorySegment.copy(memory, sizeClass.frameOffset(set, way), buffer.memory, 0, key.lengthBytes());
            VarHandle.acquireFence();
            if (sets.word(wayOffset) != word) {
                return false;
            }
            if (buffer.sum(key) == crc) {
                checks.setChecked(sizeClass.firstFrame() + sizeClass.frame(set, way), word);
                return true;
            }
        } finally {
            checks.give(buffer);
        }
        if (sets.replaceWord(wayOffset, word, FrameWord.EMPTY)) {
            events.add(Counter.FRAMES_RESIDENT, -1);
            events.add(Counter.DAMAGE, 1);
            events.report(new HearthException.Corrupt("decoded page", path, sizeClass.frameOffset(set, way),
                    "the checksum of the page published", "another"));
        }
        return false;
    }

    /** Touching the file failed: it was truncated. Nothing is resident from now on. */
    private void fail(InternalError e) {
        if (!broken.getAndSet(true)) {
            events.report(e);
        }
    }

    /** Gives the memory back; again is no error. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            try {
                holds.close();
            } catch (InternalError e) {
                fail(e);
            } finally {
                closer.run();
            }
        }
    }
}
