package dev.hearth.store.frame;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers which pages were asked for lately, so that a page that is asked for once does not take a frame from one
 * that is used: who reads more than the frames hold, from one end to the other, would replace all of them for nothing,
 * and copy each page into a frame besides. What stands in front of TinyLFU (Einziger, Friedman and Manes, "TinyLFU: A
 * Highly Efficient Cache Admission Policy", 2017) under the same name, as a table of hashes of which each displaces
 * another one: it forgets by itself.
 *
 * <p>
 * Of one process. Any thread; without order, for a page that is taken for another one only gets a frame early.
 */
final class Doorkeeper {
    private static final int LEAST = 64;
    private static final int MOST = 1 << 16;
    private final AtomicLongArray asked;

    /** One for so many frames. */
    Doorkeeper(long frames) {
        asked = new AtomicLongArray((int) Long.highestOneBit(Math.clamp(frames, LEAST, MOST)));
    }

    /** Whether a page with this hash was asked for lately; it is from now on. */
    boolean knows(long hash) {
        int place = (int) (hash >>> Integer.SIZE) & asked.length() - 1;
        if (asked.getPlain(place) == hash) {
            return true;
        }
        asked.setPlain(place, hash);
        return false;
    }
}
