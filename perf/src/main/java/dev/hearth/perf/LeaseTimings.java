package dev.hearth.perf;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.Lease;
import dev.hearth.store.Namespace;
import dev.hearth.store.PutOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.collections.Long2LongHashMap;

/**
 * What a get with a reused lease costs beside the least that a get can cost: a hash map of the process's own, and a
 * slice of a mapped file.
 *
 * <p>
 * {@code perf/run leases [DIRECTORY [ENTRIES [VALUE-BYTES]]]}: one thread, processor time, uniformly random keys of 8
 * bytes, in-place values, of which the first eight bytes are read. The directory is where store and file are made, by
 * default {@code /dev/shm}. Both run in turns in one process, and the ratio is of their best rounds; bytes are garbage
 * per get. A second line is a {@code getOrCompute} of the same keys, all of them there, beside that get.
 */
public final class LeaseTimings {
    private static final int OPERATIONS = 2_000_000;
    private static final int ROUNDS = 7;
    private static final PutOptions PARAMETER = PutOptions.of(Kind.PARAMETER);

    private LeaseTimings() {}

    /** Prints what each takes, and the ratios. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory(Path.of(arguments.length > 0 ? arguments[0] : "/dev/shm"),
                "lease-timings");
        int entries = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100_000;
        int valueBytes = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 4096;
        try (Arena arena = Arena.ofShared()) {
            measure(new Bare(directory.resolve("bare"), entries, valueBytes, arena), directory, System.out);
        } finally {
            try (Stream<Path> paths = Files.walk(directory)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static void measure(Bare bare, Path directory, PrintStream out) {
        HearthOptions options = HearthOptions.defaults().maxEntries(bare.entries + 1_000L)
                .capacityBytes(Math.max(256L << 20, 2L * bare.entries * bare.valueBytes));
        try (Hearth hearth = Hearth.open(directory.resolve("store"), options)) {
            Namespace namespace = hearth.namespace(Fingerprint.of("timings"));
            MemorySegment key = MemorySegment.ofArray(new byte[8]);
            for (int i = 0; i < bare.entries; i++) {
                key.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, keyOf(i));
                namespace.put(key, bare.memory.asSlice((long) i * bare.valueBytes, bare.valueBytes), PARAMETER);
            }
            Lease lease = hearth.newLease();
            double bareNs = Double.MAX_VALUE;
            double leaseNs = Double.MAX_VALUE;
            double computeNs = Double.MAX_VALUE;
            double readNs = Double.MAX_VALUE;
            double bytes = 0;
            MemorySegment target = Arena.ofAuto().allocate(bare.valueBytes, 4096);
            for (int round = 0; round < ROUNDS; round++) {
                bareNs = Math.min(bareNs, bare.run(round));
                long before = allocated();
                leaseNs = Math.min(leaseNs, lease(namespace, key, lease, bare.entries, round));
                bytes = (double) (allocated() - before) / OPERATIONS;
                computeNs = Math.min(computeNs, getOrCompute(namespace, key, lease, bare.entries, round));
                readNs = Math.min(readNs, read(namespace, key, target, bare.entries, round));
            }
            out.printf("entries=%d valueBytes=%d bareNs=%.1f leaseNs=%.1f ratio=%.2f bytesPerGet=%.3f readNs=%.1f%n",
                    bare.entries, bare.valueBytes, bareNs, leaseNs, leaseNs / bareNs, bytes, readNs);
            out.printf("getOrComputeNs=%.1f ratioToGet=%.2f%n", computeNs, computeNs / leaseNs);
        }
    }

    private static long keyOf(long i) {
        return i * 0x9E37_79B9_7F4A_7C15L;
    }

    private static double lease(Namespace namespace, MemorySegment key, Lease lease, int entries, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long sum = 0;
        long start = cpuNanos();
        for (int i = 0; i < OPERATIONS; i++) {
            int entry = random.nextInt(entries);
            key.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, keyOf(entry));
            sum += get(namespace, key, lease) - entry;
        }
        long ns = cpuNanos() - start;
        if (sum != 0) {
            throw new AssertionError("sum=" + sum);
        }
        return (double) ns / OPERATIONS;
    }

    private static long get(Namespace namespace, MemorySegment key, Lease lease) {
        if (!namespace.get(key, lease)) {
            return -1;
        }
        long first = lease.segment().get(ValueLayout.JAVA_LONG, 0);
        lease.close();
        return first;
    }

    private static double getOrCompute(Namespace namespace, MemorySegment key, Lease lease, int entries, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long sum = 0;
        long start = cpuNanos();
        for (int i = 0; i < OPERATIONS; i++) {
            int entry = random.nextInt(entries);
            key.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, keyOf(entry));
            namespace.getOrCompute(key, PARAMETER, Namespace.COMPUTE_LIMIT, LeaseTimings::absent, lease);
            sum += lease.segment().get(ValueLayout.JAVA_LONG, 0) - entry;
            lease.close();
        }
        long ns = cpuNanos() - start;
        if (sum != 0) {
            throw new AssertionError("sum=" + sum);
        }
        return (double) ns / OPERATIONS;
    }

    private static MemorySegment absent() {
        throw new AssertionError("every key is there");
    }

    private static double read(Namespace namespace, MemorySegment key, MemorySegment target, int entries, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long sum = 0;
        long start = cpuNanos();
        for (int i = 0; i < OPERATIONS / 10; i++) {
            int entry = random.nextInt(entries);
            key.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, keyOf(entry));
            sum += namespace.read(key, 0, target) - target.byteSize() + target.get(ValueLayout.JAVA_LONG, 0) - entry;
        }
        long ns = cpuNanos() - start;
        if (sum != 0) {
            throw new AssertionError("sum=" + sum);
        }
        return (double) ns * 10 / OPERATIONS;
    }

    /** Values side by side in a mapped file, and a map that says where. */
    private static final class Bare {
        final int entries;
        final int valueBytes;
        final MemorySegment memory;
        private final Long2LongHashMap offsets = new Long2LongHashMap(-1);

        Bare(Path file, int entries, int valueBytes, Arena arena) throws IOException {
            this.entries = entries;
            this.valueBytes = valueBytes;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                    StandardOpenOption.WRITE)) {
                memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) entries * valueBytes, arena);
            }
            for (int i = 0; i < entries; i++) {
                memory.set(ValueLayout.JAVA_LONG, (long) i * valueBytes, i);
                offsets.put(keyOf(i), (long) i * valueBytes);
            }
        }

        double run(int seed) {
            SplittableRandom random = new SplittableRandom(seed);
            long sum = 0;
            long start = cpuNanos();
            for (int i = 0; i < OPERATIONS; i++) {
                int entry = random.nextInt(entries);
                MemorySegment value = memory.asSlice(offsets.get(keyOf(entry)), valueBytes);
                sum += value.get(ValueLayout.JAVA_LONG, 0) - entry;
            }
            long ns = cpuNanos() - start;
            if (sum != 0) {
                throw new AssertionError("sum=" + sum);
            }
            return (double) ns / OPERATIONS;
        }
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long allocated() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.ThreadMXBean.class)
                .getCurrentThreadAllocatedBytes();
    }
}
