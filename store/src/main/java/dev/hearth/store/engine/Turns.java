package dev.hearth.store.engine;

import dev.hearth.store.HearthException;
import dev.hearth.store.io.OfdLocks;
import dev.hearth.store.mark.ProcessSlot;
import dev.hearth.store.mark.ProcessSlots;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Whose turn it is to compute a value: one thread of one process of the host. Any thread.
 *
 * <p>
 * A key stands for a byte of the lock file. The kernel does not exclude threads that share a description of the file,
 * so a thread first takes the turn within this process, and then, keeping it, the byte; of the threads of a process at
 * most one asks the kernel. When the process dies the kernel frees its bytes, and somebody else has the turn; of a
 * process that is stopped nothing is taken, and who waits for it gets {@code Busy} when his time is over.
 *
 * <p>
 * All that threads of this process share is under one mutex, which is held for some steps of hash maps and never while
 * anything is waited for: whose each turn is, and for which turn each thread waits. So a thread that would wait for
 * itself, over whatever number of others, is told at once. Over other processes that is not seen; there it ends with
 * the limit.
 */
final class Turns {
    private static final long FIRST_PAUSE_NS = 20_000;
    /** How long it may take until it is noticed that another process is through, or dead. */
    private static final long HOST_PAUSE_NS = 1_000_000;
    /** Between threads the end of a turn is signalled: what else ends waiting is looked for at this distance. */
    private static final long THREAD_PAUSE_NS = 20_000_000;

    private final OfdLocks locks;
    private final ProcessSlots slots;
    private final ProcessSlot own;
    private final ReentrantLock mutex = new ReentrantLock();
    private final Map<Long, Turn> turns = new HashMap<>();
    private final Map<Thread, Turn> waiting = new HashMap<>();
    private final boolean[] noted = new boolean[ProcessSlot.computationCount()];

    Turns(OfdLocks locks, ProcessSlots slots, ProcessSlot own) {
        this.locks = locks;
        this.slots = slots;
        this.own = own;
    }

    /** One turn, from when a thread took it until it gave it back. */
    private static final class Turn {
        final Thread owner = Thread.currentThread();
        final String what;
        final Condition over;
        final CallGate gate;
        /** Where it is noted in the slot; -1 if it is not. */
        int place = -1;

        Turn(Asking asking, Condition over) {
            this.what = asking.what;
            this.gate = asking.gate;
            this.over = over;
        }
    }

    /**
     * A call that wants a turn, or what a turn would bring.
     *
     * @param lockByte stands for the key
     * @param what     what messages call it
     * @param gate     its being closed ends the waiting
     * @param served   whether what is waited for came about without a turn; may throw, which ends the waiting, too
     */
    record Asking(long lockByte, String what, CallGate gate, BooleanSupplier served) {
        private boolean isServed() {
            gate.requireOpen();
            return served.getAsBoolean();
        }
    }

    /** Waiting that has a limit and grows patient. */
    private static final class Patience {
        final long startNs = System.nanoTime();
        final long limitNs;
        long pauseNs = FIRST_PAUSE_NS;

        Patience(long limitNs) {
            this.limitNs = limitNs;
        }

        long leftNs() {
            return limitNs - (System.nanoTime() - startNs);
        }

        long nextPauseNs(long longestNs) {
            long next = Math.min(pauseNs, longestNs);
            pauseNs = next * 2;
            return Math.max(0, Math.min(next, leftNs()));
        }
    }

    /**
     * Takes the turn of a key, waiting up to {@code limitNs}; 0 does not wait.
     *
     * @return false if the call was served before, and there is no turn to give back
     * @throws HearthException.Closed if the attachment was closed meanwhile
     * @throws HearthException.Busy  if the turn was not had in time, naming who has it if that is known, or if the
     *                               thread is interrupted while it would wait; that stays so
     * @throws IllegalStateException if this thread has the turn already, or waits for what waits for it
     */
    boolean enter(Asking asking, long limitNs) {
        Patience patience = new Patience(limitNs);
        if (!enterThread(asking, patience)) {
            return false;
        }
        boolean entered = false;
        try {
            entered = enterHost(asking, patience);
        } finally {
            if (!entered) {
                leaveThread(asking.lockByte);
            }
        }
        return entered;
    }

    private boolean enterThread(Asking asking, Patience patience) {
        try {
            while (!tryThread(asking, patience)) {
                if (asking.isServed()) {
                    return false;
                }
                requirePatience(asking, patience, () -> "another thread of this process");
            }
            return true;
        } finally {
            locked(() -> waiting.remove(Thread.currentThread()));
        }
    }

    /** Takes the turn within this process if it is free, or else waits for a while. */
    @SuppressWarnings("WaitNotInLoop") // the caller loops
    private boolean tryThread(Asking asking, Patience patience) {
        mutex.lock();
        try {
            Turn there = turns.get(asking.lockByte);
            if (there == null) {
                turns.put(asking.lockByte, new Turn(asking, mutex.newCondition()));
                return true;
            }
            // Who is told of a cycle does not wait any more: nobody else in it is to be told, too.
            waiting.remove(Thread.currentThread());
            requireNoCycle(asking.what, there);
            waiting.put(Thread.currentThread(), there);
            long _ = there.over.awaitNanos(patience.nextPauseNs(THREAD_PAUSE_NS));
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            mutex.unlock();
        }
    }

    /** Goes from the turn to its owner, to the turn for which that one waits, and so on. */
    private void requireNoCycle(String what, Turn first) {
        Turn turn = first;
        // Each step leads to another turn, unless there is a cycle of others, who are told themselves.
        for (int step = 0; turn != null && step <= turns.size(); step++) {
            if (turn.owner.equals(Thread.currentThread())) {
                throw new IllegalStateException(turn.equals(first)
                        ? "it is being computed by this very thread: " + what
                        : "it is being computed by who waits for this thread: " + what + " waitsFor=" + turn.what);
            }
            turn = waiting.get(turn.owner);
        }
    }

    private boolean enterHost(Asking asking, Patience patience) {
        while (!locks.tryLock(asking.lockByte)) {
            if (asking.isServed()) {
                return false;
            }
            requirePatience(asking, patience, () -> slots.describe(slots.computing(asking.lockByte)));
            LockSupport.parkNanos(this, patience.nextPauseNs(HOST_PAUSE_NS));
        }
        locked(() -> note(asking.lockByte));
        return true;
    }

    private static void requirePatience(Asking asking, Patience patience, Supplier<String> holder) {
        if (Thread.currentThread().isInterrupted()) {
            throw new HearthException.Busy("interrupted while another one computes it: " + asking.what
                    + " computing=" + holder.get());
        }
        if (patience.leftNs() <= 0) {
            throw new HearthException.Busy("it is still being computed: " + asking.what + " limitMs="
                    + TimeUnit.NANOSECONDS.toMillis(patience.limitNs) + " computing=" + holder.get());
        }
    }

    /** So that others can name this process; if there is no place for it, they cannot. */
    private void note(long lockByte) {
        Turn turn = turns.get(lockByte);
        for (int place = 0; place < noted.length && turn != null && turn.place < 0; place++) {
            if (!noted[place]) {
                noted[place] = true;
                turn.place = place;
                own.setComputation(place, lockByte);
            }
        }
    }

    /** Gives a turn back. */
    void leave(long lockByte) {
        try {
            locks.unlock(lockByte);
        } finally {
            leaveThread(lockByte);
        }
    }

    private void leaveThread(long lockByte) {
        locked(() -> {
            Turn turn = turns.remove(lockByte);
            if (turn == null) {
                throw new IllegalStateException("lockByte=" + lockByte + " is not being computed");
            }
            if (turn.place >= 0) {
                own.setComputation(turn.place, 0);
                noted[turn.place] = false;
            }
            turn.over.signalAll();
        });
    }

    /** Throws if the calling thread has a turn that it took through this gate. */
    void requireNone(CallGate gate, String operation) {
        locked(() -> {
            for (Turn turn : turns.values()) {
                if (turn.gate.equals(gate) && turn.owner.equals(Thread.currentThread())) {
                    throw new IllegalStateException(operation + " within a supplier: " + turn.what);
                }
            }
        });
    }

    /** How many turns and how many waiting threads are known; 0 when all is quiet. */
    int size() {
        mutex.lock();
        try {
            return turns.size() + waiting.size();
        } finally {
            mutex.unlock();
        }
    }

    private void locked(Runnable step) {
        mutex.lock();
        try {
            step.run();
        } finally {
            mutex.unlock();
        }
    }
}
