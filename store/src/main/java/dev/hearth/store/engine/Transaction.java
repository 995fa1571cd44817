package dev.hearth.store.engine;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
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
    private boolean queued;
    private volatile boolean done;
    private volatile @Nullable Thread waiting;

    Transaction(List<Intent> intents) {
        this.intents = intents;
    }

    boolean isDone() {
        return done;
    }

    /** It goes into the queue of those that are to be committed, where it stays until it is or its thread gives up. */
    void queued() {
        queued = true;
    }

    /** For the thread that wants it: whether somebody else has put it there. */
    boolean isQueued() {
        return queued;
    }

    /** The version under which it became visible; 0 if it did not. */
    long versionIfCommitted() {
        return done && failure == null ? version : 0;
    }

    void succeed(long newVersion, int newChanges) {
        version = newVersion;
        changes = newChanges;
        done = true;
        wake();
    }

    void fail(RuntimeException newFailure) {
        failure = newFailure;
        done = true;
        wake();
    }

    /** Says that the calling thread is about to park until it is done, and has to be woken. */
    void waits() {
        waiting = Thread.currentThread();
    }

    /** Wakes the thread that waits, if one does. */
    void wake() {
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
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
