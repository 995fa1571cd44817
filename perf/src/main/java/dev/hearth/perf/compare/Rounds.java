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

/**
 * Does rounds of work with one store. Every value that comes back is checked by its first eight bytes. Threads of a
 * round start together; a round takes as long as the mean of its threads.
 */
final class Rounds implements AutoCloseable {
    /** Keys from here on are never put. */
    private static final long ABSENT_IDS = 1L << 40;
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String peerName;
    private final PeerSetup setup;
    private final Peer peer;
    private final Values values;
    private final ExecutorService pool = Executors.newCachedThreadPool();
    private long nextNewId;
    private int imports;

    Rounds(String peerName, PeerSetup setup, Peer peer, Values values) {
        this.peerName = peerName;
        this.setup = setup;
        this.peer = peer;
        this.values = values;
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
        if (order.threads() == 1) {
            return thread(order, 0);
        }
        List<Callable<Round>> tasks = new ArrayList<>();
        for (int i = 0; i < order.threads(); i++) {
            int index = i;
            tasks.add(() -> thread(order, index));
        }
        double nanos = 0;
        double allocated = 0;
        for (Future<Round> thread : pool.invokeAll(tasks)) {
            nanos += thread.get().nanos();
            allocated += thread.get().allocatedBytes();
        }
        return new Round(order.operations() * order.threads(), nanos / order.threads(), allocated / order.threads());
    }

    /** A store of its own in an empty directory is loaded; opening and closing it is not measured. */
    private Round runImport() {
        PeerSetup fresh = new PeerSetup(setup.directory().resolveSibling("import-" + imports++), setup.valueBytes(),
                setup.entries(), 0, 1);
        try (Peer importing = Peers.open(peerName, fresh)) {
            long start = System.nanoTime();
            importing.load(values, 0, fresh.entries());
            return new Round(fresh.entries(), (double) (System.nanoTime() - start) / fresh.entries(), 0);
        } finally {
            Directories.delete(fresh.directory());
        }
    }

    private Round thread(RoundOrder order, int index) {
        KeySequence keys = new KeySequence(setup.entries(), order.skewed(), order.seed() * 31 + index);
        try (Arena arena = Arena.ofConfined(); Session session = peer.session()) {
            MemorySegment target = arena.allocate(setup.valueBytes(), 4_096);
            boolean clockOnly = !order.work().onlyThinks() || order.threads() > 1 || peerName.equals(Peers.REDIS);
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long start = clockOnly ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
            loop(order, keys, session, target);
            long nanos = (clockOnly ? System.nanoTime() : THREADS.getCurrentThreadCpuTime()) - start;
            allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
            return new Round(order.operations(), (double) nanos / order.operations(),
                    (double) allocated / order.operations());
        }
    }

    private void loop(RoundOrder order, KeySequence keys, Session session, MemorySegment target) {
        switch (order.work()) {
            case HIT -> hits(order.operations(), keys, session);
            case MISS -> misses(order.operations(), keys, session);
            case READ -> reads(order.operations(), keys, session, target);
            case PUT -> puts(order.operations(), keys, session);
            case ADD -> adds(order.operations(), session);
            case MIXED -> mixed(order.operations(), keys, session);
            default -> throw new IllegalArgumentException("work=" + order.work());
        }
    }

    private void hits(long operations, KeySequence keys, Session session) {
        long wrong = 0;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            wrong |= session.hit(id) ^ values.first(id);
        }
        require(wrong == 0, "a hit gave other bytes than were put, or none");
    }

    private static void misses(long operations, KeySequence keys, Session session) {
        boolean found = false;
        for (long i = 0; i < operations; i++) {
            found |= session.hit(ABSENT_IDS + keys.next()) != Peer.ABSENT;
        }
        require(!found, "something was found that was never put");
    }

    private void reads(long operations, KeySequence keys, Session session, MemorySegment target) {
        long wrong = 0;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            wrong |= session.read(id, target) ^ values.first(id);
        }
        require(wrong == 0, "a copy has other bytes than were put, or there was none");
    }

    private void puts(long operations, KeySequence keys, Session session) {
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            session.put(id, values.of(id));
        }
    }

    private void adds(long operations, Session session) {
        long from = nextNewId;
        nextNewId += operations;
        for (long id = from; id < nextNewId; id++) {
            session.put(id, values.of(id));
        }
    }

    private void mixed(long operations, KeySequence keys, Session session) {
        boolean wrong = false;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            boolean put = i % 10 == 9;
            if (!put) {
                long first = session.hit(id);
                put = first == Peer.ABSENT;
                wrong |= !put && first != values.first(id);
            }
            if (put) {
                session.put(id, values.of(id));
            }
        }
        require(!wrong, "a hit gave other bytes than were put");
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalStateException(problem);
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
        peer.close();
    }
}
