package dev.hearth.store.frame;

import dev.hearth.store.counters.Counter;

/** Hears what happens to frames. Any thread; cheap. */
public interface FrameEvents {
    /** Hears nothing. */
    FrameEvents NONE = new FrameEvents() {
        @Override
        public void add(Counter counter, long count) {
            // Nobody listens.
        }

        @Override
        public void report(Throwable problem) {
            // Nobody listens.
        }
    };

    /** Adds to a count: one of those whose names start with {@code FRAME}, or {@code DAMAGE}. */
    void add(Counter counter, long count);

    /** Something is wrong with the shared frames; reading goes on without them. */
    void report(Throwable problem);
}
