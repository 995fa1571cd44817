package dev.hearth.store.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Intents that are committed together, on their way from the thread that wants them to the one that commits them.
 *
 * <p>
 * The outcome is written by the committing thread, under the lock of the committer, and read by the other one after it
 * has seen {@link #isDone}.
 */
final class Transaction {
    final List<Intent> intents;
    private @Nullable RuntimeException failure;
    private long version;
    private int changes;
    private volatile boolean done;

    Transaction(List<Intent> intents) {
        this.intents = intents;
    }

    boolean isDone() {
        return done;
    }

    void succeed(long newVersion, int newChanges) {
        version = newVersion;
        changes = newChanges;
        done = true;
    }

    void fail(RuntimeException newFailure) {
        failure = newFailure;
        done = true;
    }

    /**
     * The version under which it became visible; the newest one there was if it changed nothing. Throws what went
     * wrong.
     */
    long result() {
        if (failure != null) {
            failure.addSuppressed(new RuntimeException("asked for here"));
            throw failure;
        }
        return version;
    }

    /** How many of the intents changed anything. */
    int changes() {
        return changes;
    }
}
