package dev.hearth.store.engine;

import dev.hearth.store.counters.Counter;

/** Hears what happens. Any thread; cheap. */
interface Events {
    /** Adds to a count. */
    void add(Counter counter, long count);

    /** Writes something that went wrong into the error log of the store. */
    void report(Throwable problem);
}
