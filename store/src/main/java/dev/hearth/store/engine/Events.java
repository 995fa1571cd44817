package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.frame.FrameEvents;

/** Hears what happens. Any thread; cheap. */
interface Events extends FrameEvents {
    /** Adds to a count. */
    @Override
    void add(Counter counter, long count);

    /** Counts once, and in {@code micros} the time since a reading of {@link System#nanoTime}. */
    default void addTimed(Counter counter, Counter micros, long startNs) {
        add(counter, 1);
        add(micros, (System.nanoTime() - startNs) / 1_000);
    }

    /** Writes something that went wrong into the error log of the store. */
    @Override
    void report(Throwable problem);
}
