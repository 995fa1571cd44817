package dev.hearth.store.frame;

import dev.hearth.store.counters.Counter;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/**
 * Who may decode into which frame: the protocol of claims.
 *
 * <h2>The word of a way</h2>
 *
 * All that processes agree on is one word per way, which changes only in these ways:
 *
 * <pre>
 * EMPTY, READY(n), a claim of the dead → CLAIMING(me)   compare-and-set: I own the word, nothing else
 * CLAIMING(me)  → what it was                           somebody holds a frame of the set
 * CLAIMING(me)  → ANNOUNCED(me)                         key and tag of my page are written
 * ANNOUNCED(me) → EMPTY                                 by me, or by another claimer of the same page
 * ANNOUNCED(me) → DECODING(me)                          compare-and-set: the page is mine to decode
 * DECODING(me)  → READY(n + 1)                          page, length, checksum and sequence are written
 * DECODING(me)  → EMPTY                                 given up
 * READY(n)      → EMPTY                                 the page is damaged
 * </pre>
 *
 * <h2>Readers</h2>
 *
 * A copy is that of a seqlock: load READY(n), compare the key, copy, load the word again. Key and page of a way change
 * only while its word is a claim, after a full fence behind the compare-and-set that made it one; the sequence grows
 * with each filling; so if the word is READY(n) again, nothing changed in between. A claim that went back to READY(n)
 * has changed nothing. The sequence is kept beside the word and survives claims; a claimer that died behind storing
 * it leaves a number that was never published, and it only grows.
 *
 * <h2>Holders</h2>
 *
 * A holder adds to the counter of the set and then loads the word again; a claimer changes the word, fences, and then
 * loads the counters. All four are volatile, so one sees the other: either the holder sees a claim and lets go, or the
 * claimer sees the hold and puts the word back. Only then does it touch the key. A way that was never filled (its
 * sequence is 0, looked at again while it is claimed) needs no question, since to be held is to have been READY. All
 * others do, also EMPTY and dead claims: a page found damaged may still be held, and who died in CLAIMING may have
 * died before it asked. A dead claim on a held set stays until the hold goes; the frame under it is untouched.
 *
 * <h2>One decoder per page</h2>
 *
 * Claims of one page are made on different ways. Each claimer announces (a volatile store behind the key), and then
 * looks at all other ways for the same key. It gives up its own way if it finds the page READY, a living claim that
 * is DECODING, or a living ANNOUNCED one on a lower way; one on a higher way it sets to EMPTY by compare-and-set. At
 * last it goes from ANNOUNCED to DECODING by compare-and-set, which fails if another has emptied the word. Two that
 * both got there? Let a be the lower way, b the higher. If b announced before a's look at b, a found ANNOUNCED and
 * emptied it, so that b's last step failed, or found DECODING and gave up. Otherwise a had looked at b, hence
 * announced, before b announced, and b, which looks after that, found a and gave up. The lowest way always wins, so
 * somebody does. What is taken away in this is only an announcement, whose owner has nothing in the frame and finds
 * out by the compare-and-set; if it comes late and empties a later announcement of the same owner, that one tries
 * again.
 *
 * <h2>The dead and the stopped</h2>
 *
 * A claim is taken over only if the kernel says that its owner is dead; words that cannot be (a flipped bit) name
 * nobody and count as dead. A stopped owner is not dead: whoever waits for it gives up after a limit and decodes
 * privately, and remembers the claim so that the next one does not wait at all.
 */
final class FrameClaims {
    private static final int TRIES = 64;
    /** Beside ways, and {@link FrameCache#RESIDENT}. */
    private static final int NOBODY = -3;

    private final FrameLayout layout;
    private final FrameSets sets;
    private final FrameHolds holds;
    private final FrameSpace space;
    private final FrameEvents events;
    private final ClaimWaits waits;
    private final LongPredicate isAlive;
    private final long ownWord;
    private final AtomicLong nonces = new AtomicLong();

    FrameClaims(FrameLayout layout, FrameSets sets, FrameHolds holds, FrameSpace space, Owner owner,
            FrameEvents events) {
        this.layout = layout;
        this.sets = sets;
        this.holds = holds;
        this.space = space;
        this.events = events;
        ownWord = owner.word();
        isAlive = owner::isAlive;
        waits = new ClaimWaits(sets, isAlive, owner.waitLimitNs());
    }

    /** Who claims: its slot and tenancy, how to know who lives, and how long to wait for another's decoding. */
    record Owner(long word, LongPredicate alive, long waitLimitNs) {
        boolean isAlive(long claimer) {
            return claimer == word || (claimer != 0 && alive.test(claimer));
        }
    }

    /** As {@link FrameCache#claim}. */
    long claim(SizeClass sizeClass, FrameKey key) {
        if (sizeClass.sets() == 0 || !space.giveSets(sizeClass)) {
            return refused();
        }
        int set = sizeClass.setOf(key.hash());
        long setOffset = sizeClass.setOffset(set);
        ClaimWaits.Wait wait = null;
        for (int tries = 0; tries < TRIES; tries++) {
            int other = findOther(sizeClass, setOffset, key);
            int way;
            if (other == FrameCache.RESIDENT) {
                return FrameCache.RESIDENT;
            } else if (other >= 0) {
                long otherOffset = SizeClass.wayOffset(setOffset, other);
                long claim = sets.word(otherOffset);
                if (!FrameWord.namesItsPage(claim)) {
                    continue;
                }
                if (isAlive.test(FrameWord.claimer(claim))) {
                    if (wait == null) {
                        wait = waits.begin();
                        events.add(Counter.FRAME_WAITS, 1);
                    }
                    if (!wait.await(otherOffset, claim)) {
                        return refused();
                    }
                    continue;
                }
                int outcome = take(sizeClass, set, other, claim);
                if (outcome == LOST) {
                    continue;
                }
                way = outcome == TAKEN ? other : -1;
            } else {
                way = takeAny(sizeClass, set);
            }
            if (way < 0) {
                return refused();
            }
            long handle = announce(sizeClass, set, way, key);
            if (handle != AGAIN) {
                return handle;
            }
        }
        return refused();
    }

    private long refused() {
        events.add(Counter.FRAMES_REFUSED, 1);
        return FrameCache.NONE;
    }

    /** A way on which somebody claims the page, or {@link FrameCache#RESIDENT}, or {@link #NOBODY}. */
    private int findOther(SizeClass sizeClass, long setOffset, FrameKey key) {
        int found = NOBODY;
        for (int way = 0; way < sizeClass.ways(); way++) {
            long wayOffset = SizeClass.wayOffset(setOffset, way);
            long word = sets.word(wayOffset);
            if (FrameWord.isReady(word) && sets.hasKey(wayOffset, key) && sets.word(wayOffset) == word) {
                // The tag may have been damaged: then nobody would find what is there.
                sets.setTag(setOffset, way, key.tag());
                return (int) FrameCache.RESIDENT;
            }
            if (FrameWord.namesItsPage(word) && sets.hasKey(wayOffset, key)) {
                found = way;
            }
        }
        return found;
    }

    /** Takes an unused way, or else the first that the CLOCK comes to; -1 if there is none. */
    private int takeAny(SizeClass sizeClass, int set) {
        long setOffset = sizeClass.setOffset(set);
        for (int way = 0; way < sizeClass.ways(); way++) {
            if (isUnused(SizeClass.wayOffset(setOffset, way)) && take(sizeClass, set, way, FrameWord.EMPTY) == TAKEN) {
                return way;
            }
        }
        if (holds.isHeld(layout.holdCounter(sizeClass, set))) {
            return -1;
        }
        int hand = sets.hand(setOffset, sizeClass.ways());
        for (int step = 0; step < 2 * sizeClass.ways(); step++) {
            int way = (hand + step) % sizeClass.ways();
            long wayOffset = SizeClass.wayOffset(setOffset, way);
            long word = sets.word(wayOffset);
            if (!mayGo(setOffset, way, word)) {
                continue;
            }
            int outcome = take(sizeClass, set, way, word);
            if (outcome == HELD) {
                return -1;
            }
            if (outcome == TAKEN) {
                sets.setHand(setOffset, (way + 1) % sizeClass.ways());
                return way;
            }
        }
        return -1;
    }

    private boolean mayGo(long setOffset, int way, long word) {
        return FrameWord.isReady(word)
                ? !sets.takeReference(setOffset, way)
                : word == FrameWord.EMPTY || !isAlive.test(FrameWord.claimer(word));
    }

    /** A way that was never filled and that nobody claims. */
    private boolean isUnused(long wayOffset) {
        return sets.word(wayOffset) == FrameWord.EMPTY && sets.sequence(wayOffset) == 0;
    }

    private static final int TAKEN = 0;
    private static final int HELD = 1;
    private static final int LOST = 2;

    /** Goes from {@code word} to CLAIMING if it still stands there, and nobody holds a frame of the set. */
    private int take(SizeClass sizeClass, int set, int way, long word) {
        long wayOffset = SizeClass.wayOffset(sizeClass.setOffset(set), way);
        if (!space.giveFrame(sizeClass, set, way)) {
            return LOST;
        }
        long claim = FrameWord.claim(FrameWord.CLAIMING, ownWord, nonces.incrementAndGet());
        if (!sets.replaceWord(wayOffset, word, claim)) {
            return LOST;
        }
        // Key and page must not be stored before the word, and the word not after the counters are loaded.
        VarHandle.fullFence();
        if (sets.sequence(wayOffset) != 0 && holds.isHeld(layout.holdCounter(sizeClass, set))) {
            sets.setWord(wayOffset, word);
            return HELD;
        }
        if (FrameWord.isReady(word)) {
            events.add(Counter.FRAMES_EVICTED, 1);
            events.add(Counter.FRAMES_RESIDENT, -1);
        }
        return TAKEN;
    }

    private static final long AGAIN = Long.MIN_VALUE;

    /** From CLAIMING to DECODING, unless somebody else claims the page: the handle, RESIDENT, or AGAIN. */
    private long announce(SizeClass sizeClass, int set, int way, FrameKey key) {
        long setOffset = sizeClass.setOffset(set);
        long wayOffset = SizeClass.wayOffset(setOffset, way);
        sets.setKey(wayOffset, key);
        sets.setTag(setOffset, way, key.tag());
        long announced = FrameWord.withKind(sets.word(wayOffset), FrameWord.ANNOUNCED);
        sets.setWord(wayOffset, announced);
        VarHandle.fullFence();
        for (int other = 0; other < sizeClass.ways(); other++) {
            if (other == way) {
                continue;
            }
            long outcome = meet(SizeClass.wayOffset(setOffset, other), other > way, key);
            if (outcome != NOBODY) {
                boolean _ = sets.replaceWord(wayOffset, announced, FrameWord.EMPTY);
                return outcome;
            }
        }
        return sets.replaceWord(wayOffset, announced, FrameWord.withKind(announced, FrameWord.DECODING))
                ? FrameHandle.of(sizeClass, set, way, 0)
                : AGAIN;
    }

    /** What another way means for an announcement: nothing, or that it has to be given up. */
    private long meet(long otherOffset, boolean isHigher, FrameKey key) {
        while (true) {
            long word = sets.word(otherOffset);
            boolean ready = FrameWord.isReady(word);
            if ((!ready && !FrameWord.namesItsPage(word)) || !sets.hasKey(otherOffset, key)) {
                return NOBODY;
            }
            if (sets.word(otherOffset) != word) {
                continue;
            }
            if (ready) {
                return FrameCache.RESIDENT;
            }
            if (!isAlive.test(FrameWord.claimer(word))) {
                return NOBODY;
            }
            if (FrameWord.kind(word) == FrameWord.DECODING || !isHigher) {
                return AGAIN;
            }
            if (sets.replaceWord(otherOffset, word, FrameWord.EMPTY)) {
                return NOBODY;
            }
        }
    }

    /**
     * The word of a way that this attachment claimed and has not published.
     *
     * @throws IllegalStateException if there is no such claim
     */
    long ownClaim(long wayOffset) {
        long word = sets.word(wayOffset);
        if (FrameWord.kind(word) != FrameWord.DECODING || FrameWord.claimer(word) != ownWord) {
            throw new IllegalStateException("word=" + Long.toHexString(word) + " is no claim of this attachment");
        }
        return word;
    }
}
