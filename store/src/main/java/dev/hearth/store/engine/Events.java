package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;
import dev.hearth.store.frame.FrameEvents;

/** Hears what happens. Any thread; cheap. */
interface Events extends FrameEvents {
    /** Adds to a count. */
    @Override
    void add(Counter counter, long count);

    /** Writes something that went wrong into the error log of the store. */
    @Override
    void report(Throwable problem);
}
