package dev.hearth.store.mark;

import dev.hearth.store.io.DirectWords;
import dev.hearth.store.io.ProcessorFences;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Who reads or writes in which segment: counters in the attachment's own slot, striped by thread, one per segment.
 *
 * <p>
 * Whoever wants to use a segment acquires a hold and then loads the segment's generation and state again: if they are
 * what they were, the segment stays until the hold is released; if not, it lets go. Whoever wants to release a
 * segment marks it first and then asks {@link #isHeld}. Of the two, one sees the other: between the mark and the look
 * at the holds there is a full fence, and so there is between the hold and the look at the mark, whoever executes it.
 * The counters of the dead do not count, which the kernel is asked about only if one is not zero.
 *
 * <p>
 * <b>Two kinds of stripes.</b> In the first quarter of them any thread counts, with an atomic add, which is a full
 * fence as well. Each of the others is a <em>lane</em>: one thread counts in it, with a plain load and a plain store
 * and no fence at all. An atomic add takes 5 ns, and that is the least of it: it keeps the processor from beginning the
 * next get while the memory of this one is still on its way, and memory is what a get waits for.
 *
 * <p>
 * <b>Why a lane is safe.</b> The fence that its thread leaves out is executed for it by whoever wants to release a
 * segment ({@link ProcessorFences}): after the mark, before the counters are loaded, at some point P of the thread's
 * program. Is the store of the hold before P, the counters show it. Is it behind P, so are the loads of generation and
 * state that follow it in the program, and they show the mark. The same goes for letting go, the other way round: all
 * loads of the segment's bytes come before the store that takes the hold back, which is a release.
 * <p>
 * That needs the processor's program to have the accesses in the order of the source. The store of a hold is opaque
 * and the loads that follow it are volatile; the language lets these two change places, HotSpot does not: its compilers
 * put a barrier, of which no instruction comes, before and after every access that is more than plain (C2's {@code
 * MemBarCPUOrder}). The stress tests of holds stand guard over that.
 *
 * <p>
 * <b>Other processes.</b> Kernels pass over some processors when they execute fences for threads of other processes
 * ({@link ProcessorFences}). A store of a hold that was not seen then is seen as soon as it leaves the store buffer of
 * its processor, which it does in less than a microsecond, or some if everything in front of it misses the caches, and
 * at the latest with the next interrupt. So who releases a segment looks once more, {@link #isHeldLate}, when the
 * segment cannot be had any more and a multiple of that time has passed, before it is overwritten. If it is held after
 * all, it stays as it is until it is let go: the holder reads what was there when he came.
 *
 * <p>
 * Threads get lanes once their process takes part in these fences and has said so in its slot, {@link #leaveOutFences}.
 * Somebody whose kernel refuses to execute them treats everything such a process could hold as held. The two kinds of
 * processes, and of stripes, can be mixed at will. A thread that finds no lane free counts as all did before.
 *
 * <p>
 * Any thread. A hold is released with the stripe that acquiring it returned; by whatever thread, or, in a lane, by the
 * thread that acquired it. The caller keeps the attachment open meanwhile.
 */
public final class SegmentHolds {
    private static final int SHARED_PART = 4;
    private static final int NOBODY = -1;
    /** No store waits that long for being seen: see above. */
    private static final long LATE_NS = 50_000;
    private static final int LATE_LOOKS = 100;
    private final ProcessSlots slots;
    private final int ownSlot;
    private final MemorySegment own;
    private final long ownAddress;
    private final int segmentCount;
    private final int stripes;
    private final int sharedStripes;
    private final HoldLanes lanes;
    private volatile boolean leavesOutFences;

    /** The holds that the attachment with {@code slot} has and sees. */
    public SegmentHolds(ProcessSlots slots, ProcessSlot slot, Geometry geometry) {
        this(slots, slot.index(), slot.holds(), geometry.segmentCount(), geometry.holdStripes());
    }

    SegmentHolds(ProcessSlots slots, int ownSlot, MemorySegment own, int segmentCount, int stripes) {
        this.slots = slots;
        this.ownSlot = ownSlot;
        this.own = own;
        this.ownAddress = DirectWords.addressOf(own);
        this.segmentCount = segmentCount;
        this.stripes = stripes;
        this.sharedStripes = Math.max(1, stripes / SHARED_PART);
        this.lanes = new HoldLanes(sharedStripes, stripes - sharedStripes,
                stripe -> ownAddress + stripe * segmentCount * Long.BYTES);
    }

    /**
     * Gives lanes to threads from now on, if the kernel executes the fences that they leave out; says whether it does.
     */
    public boolean leaveOutFences() {
        if (!leavesOutFences && ProcessorFences.register()) {
            beginLanes();
        }
        return leavesOutFences;
    }

    /** The slot says so before the first hold is acquired that needs it. */
    private void beginLanes() {
        slots.setUnfenced(ownSlot);
        leavesOutFences = true;
    }

    /** The lane of the calling thread, {@link HoldLane#NONE} or {@link HoldLane#NONE_YET}. */
    public HoldLane lane() {
        if (leavesOutFences) {
            return lanes.take();
        }
        return switch (ProcessorFences.request()) {
            case COMING -> HoldLane.NONE_YET;
            case REFUSED -> HoldLane.NONE;
            case READY -> {
                beginLanes();
                yield lanes.take();
            }
        };
    }

    /**
     * Adds a hold on a segment and returns its stripe; the segment's generation and state must be loaded after this.
     */
    public int acquire(int segment) {
        int stripe = (int) Thread.currentThread().threadId() & sharedStripes - 1;
        long _ = (long) Words.LONGS.getAndAdd(own, offset(stripe, segment), 1L);
        return stripe;
    }

    /** The same in the lane of the calling thread; generation and state must be loaded with volatile loads. */
    public void acquire(int segment, HoldLane lane) {
        MemorySegment counter = own.asSlice(offset(lane.stripe(), segment), Long.BYTES);
        long before = counter.get(Words.LONG, 0);
        Words.LONGS.setOpaque(counter, 0L, before + 1);
    }

    /** Whether {@link #acquireDirect} can be used. */
    public boolean isDirect() {
        return ownAddress != DirectWords.NOWHERE;
    }

    /** The same for a thread that is inside its lane, and a segment that it knows to be below the number of them. */
    public void acquireDirect(int segment, HoldLane lane) {
        long address = addressOf(segment, lane);
        DirectWords.setOpaque(address, DirectWords.get(address) + 1);
    }

    /** Releases a hold of that thread, under the same conditions. */
    public void releaseDirect(int segment, HoldLane lane) {
        long address = addressOf(segment, lane);
        long before = DirectWords.get(address);
        if (before <= 0) {
            throw notHeld(segment, lane.stripe(), before);
        }
        DirectWords.setRelease(address, before - 1);
    }

    private static long addressOf(int segment, HoldLane lane) {
        return lane.counters() + (long) segment * Long.BYTES;
    }

    /** Releases a hold. */
    public void release(int segment, int stripe) {
        if (stripe >= sharedStripes) {
            releaseLane(segment, stripe);
            return;
        }
        long before = (long) Words.LONGS.getAndAdd(own, offset(Objects.checkIndex(stripe, stripes), segment), -1L);
        if (before <= 0) {
            long _ = (long) Words.LONGS.getAndAdd(own, offset(stripe, segment), 1L);
            throw notHeld(segment, stripe, before);
        }
    }

    private void releaseLane(int segment, int lane) {
        MemorySegment counter = own.asSlice(offset(Objects.checkIndex(lane, stripes), segment), Long.BYTES);
        long before = counter.get(Words.LONG, 0);
        if (before <= 0) {
            throw notHeld(segment, lane, before);
        }
        Words.LONGS.setRelease(counter, 0L, before - 1);
    }

    private static IllegalStateException notHeld(int segment, int stripe, long holds) {
        return new IllegalStateException("segment=" + segment + " stripe=" + stripe + " holds=" + holds);
    }

    /** Whether anybody who lives holds the segment, which the caller has marked before. */
    public boolean isHeld(int segment) {
        VarHandle.fullFence();
        boolean ownFenced = !slots.isUnfenced(ownSlot) || ProcessorFences.executeOwn();
        boolean othersFenced = !isAnotherUnfenced() || ProcessorFences.executeOthers();
        for (int slot = 0; slot < slots.count(); slot++) {
            boolean fenced = slot == ownSlot ? ownFenced : othersFenced;
            boolean mayBeHeld = holdsOf(slot, segment) != 0 || (!fenced && slots.isUnfenced(slot));
            if (mayBeHeld && slots.isLocked(slot)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether another process holds a segment all the same that {@link #isHeld} found to be held by nobody, and that
     * cannot be had any more since: to be asked before anything in it is overwritten. Takes {@value #LATE_NS} ns if
     * another process has lanes, else nothing.
     */
    public boolean isHeldLate(int segment) {
        if (!isAnotherUnfenced()) {
            return false;
        }
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < LATE_NS) {
            Thread.onSpinWait();
        }
        // Who comes too late lets go at once; who came in time does not.
        for (int look = 0; look < LATE_LOOKS; look++) {
            if (!seemsHeldBut(ownSlot, segment)) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    /**
     * Whether anybody who lives has a hold on the segment that was acquired outside of lanes, as those who reserve in
     * it have. Whoever has reserved in it acquired his hold before, and reserving and ending that are
     * compare-and-sets of one word; so behind the end of reservations each of them is found here, and no fence has to
     * be executed for anybody. Of readers it says nothing.
     */
    public boolean isHeldByWriters(int segment) {
        VarHandle.fullFence();
        return seemsHeld(segment);
    }

    /** Whether anybody seems to hold the segment: cheaper, and proves nothing. */
    public boolean seemsHeld(int segment) {
        return seemsHeldBut(NOBODY, segment);
    }

    private boolean seemsHeldBut(int but, int segment) {
        for (int slot = 0; slot < slots.count(); slot++) {
            if (slot != but && holdsOf(slot, segment) != 0 && slots.isLocked(slot)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAnotherUnfenced() {
        for (int slot = 0; slot < slots.count(); slot++) {
            if (slot != ownSlot && slots.isUnfenced(slot) && slots.isLocked(slot)) {
                return true;
            }
        }
        return false;
    }

    /** Those who live and hold the segment, for messages. */
    public List<ProcessSlots.Tenant> holders(int segment) {
        List<ProcessSlots.Tenant> holders = new ArrayList<>();
        for (int slot = 0; slot < slots.count(); slot++) {
            if (holdsOf(slot, segment) != 0 && slots.isLocked(slot)) {
                holders.add(slots.tenant(slot));
            }
        }
        return holders;
    }

    /**
     * Has every thread of this attachment pass a full fence, so that whatever the caller stored before is seen by who
     * changes his holds from now on, and the caller sees what they were; false if that cannot be had.
     */
    public boolean fence() {
        VarHandle.fullFence();
        return !leavesOutFences || ProcessorFences.executeOwn();
    }

    /** Waits until no thread is inside its lane; to be called after {@link #fence}. */
    public void awaitOutside() {
        lanes.awaitOutside();
    }

    /** How many holds this attachment has on the segment. */
    public long ownHolds(int segment) {
        return sum(own, segment);
    }

    private long holdsOf(int slot, int segment) {
        MemorySegment counters = slot == ownSlot ? own : slots.holds(slot);
        return counters.byteSize() == 0 ? 0 : sum(counters, segment);
    }

    /** Each counter is at least zero at every instant, so the sum is zero only if each was when it was loaded. */
    private long sum(MemorySegment counters, int segment) {
        long sum = 0;
        for (int stripe = 0; stripe < stripes; stripe++) {
            sum += (long) Words.LONGS.getVolatile(counters, offset(stripe, segment));
        }
        return sum;
    }

    private long offset(int stripe, int segment) {
        return ((long) stripe * segmentCount + Objects.checkIndex(segment, segmentCount)) * Long.BYTES;
    }
}
