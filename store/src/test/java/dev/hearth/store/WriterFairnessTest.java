package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.CpuWaits;
import dev.hearth.store.testing.ForkedJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers of several processes that put without a pause: each gets its share, and no put waits long.
 *
 * <p>
 * Longer, and with more of them: {@code -Dhearth.fairness.ms=60000 -Dhearth.fairness.processes=8
 * -Dhearth.fairness.threads=4}.
 */
@Tag("system")
class WriterFairnessTest {
    private static final HearthOptions OPTIONS = HearthOptions.defaults().capacityBytes(64 << 20)
            .segmentBytes(1 << 20).pageBytes(16 << 10).maxEntries(20_000);
    private static final int PROCESSES = Integer.getInteger("hearth.fairness.processes", 4);
    private static final int THREADS = Integer.getInteger("hearth.fairness.threads", 2);
    private static final int MS = Integer.getInteger("hearth.fairness.ms", 4_000);
    private static final int KEYS = 500;
    /** Beside what a machine takes that has more to do than this. */
    private static final long LONGEST_US = 1_000_000;

    @TempDir
    Path temporary;

    /** Puts without a pause, in some threads, and says how often and how long it waited. */
    static final class Putter {
        private static final long WARM_MS = 1_000;
        private final Namespace namespace;
        private final CpuClock clock;
        private final int number;
        private long puts;
        private long longestNs;

        private Putter(Namespace namespace, CpuClock clock, int number) {
            this.namespace = namespace;
            this.clock = clock;
            this.number = number;
        }

        private void run(long ms) {
            MemorySegment value = MemorySegment.ofArray(new byte[100]);
            long warmNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WARM_MS);
            long endNs = warmNs + TimeUnit.MILLISECONDS.toNanos(ms);
            long nowNs = System.nanoTime();
            try (CpuWaits waits = new CpuWaits()) {
                for (int i = 0; nowNs < endNs; i++) {
                    long lostNs = clock.lostNs();
                    long waitedNs = waits.waitedNs();
                    namespace.put(Keys.utf8(number + " " + i % KEYS), value, PutOptions.of(Kind.ACTIVATION));
                    long doneNs = System.nanoTime();
                    if (nowNs > warmNs) {
                        puts++;
                        long missedNs = Math.max(clock.lostNs() - lostNs, waits.waitedNs() - waitedNs);
                        longestNs = Math.max(longestNs, doneNs - nowNs - missedNs);
                    }
                    nowNs = doneNs;
                }
            }
        }

        public static void main(String[] args) throws IOException, InterruptedException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS); CpuClock clock = new CpuClock()) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                List<Putter> putters = new ArrayList<>();
                List<Thread> threads = new ArrayList<>();
                ForkedJvm.say("ready");
                if (System.in.read() < 0) {
                    return;
                }
                for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                    Putter putter = new Putter(namespace, clock, Integer.parseInt(args[1]) * 100 + i);
                    putters.add(putter);
                    threads.add(Thread.ofPlatform().start(() -> putter.run(Long.parseLong(args[3]))));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                for (Putter putter : putters) {
                    ForkedJvm.say("puts " + putter.puts + " " + putter.longestNs / 1_000);
                }
            }
        }
    }

    @Test
    void writersOfSeveralProcesses_puttingWithoutAPause_interleave() {
        List<ForkedJvm> jvms = new ArrayList<>();
        List<Long> puts = new ArrayList<>();
        long longestUs = 0;
        try {
            for (int process = 0; process < PROCESSES; process++) {
                jvms.add(ForkedJvm.of(Putter.class).optimized().jvmArgs("-Xmx128m")
                        .args(temporary.resolve("store").toString(), "" + process, "" + THREADS, "" + MS).start());
                jvms.getLast().awaitLine("ready");
            }
            jvms.forEach(jvm -> jvm.send("go"));
            for (ForkedJvm jvm : jvms) {
                long sum = 0;
                for (int thread = 0; thread < THREADS; thread++) {
                    String[] said = jvm.awaitLine("puts").split(" ", -1);
                    sum += Long.parseLong(said[0]);
                    longestUs = Math.max(longestUs, Long.parseLong(said[1]));
                }
                puts.add(sum);
                assertEquals(0, jvm.awaitExit(), jvm::output);
            }
        } finally {
            jvms.forEach(ForkedJvm::close);
        }
        long all = puts.stream().mapToLong(Long::longValue).sum();
        long least = puts.stream().mapToLong(Long::longValue).min().orElse(0);
        System.out.println("fairness: processes=" + PROCESSES + " threads=" + THREADS + " puts=" + puts + " all=" + all
                + " leastOfFairShare=" + (double) least * PROCESSES / all + " longestUs=" + longestUs);
        // A machine that has more to do gives some less than others; who starves has next to nothing.
        assertTrue(least * PROCESSES * 4 > all, "puts=" + puts);
        assertTrue(longestUs < LONGEST_US, "longestUs=" + longestUs);
    }
}
