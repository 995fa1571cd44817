package dev.hearth.store.index;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Runs something on a thread of its own, which no interrupt reaches, and waits for it: for calls into a library that an
 * interrupt of the caller would break in the middle.
 */
final class UninterruptedThread {
    /** What is run. */
    interface Action {
        void run() throws IOException;
    }

    private UninterruptedThread() {}

    /**
     * Returns when {@code action} has ended, throws what it threw, and leaves the interrupt status as it was or came.
     */
    static void run(String threadName, Action action) throws IOException {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            action.run();
            return true;
        });
        Thread.ofPlatform().daemon().name(threadName).start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void rethrow(@Nullable Throwable cause) throws IOException {
        switch (cause) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IOException(cause);
        }
    }
}
