package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.Peer;
import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Peers;
import dev.hearth.perf.compare.peer.Session;
import dev.hearth.perf.compare.peer.Values;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Does rounds of work with one store. Threads of a round start together; a round takes as long as the mean of its
 * threads. One thread.
 */
final class Rounds implements AutoCloseable {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String peerName;
    private final PeerSetup setup;
    private final Values values;
    private final Loops loops;
    private final ExecutorService pool = Executors.newCachedThreadPool();
    private Peer peer;
    private @Nullable MemorySegment loaded;
    private long nextNewId;
    private int imports;

    Rounds(String peerName, PeerSetup setup, Peer peer, Values values) {
        this.peerName = peerName;
        this.setup = setup;
        this.peer = peer;
        this.values = values;
        this.loops = new Loops(setup, values);
        this.nextNewId = setup.entries();
    }

    /** Loads the entries of the scenario and lets the store settle. */
    String load() {
        peer.load(values, 0, setup.entries());
        peer.settle();
        return "loaded";
    }

    /** Sees every entry once, so that what a process does the first time it sees one is done. */
    String touch() {
        try (Session session = peer.session()) {
            for (long id = 0; id < setup.entries(); id++) {
                session.hit(id);
            }
        }
        return "touched";
    }

    /** One round. */
    Round run(RoundOrder order) throws ExecutionException, InterruptedException {
        if (order.work() == Work.IMPORT) {
            return runImport();
        }
        if (order.work().isFresh()) {
            peer.close();
            if (order.work().isCold()) {
                PageCache.drop(setup.directory(), Peers.valueFile(peerName));
            }
            peer = Peers.open(peerName, setup);
        }
        if (order.threads() == 1) {
            return thread(order, 0);
        }
        List<Callable<Round>> tasks = new ArrayList<>();
        for (int i = 0; i < order.threads(); i++) {
            int index = i;
            tasks.add(() -> thread(order, index));
        }
        long operations = 0;
        double nanos = 0;
        double allocated = 0;
        double misses = 0;
        for (Future<Round> thread : pool.invokeAll(tasks)) {
            operations += thread.get().operations();
            nanos += thread.get().nanos();
            allocated += thread.get().allocatedBytes();
            misses += thread.get().missShare();
        }
        return new Round(operations, nanos / order.threads(), allocated / order.threads(),
                misses / order.threads());
    }

    /** A store of its own in an empty directory is loaded; opening and closing it is not measured. */
    private Round runImport() {
        PeerSetup fresh = new PeerSetup(setup.directory().resolveSibling("import-" + imports++), setup.valueBytes(),
                setup.entries(), 0, 1);
        try (Peer importing = Peers.open(peerName, fresh)) {
            long start = System.nanoTime();
            importing.load(values, 0, fresh.entries());
            return new Round(fresh.entries(), (double) (System.nanoTime() - start) / fresh.entries(), 0, 0);
        } finally {
            Directories.delete(fresh.directory());
        }
    }

    private Round thread(RoundOrder order, int index) {
        KeySequence keys = new KeySequence(setup.entries(), order.skewed(), order.seed() * 31 + index);
        MemorySegment targets = order.work().isLoad() ? targets() : MemorySegment.NULL;
        try (Arena arena = Arena.ofConfined(); Session session = peer.session()) {
            MemorySegment target = arena.allocate(order.work().isLoad() ? 1 : setup.valueBytes(), 4_096);
            boolean byClock = !order.work().onlyThinks() || order.threads() > 1 || peerName.equals(Peers.REDIS);
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long start = byClock ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
            long operations = order.operations();
            double misses = 0;
            long median = 0;
            switch (order.work()) {
                case COLD_READ, FRESH_READ -> median = loops.coldReads(operations, order.seed(), session, target);
                case LOAD, COLD_LOAD -> operations = loops.load(index, order.threads(), session, targets);
                case ADD -> {
                    loops.adds(nextNewId, operations, session);
                    nextNewId += operations;
                }
                default -> misses = loops.run(order, keys, session, target);
            }
            long nanos = (byClock ? System.nanoTime() : THREADS.getCurrentThreadCpuTime()) - start;
            allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
            double each = median == 0 ? (double) nanos / operations : median;
            return new Round(operations, each, (double) allocated / operations, misses);
        }
    }

    /** Room for all values, every page of which was written to before. */
    private synchronized MemorySegment targets() {
        MemorySegment targets = loaded;
        if (targets == null) {
            targets = Arena.global().allocate(setup.entries() * setup.valueBytes(), 4_096);
            targets.fill((byte) 1);
            loaded = targets;
        }
        return targets;
    }

    @Override
    public void close() {
        pool.shutdownNow();
        peer.close();
    }
}
