package dev.hearth.store.engine;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was opened, last first, each whatever becomes of the others. One thread. */
final class Closer implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Adds something to close before what was added so far. */
    <T extends AutoCloseable> T add(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    /** Hands what was added over to another one. */
    void moveTo(Closer other) {
        while (!opened.isEmpty()) {
            other.opened.push(opened.removeLast());
        }
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception | Error e) {
                RuntimeException next = e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
                if (failure == null) {
                    failure = next;
                } else {
                    failure.addSuppressed(next);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
