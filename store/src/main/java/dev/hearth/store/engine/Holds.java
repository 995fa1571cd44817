package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.mark.HoldLane;
import dev.hearth.store.mark.SegmentHolds;
import dev.hearth.store.mark.SegmentState;
import dev.hearth.store.mark.SegmentTable;
import dev.hearth.store.mark.SegmentWord;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The holds of this attachment that leases have, and the end of the attachment. Any thread; takes no lock.
 *
 * <p>
 * <b>Closing under open leases.</b> An attachment whose last user has left stays whole until the last hold is gone: the
 * mapping, the process slot and the holds in it. Nobody counts leases for that, for the holds are counts already. Who
 * closes first sets {@link #closing} and then sums the holds; who ends a lease first takes its hold back and then looks
 * at {@code closing}. Both the taking back and the setting are ordered before what follows them: the setting by a
 * fence; the taking back by an atomic add or, in a lane, by the fence that who closes has all threads execute before he
 * sums, which {@link SegmentHolds} shows to be as good. So at least one of the two sees the other: either the sum is
 * zero and who closes takes the attachment down, or it is not, and then who ends that lease finds {@code closing} set
 * and looks itself. Both may find zero; the attachment is taken down once all the same, under a lock.
 *
 * <p>
 * The same order protects who begins a lease while the attachment is being closed: the hold first, then a look at
 * {@code closing}. If it is not set, the sum that comes after its setting counts the hold. So a get needs no counter of
 * its own for calls in flight; should it meet memory that is unmapped already, that is an {@code
 * IllegalStateException}, for mapped memory knows whether it is, and means the same as the flag.
 *
 * <p>
 * Bare addresses know nothing, so who reads at them says so first, in its lane, and then looks at {@code closing}; who
 * closes fences and waits until nobody is inside any more. Only then does he sum.
 */
final class Holds {
    /** {@link #acquire}: the segment is not in that generation any more, or is not there at all. */
    static final int GONE = -1;
    /** {@link #acquire}: somebody is about to release the segment, or found that he cannot: look it up again. */
    static final int MARKED = -2;
    /** No hold, and none is needed: the attachment has none. */
    static final int NONE = -3;
    /** A mark lasts for some hundreds of loads, as long as nobody takes its owner off the processor. */
    private static final int SPINS = 100;
    /** No word that a segment can have: its check bits are wrong. */
    private static final long NOT_A_WORD = 0xFF;
    private final SegmentHolds holds;
    private final SegmentTable segments;
    /**
     * For each segment a state word that was found valid and readable: checking it anew takes longer than comparing.
     * Shared without order, for nothing but such words is in it.
     */
    private final long[] readable;
    private volatile @Nullable Runnable closing;

    Holds(SegmentHolds holds, SegmentTable segments) {
        this.holds = holds;
        this.segments = segments;
        this.readable = new long[segments.count()];
        Arrays.fill(readable, NOT_A_WORD);
    }

    /**
     * Holds a segment in a generation; returns the stripe to give to {@link #release}, {@link #GONE} or
     * {@link #MARKED}. After the latter two nothing is held.
     *
     * @throws HearthException.Closed if the attachment is being closed
     */
    int acquire(int segment, long generation) {
        if (segment >= readable.length) {
            return GONE;
        }
        int stripe = holds.acquire(segment);
        if (closing == null && segments.generation(segment) == generation
                && isReadable(segment, segments.stateWord(segment))) {
            return stripe;
        }
        return letGo(segment, stripe);
    }

    private boolean isReadable(int segment, long word) {
        if (word == readable[segment]) {
            return true;
        }
        boolean found = SegmentWord.isValid(segment, word) && SegmentWord.state(word).isReadable();
        if (found) {
            readable[segment] = word;
        }
        return found;
    }

    // ---- The short way of a thread that has a lane ----

    /** Whether there is such a way. */
    boolean isDirect() {
        return holds.isDirect() && segments.isDirect();
    }

    /** The lane of the calling thread, or none: see {@link SegmentHolds#lane}. */
    HoldLane lane() {
        return holds.lane();
    }

    /**
     * Lets a thread in that reads mapped memory at bare addresses: it stays mapped until {@link #leave}, which must
     * follow; false, and the thread is not inside, if the attachment is being closed.
     */
    boolean enter(HoldLane lane) {
        lane.enter();
        if (closing == null) {
            return true;
        }
        lane.leave();
        return false;
    }

    /** Ends what {@link #enter} began. A hold that was given back meanwhile may have been the last. */
    void leave(HoldLane lane) {
        lane.leave();
        takeDownIfClosing();
    }

    /** Holds a segment in a generation, for a thread that is inside; if that is in vain, nothing is held. */
    boolean acquireDirect(int segment, long generation, HoldLane lane) {
        long[] known = readable;
        if (Integer.compareUnsigned(segment, known.length) >= 0) {
            return false;
        }
        holds.acquireDirect(segment, lane);
        long word = segments.stateWordDirect(segment, generation);
        if (word == known[segment] || isReadable(segment, word)) {
            return true;
        }
        holds.releaseDirect(segment, lane);
        return false;
    }

    /**
     * Releases a hold in the lane of the calling thread; the last one of an attachment as {@link #release} does. Until
     * then nothing is unmapped, because of that hold.
     */
    void release(int segment, HoldLane lane) {
        holds.releaseDirect(segment, lane);
        takeDownIfClosing();
    }

    private int letGo(int segment, int stripe) {
        // Like any other: who closes may have counted this hold and left the rest to whoever gives it back.
        release(segment, stripe);
        if (closing != null) {
            throw new HearthException.Closed("the store is closed");
        }
        long word = segments.stateWord(segment);
        if (!SegmentWord.isValid(segment, word) || SegmentWord.state(word) != SegmentState.MARKED) {
            return GONE;
        }
        for (int spin = 0; spin < SPINS && segments.stateWord(segment) == word; spin++) {
            Thread.onSpinWait();
        }
        return MARKED;
    }

    /** Whether a segment is in this generation and what was written in it is there. */
    boolean isCurrent(int segment, long generation) {
        return segment < segments.count() && segments.generation(segment) == generation;
    }

    /** Releases a hold; the last one of an attachment that is being closed takes it down. */
    void release(int segment, int stripe) {
        holds.release(segment, stripe);
        takeDownIfClosing();
    }

    private void takeDownIfClosing() {
        Runnable takeDown = closing;
        if (takeDown != null && Background.isCurrentThread()) {
            // It would wait for itself to end.
            Thread.ofPlatform().daemon().name("hearth-closing").start(takeDown);
        } else if (takeDown != null) {
            takeDown.run();
        }
    }

    /**
     * Lets no new lease begin.
     *
     * @param takeDown what who ends a lease runs then: takes the attachment down if {@link #isFree}
     */
    void close(Runnable takeDown) {
        closing = takeDown;
    }

    /** Lets leases begin again: somebody joined the attachment before it was taken down. */
    void reopen() {
        closing = null;
    }

    /** Whether no hold is open; asked after {@link #close}. */
    boolean isFree() {
        if (!endDirect()) {
            return false;
        }
        for (int segment = 0; segment < segments.count(); segment++) {
            if (holds.ownHolds(segment) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Waits until no thread reads mapped memory at bare addresses, after {@link #close}; false if that cannot be known.
     */
    private boolean endDirect() {
        if (!holds.fence()) {
            return false;
        }
        holds.awaitOutside();
        return true;
    }
}
