package dev.hearth.perf;

import dev.hearth.store.Kind;
import dev.hearth.store.Storage;
import dev.hearth.store.entry.EntryDescriptor;
import dev.hearth.store.table.LookupTable;
import dev.hearth.store.table.TableEntry;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;

/**
 * How long a find in the lookup table takes, hit and miss, and how long an insert and a replacement, for tables that
 * fit in the cache and tables that do not.
 *
 * <p>
 * {@code java -cp store/target/classes:codec/target/classes:perf/target/classes dev.hearth.perf.LookupTableTimings}:
 * one thread, processor time, uniformly random digests, tables filled to what they were made for. Beside each find
 * stands the time of copying 64 bytes from a random 128-byte block of equally much memory: what the memory itself
 * costs.
 */
public final class LookupTableTimings {
    private static final int OPERATIONS = 2_000_000;
    private static final int ROUNDS = 5;

    private LookupTableTimings() {}

    /** Prints a line for each size; arguments are numbers of entries, by default 1,000, 100,000 and 1,000,000. */
    public static void main(String[] arguments) {
        String[] sizes = arguments.length > 0 ? arguments : new String[]{"1000", "100000", "1000000"};
        PrintStream out = System.out;
        out.println("entries load hitNs missNs copyNs insertNs replaceNs recountMs");
        for (String size : sizes) {
            measure(Integer.parseInt(size), out);
        }
    }

    private static void measure(int entries, PrintStream out) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(LookupTable.requiredBytes(entries), 4096);
            MemorySegment applied = arena.allocate(8, 8);
            LookupTable table = LookupTable.format(memory, entries, 1, 2, 3, applied);
            table.namespaces().define(0, "timings", "", "", 1);
            long insertNs = fill(table, entries, 1, applied);
            double load = table.load();
            double hitNs = Double.MAX_VALUE;
            double missNs = Double.MAX_VALUE;
            double copyNs = Double.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                hitNs = Math.min(hitNs, find(table, entries, 0, entries));
                missNs = Math.min(missNs, find(table, entries, 1L << 40, 0));
                copyNs = Math.min(copyNs, copy(memory, round));
            }
            long replaceNs = fill(table, entries, 2, applied);
            long start = cpuNanos();
            table.recount();
            long recountMs = (cpuNanos() - start) / 1_000_000;
            out.printf("%d %.2f %.1f %.1f %.1f %d %d %d%n", entries, load, hitNs, missNs, copyNs, insertNs, replaceNs,
                    recountMs);
        }
    }

    /** Puts every key once, each with a version of its own; nanoseconds a put. */
    private static long fill(LookupTable table, int entries, int pass, MemorySegment applied) {
        long start = cpuNanos();
        for (int key = 0; key < entries; key++) {
            long version = (long) pass * entries + key;
            table.insert(entry(key, version));
            applied.set(ValueLayout.JAVA_LONG, 0, version);
            table.settle(hi(key), lo(key));
        }
        return (cpuNanos() - start) / entries;
    }

    private static double find(LookupTable table, int entries, long firstKey, int expectedHits) {
        SplittableRandom random = new SplittableRandom(42);
        TableEntry found = new TableEntry();
        int hits = 0;
        long start = cpuNanos();
        for (int i = 0; i < OPERATIONS; i++) {
            long key = firstKey + random.nextInt(entries);
            if (table.find(hi(key), lo(key), found)) {
                hits++;
            }
        }
        double nanos = cpuNanos() - start;
        if (hits != (expectedHits > 0 ? OPERATIONS : 0)) {
            throw new IllegalStateException("hits=" + hits);
        }
        return nanos / OPERATIONS;
    }

    private static double copy(MemorySegment memory, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment target = MemorySegment.ofArray(new long[8]);
        int blocks = (int) (memory.byteSize() / 128);
        long sum = 0;
        long start = cpuNanos();
        for (int i = 0; i < OPERATIONS; i++) {
            MemorySegment.copy(memory, 128L * random.nextInt(blocks), target, 0, 64);
            sum += target.get(ValueLayout.JAVA_LONG, 0);
        }
        double nanos = cpuNanos() - start;
        return sum == 1 ? 0 : nanos / OPERATIONS;
    }

    private static EntryDescriptor entry(long key, long version) {
        return new EntryDescriptor(hi(key), lo(key), version, 1, 5, 0, (int) key, 0, 17, 120, 0, 1000, 77,
                Kind.ACTIVATION, Storage.COMPACT, 0);
    }

    /** Time of the processor for this thread, so that others on the machine disturb less. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long hi(long key) {
        return mix(2 * key + 1);
    }

    private static long lo(long key) {
        return mix(2 * key + 2);
    }

    private static long mix(long value) {
        long mixed = value * 0xD6E8_FEB8_6659_FD93L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
        return mixed ^ (mixed >>> 32);
    }
}
