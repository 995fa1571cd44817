package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.Peer;
import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Session;
import dev.hearth.perf.compare.peer.Values;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The inner loops of a round: what one thread does over and over while the clock runs. Every value that comes back is
 * checked by its first eight bytes. Any thread, each with a session of its own.
 */
final class Loops {
    /** Length of a part of a value that is read. */
    static final int RANGE_BYTES = 4 << 10;
    /** Keys from here on are never put. */
    private static final long ABSENT_IDS = 1L << 40;
    private static final long RANGE_STEP_BYTES = 64;
    /** Odd and large: its multiples meet every number below a power of two before any comes again. */
    private static final long STRIDE = 0x4F1B_BCDC_BFA5_3E0BL;

    private final PeerSetup setup;
    private final Values values;

    Loops(PeerSetup setup, Values values) {
        this.setup = setup;
        this.values = values;
    }

    /** Does the work of one thread; {@code target} has room for a value. Returns what part of mixed lookups missed. */
    double run(RoundOrder order, KeySequence keys, Session session, MemorySegment target) {
        long operations = order.operations();
        switch (order.work()) {
            case HIT -> hits(operations, keys, session);
            case MISS -> misses(operations, keys, session);
            case COMPUTE -> computes(operations, keys, session);
            case READ -> reads(operations, keys, session, target);
            case RANGE -> ranges(operations, keys, session, target.asSlice(0, RANGE_BYTES));
            case PUT -> puts(operations, keys, session);
            case MIXED -> {
                return mixed(operations, keys, session);
            }
            default -> throw new IllegalArgumentException("work=" + order.work());
        }
        return 0;
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

    private void computes(long operations, KeySequence keys, Session session) {
        long wrong = 0;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            wrong |= session.compute(id) ^ values.first(id);
        }
        require(wrong == 0, "a value that was there came with other bytes than were put");
    }

    private void reads(long operations, KeySequence keys, Session session, MemorySegment target) {
        long wrong = 0;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            wrong |= session.read(id, target) ^ values.first(id);
        }
        require(wrong == 0, "a copy has other bytes than were put, or there was none");
    }

    private void ranges(long operations, KeySequence keys, Session session, MemorySegment target) {
        long wrong = 0;
        long places = (setup.valueBytes() - RANGE_BYTES) / RANGE_STEP_BYTES;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            long offset = RANGE_STEP_BYTES * Math.floorMod(i * STRIDE, places);
            wrong |= session.range(id, offset, target) ^ values.at(id, offset);
        }
        require(wrong == 0, "a part of a value has other bytes than were put, or there was none");
    }

    private void puts(long operations, KeySequence keys, Session session) {
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            session.put(id, values.of(id));
        }
    }

    /** Puts under the numbers from {@code from} on. */
    void adds(long from, long operations, Session session) {
        for (long id = from; id < from + operations; id++) {
            session.put(id, values.of(id));
        }
    }

    private double mixed(long operations, KeySequence keys, Session session) {
        boolean wrong = false;
        long lookups = 0;
        long misses = 0;
        for (long i = 0; i < operations; i++) {
            long id = keys.next();
            boolean put = i % 10 == 9;
            if (!put) {
                long first = session.hit(id);
                put = first == Peer.ABSENT;
                lookups++;
                misses += put ? 1 : 0;
                wrong |= !put && first != values.first(id);
            }
            if (put) {
                session.put(id, values.of(id));
            }
        }
        require(!wrong, "a hit gave other bytes than were put");
        return (double) misses / Math.max(1, lookups);
    }

    /**
     * Reads each value at most once: the second time it would not be cold. Returns how long the median of them took, in
     * ns: a disk that is shared lets one in hundreds wait for hundreds of ms, and the sum is that of those few.
     */
    long coldReads(long operations, long seed, Session session, MemorySegment target) {
        long entries = setup.entries();
        require(operations <= entries && Long.bitCount(entries) == 1, "not every value would be read at most once");
        long wrong = 0;
        long[] nanos = new long[Math.toIntExact(operations)];
        for (int i = 0; i < nanos.length; i++) {
            long id = (i + seed * operations) * STRIDE & (entries - 1);
            long start = System.nanoTime();
            wrong |= session.read(id, target) ^ values.first(id);
            nanos[i] = System.nanoTime() - start;
        }
        require(wrong == 0, "a copy has other bytes than were put, or there was none");
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    /** Copies every {@code step}-th value to its place in {@code targets}; returns how many. */
    long load(int from, int step, Session session, MemorySegment targets) {
        long wrong = 0;
        long count = 0;
        for (long id = from; id < setup.entries(); id += step) {
            MemorySegment target = targets.asSlice(id * setup.valueBytes(), setup.valueBytes());
            wrong |= session.read(id, target) ^ values.first(id);
            count++;
        }
        require(wrong == 0, "a copy has other bytes than were put, or there was none");
        return count;
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalStateException(problem);
        }
    }
}
