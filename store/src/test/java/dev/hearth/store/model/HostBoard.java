package dev.hearth.store.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the processes of a campaign and the one that kills and stops them tell each other, in memory that outlives each
 * of them: whether to go on, how many operations each process has done and how long one of them took, which of the
 * lives of a process were ended, and who computes what.
 */
final class HostBoard implements AutoCloseable {
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final long END = 0;
    private static final long FIRST = 64;
    private static final long DONE = 0;
    private static final long LIFE = 8;
    private static final long KILLED = 16;
    private static final long LOST = 24;
    private static final long WAITED = 32;
    private static final long STOPS = 40;
    private static final long PAUSE = 48;
    private static final long LINE = 64;
    private static final int COMPUTATIONS = 256;
    private static final int LIFE_BITS = 32;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment words;
    private final long computations;

    HostBoard(Path file, int processes) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE)) {
            computations = line(processes);
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, computations + 8L * COMPUTATIONS, arena);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long get(long offset) {
        return (long) WORD.getVolatile(words, offset);
    }

    private void set(long offset, long value) {
        WORD.setVolatile(words, offset, value);
    }

    private static long line(int process) {
        return FIRST + LINE * process;
    }

    boolean isEnding() {
        return get(END) != 0;
    }

    void end() {
        set(END, 1);
    }

    /** Operations of all lives of a process. */
    long operations(int process) {
        return get(line(process) + DONE);
    }

    void operated(int process) {
        long _ = (long) WORD.getAndAdd(words, line(process) + DONE, 1L);
    }

    /** A process begins another life; returns its number. */
    long begin(int process) {
        return (long) WORD.getAndAdd(words, line(process) + LIFE, 1L) + 1;
    }

    /** Said before a process is killed: whatever its lives so far had is nobody's. */
    void kill(int process) {
        set(line(process) + KILLED, get(line(process) + LIFE));
    }

    boolean isKilled(int process, long life) {
        return life <= get(line(process) + KILLED);
    }

    /** How long a process was not let run, and how long its worker waited for a CPU; over all of its lives. */
    void lost(int process, long lostNs, long waitedNs) {
        long _ = (long) WORD.getAndAdd(words, line(process) + LOST, lostNs);
        long _ = (long) WORD.getAndAdd(words, line(process) + WAITED, waitedNs);
    }

    long lostNs(int process) {
        return get(line(process) + LOST);
    }

    long waitedNs(int process) {
        return get(line(process) + WAITED);
    }

    /** Counts when a process is stopped and when it goes on: odd means that it is stopped. */
    void stopsOrGoesOn(int process) {
        long _ = (long) WORD.getAndAdd(words, line(process) + STOPS, 1L);
    }

    long stops(int process) {
        return get(line(process) + STOPS);
    }

    /** A process did nothing for so long although it was let run. */
    void paused(int process, long pauseNs) {
        if (pauseNs > pauseNs(process)) {
            set(line(process) + PAUSE, pauseNs);
        }
    }

    long pauseNs(int process) {
        return get(line(process) + PAUSE);
    }

    /** Somebody computes a value: nobody else may do so, unless he was killed. */
    void computationBegins(int index, int process, long life) {
        long before = (long) WORD.getAndSet(words, computations + 8L * index, (process + 1L) << LIFE_BITS | life);
        int other = (int) (before >>> LIFE_BITS) - 1;
        if (before != 0 && !isKilled(other, before & (1L << LIFE_BITS) - 1)) {
            throw new AssertionError("value " + index + " is computed by process " + other + " and by " + process);
        }
    }

    void computationEnds(int index) {
        set(computations + 8L * index, 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
