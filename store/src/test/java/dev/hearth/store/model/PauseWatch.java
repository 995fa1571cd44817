package dev.hearth.store.model;

import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.CpuWaits;
import dev.hearth.store.testing.ForkedJvm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Measures how long the worker of a process takes from one operation to the next, and says where it was if that is
 * long.
 *
 * <p>
 * What counts is the time in which the host would have let it go on. Taken off is for how long the worker waited for a
 * CPU, as {@link CpuWaits} says, and the most that any of the other processes lost for want of one meanwhile, as its
 * {@link CpuClock} and the waits of its worker say: one that was not let run may be waited for. A write to the page
 * cache that the kernel holds up, because the disk is busy, counts like a wait for a CPU; a sync does not. Nothing is
 * taken off for a process that was stopped meanwhile. One thread, except for what watches it.
 */
final class PauseWatch implements AutoCloseable {
    private static final long TOLD_NS = 300_000_000;
    private static final long STUCK_NS = 20_000_000_000L;
    private static final long LOOK_NS = 25_000_000;
    private static final int FRAMES = 14;
    private static final int PLACES = 3;
    private final HostBoard board;
    private final int process;
    private final int processes;
    private final CpuClock clock = new CpuClock();
    private final CpuWaits waits = new CpuWaits();
    private final long[] lostNs;
    private final long[] waitedNs;
    private final long[] stops;
    private final Map<String, Integer> places = new LinkedHashMap<>();
    private final Thread worker = Thread.currentThread();
    private final Thread watcher;
    private volatile long beganNs;
    /** How long the worker was seen in writes that took longer than a look. */
    private volatile long writingNs;
    private boolean ignored;
    private boolean stuck;
    private long toldLostNs;
    private long toldWaitedNs;
    private volatile boolean closed;

    /** Watches the calling thread. */
    PauseWatch(HostBoard board, int process, int processes) {
        this.board = board;
        this.process = process;
        this.processes = processes;
        lostNs = new long[processes];
        waitedNs = new long[processes];
        stops = new long[processes];
        toldLostNs = clock.lostNs();
        toldWaitedNs = waits.waitedNs();
        begin();
        watcher = Thread.ofPlatform().daemon().start(this::watch);
    }

    private void tell() {
        long lost = clock.lostNs();
        long waited = waits.waitedNs() + writingNs;
        board.lost(process, lost - toldLostNs, waited - toldWaitedNs);
        toldLostNs = lost;
        toldWaitedNs = waited;
    }

    private void begin() {
        for (int other = 0; other < processes; other++) {
            lostNs[other] = board.lostNs(other);
            waitedNs[other] = board.waitedNs(other);
            stops[other] = board.stops(other);
        }
        beganNs = System.nanoTime();
    }

    /** What comes until the next {@link #operated} is no single operation. */
    void ignore() {
        ignored = true;
    }

    /** Between two operations. */
    void operated() {
        long tookNs = System.nanoTime() - beganNs;
        tell();
        if (!ignored) {
            judge(tookNs);
        }
        ignored = false;
        begin();
    }

    /** Whether one of the others was stopped at any time of this operation. */
    boolean anyStopped() {
        for (int other = 0; other < processes; other++) {
            if (other != process && isStopped(other)) {
                return true;
            }
        }
        return false;
    }

    private boolean isStopped(int other) {
        return board.stops(other) != stops[other] || stops[other] % 2 != 0;
    }

    private void judge(long tookNs) {
        long othersNs = 0;
        for (int other = 0; other < processes; other++) {
            if (other != process && !isStopped(other)) {
                othersNs = Math.max(othersNs, board.lostNs(other) - lostNs[other]);
                othersNs = Math.max(othersNs, board.waitedNs(other) - waitedNs[other]);
            }
        }
        // One waits for a CPU, or for another process, but not for both at a time.
        long missedNs = Math.max(board.lostNs(process) - lostNs[process],
                board.waitedNs(process) - waitedNs[process] + othersNs);
        board.paused(process, tookNs - missedNs);
        if (tookNs - missedNs > TOLD_NS) {
            synchronized (places) {
                ForkedJvm.say("slow ms=" + tookNs / 1_000_000 + " lostMs=" + missedNs / 1_000_000 + " " + often());
            }
        }
    }

    /** Where it was seen most often. */
    private String often() {
        return places.entrySet().stream().sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(PLACES).map(place -> place.getValue() + " times in " + place.getKey())
                .collect(Collectors.joining("; "));
    }

    private void watch() {
        long seenNs = 0;
        long sumNs = 0;
        while (!closed) {
            LockSupport.parkNanos(this, LOOK_NS);
            long now = beganNs;
            synchronized (places) {
                if (now != seenNs) {
                    places.clear();
                    seenNs = now;
                } else {
                    if (!stuck && System.nanoTime() - now > STUCK_NS) {
                        stuck = true;
                        ForkedJvm.say("stuck " + often());
                    }
                    List<StackTraceElement> frames = Stream.of(worker.getStackTrace()).filter(PauseWatch::isOurs)
                            .limit(FRAMES).toList();
                    if (!frames.isEmpty() && frames.getFirst().getMethodName().equals("pwrite")) {
                        sumNs += LOOK_NS;
                        writingNs = sumNs;
                    }
                    places.merge(frames.stream().map(PauseWatch::shortName).collect(Collectors.joining(" < ")), 1,
                            Integer::sum);
                }
            }
        }
    }

    private static boolean isOurs(StackTraceElement frame) {
        return frame.getClassName().startsWith("dev.hearth");
    }

    private static String shortName(StackTraceElement frame) {
        return frame.getClassName().replaceFirst(".*\\.", "") + "." + frame.getMethodName() + ":"
                + frame.getLineNumber();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watcher);
        clock.close();
        waits.close();
    }
}
