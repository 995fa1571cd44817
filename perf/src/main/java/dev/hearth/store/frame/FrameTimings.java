package dev.hearth.store.frame;

import dev.hearth.store.mark.SlotWord;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * How long a copy of a decoded page takes, hit and miss, and a hold with its release, by any thread and in a lane, on
 * one and two threads, and how much they allocate; and a claim with its publication.
 *
 * <p>
 * {@code java -cp store/target/classes:codec/target/classes:perf/target/classes dev.hearth.store.frame.FrameTimings}.
 * Pages of 4 KiB, as many as fit the cache of a processor and as many as do not, at random; in private memory, since
 * what is measured is not the file system. Beside the copy stands that of 4 KiB from a random place of equally much
 * memory. Nanoseconds of the clock for each thread, best of five rounds; bytes allocated for each operation.
 */
public final class FrameTimings {
    private static final int PAGE_BYTES = 4096;
    private static final int OPERATIONS = 1_000_000;
    private static final int ROUNDS = 5;
    /** How many frames there are for each page, so that no set is full. */
    private static final int SPARE = 8;

    private FrameTimings() {}

    private interface Operation {
        long run(FrameKey key, int number, MemorySegment target);
    }

    /** Prints a line for each number of pages and of threads. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        out.println("pages threads copyNs copyB memoryNs missNs missB holdNs holdB laneNs laneB claimPublishNs");
        for (int pages : new int[]{100, 20_000}) {
            FrameLayout layout = new FrameLayout((long) PAGE_BYTES * pages * SPARE, PAGE_BYTES, 4);
            MemorySegment memory = Arena.global().allocate(layout.fileBytes, 4096);
            FrameCache cache = open(layout, memory);
            fill(cache, pages);
            for (int threads = 1; threads <= 2; threads++) {
                double[] copy = measure(threads, pages, (key, number, target) -> cache
                        .copy(key(key, number), 0, target, 0, PAGE_BYTES) ? 1 : 0);
                double[] bare = measure(threads, pages, (key, number, target) -> {
                    MemorySegment.copy(memory, (long) number * PAGE_BYTES, target, 0, PAGE_BYTES);
                    return 1;
                });
                double[] miss = measure(threads, pages, (key, number, target) -> cache
                        .copy(key(key, number + pages), 0, target, 0, PAGE_BYTES) ? 0 : 1);
                double[] hold = measure(threads, pages, (key, number, target) -> {
                    long handle = cache.hold(key(key, number));
                    cache.release(handle);
                    return 1;
                });
                double[] lane = measure(threads, pages, (key, number, target) -> {
                    // Of the lanes there are twelve; these threads have successive numbers.
                    int stripe = FrameLayout.SHARED_HOLD_STRIPES + ((int) Thread.currentThread().threadId() & 7);
                    long handle = cache.holdDirect(key(key, number), stripe);
                    cache.release(handle);
                    return 1;
                });
                double claim = threads == 1 ? claimNs(layout, pages) : Double.NaN;
                out.printf("%d %d %.0f %.2f %.0f %.0f %.2f %.0f %.2f %.0f %.2f %.0f%n", pages, threads, copy[0],
                        copy[1], bare[0], miss[0], miss[1], hold[0], hold[1], lane[0], lane[1], claim);
            }
        }
    }

    private static FrameCache open(FrameLayout layout, MemorySegment memory) {
        return new FrameCache(new FrameCache.Mapping(Path.of("frames"), memory, (offsetBytes, lengthBytes) -> {
        }, () -> {
        }), layout, new FrameClaims.Owner(SlotWord.of(0, 1), word -> true, 1_000_000), FrameEvents.NONE);
    }

    private static void fill(FrameCache cache, int pages) {
        MemorySegment page = Arena.ofAuto().allocate(PAGE_BYTES, 4096);
        FrameKey key = new FrameKey();
        for (int number = 0; number < pages; number++) {
            cache.publish(cache.claim(key(key, number)), key, page, 0);
        }
    }

    private static double claimNs(FrameLayout layout, int pages) {
        FrameCache cache = open(layout, Arena.ofAuto().allocate(layout.fileBytes, 4096));
        fill(cache, pages / 2);
        MemorySegment page = Arena.ofAuto().allocate(PAGE_BYTES, 4096);
        FrameKey key = new FrameKey();
        int count = Math.max(pages, 20_000);
        long startNs = System.nanoTime();
        for (int number = 0; number < count; number++) {
            cache.publish(cache.claim(key(key, pages + number)), key, page, 0);
        }
        return (double) (System.nanoTime() - startNs) / count;
    }

    private static FrameKey key(FrameKey key, int number) {
        long hi = number * 0x9E37_79B9_7F4A_7C15L;
        return key.set(hi ^ hi >>> 29, number, 1, 0, PAGE_BYTES);
    }

    /** Nanoseconds and bytes for each operation. */
    private static double[] measure(int threads, int pages, Operation operation)
            throws InterruptedException, ExecutionException {
        double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int round = 0; round < ROUNDS; round++) {
                List<Callable<double[]>> tasks = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    SplittableRandom random = new SplittableRandom(thread * 31L + round);
                    tasks.add(() -> run(random, pages, operation));
                }
                double[] sum = new double[2];
                for (Future<double[]> result : executor.invokeAll(tasks)) {
                    sum[0] += result.get()[0] / threads;
                    sum[1] += result.get()[1] / threads;
                }
                best[0] = Math.min(best[0], sum[0]);
                best[1] = Math.min(best[1], sum[1]);
            }
        }
        return best;
    }

    private static double[] run(SplittableRandom random, int pages, Operation operation) throws JMException {
        MemorySegment target = Arena.ofAuto().allocate(PAGE_BYTES, 4096);
        FrameKey key = new FrameKey();
        long done = 0;
        long startBytes = allocatedBytes();
        long startNs = System.nanoTime();
        for (int count = 0; count < OPERATIONS; count++) {
            done += operation.run(key, random.nextInt(pages), target);
        }
        long tookNs = System.nanoTime() - startNs;
        long bytes = allocatedBytes() - startBytes;
        if (done != OPERATIONS) {
            throw new IllegalStateException("done=" + done);
        }
        return new double[]{(double) tookNs / OPERATIONS, (double) bytes / OPERATIONS};
    }

    private static long allocatedBytes() throws JMException {
        return (long) ManagementFactory.getPlatformMBeanServer().invoke(
                new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME), "getThreadAllocatedBytes",
                new Object[]{Thread.currentThread().threadId()}, new String[]{"long"});
    }
}
