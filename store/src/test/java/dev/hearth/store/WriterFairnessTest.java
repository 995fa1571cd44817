package dev.hearth.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.CpuWaits;
import dev.hearth.store.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
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
            .segmentBytes(1 << 20).pageBytes(16 << 10).maxEntries(20_000).lockTimeoutMs(240_000);
    private static final int PROCESSES = Integer.getInteger("hearth.fairness.processes", 4);
    private static final int THREADS = Integer.getInteger("hearth.fairness.threads", 2);
    private static final int MS = Integer.getInteger("hearth.fairness.ms", 4_000);
    private static final int KEYS = 500;
    /** Beside what a machine takes that has more to do than this. */
    private static final long LONG_NS = 1_000_000_000;
    /** Who is overtaken that often while it waits long does not get its turn; a slow machine does less in that time. */
    private static final long OFTEN = 2_000;
    /** Enough to compare, where a machine is slow. */
    private static final long LEAST_PUTS = 200;
    private static final int MOST_MS = 120_000;

    @TempDir
    Path temporary;

    /** Puts without a pause, in some threads, and says how often and how long it waited. */
    static final class Putter {
        private static final long WARM_MS = 1_000;
        private final Namespace namespace;
        private final CpuClock clock;
        private final int number;
        private final AtomicLong puts = new AtomicLong();
        private volatile boolean ended;
        private long longestNs;
        private long mostOvertaken;
        private int starved;

        private Putter(Namespace namespace, CpuClock clock, int number) {
            this.namespace = namespace;
            this.clock = clock;
            this.number = number;
        }

        private void run() {
            MemorySegment value = MemorySegment.ofArray(new byte[100]);
            long warmNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WARM_MS);
            long nowNs = System.nanoTime();
            long before = 0;
            try (CpuWaits waits = new CpuWaits()) {
                for (int i = 0; !ended; i++) {
                    long lostNs = clock.lostNs();
                    long waitedNs = waits.waitedNs();
                    long version = namespace.put(Keys.utf8(number + " " + i % KEYS), value,
                            PutOptions.of(Kind.ACTIVATION));
                    long doneNs = System.nanoTime();
                    if (nowNs > warmNs) {
                        puts.incrementAndGet();
                        long missedNs = Math.max(clock.lostNs() - lostNs, waits.waitedNs() - waitedNs);
                        judge(doneNs - nowNs - missedNs, version - before - 1);
                    }
                    before = version;
                    nowNs = doneNs;
                }
            }
        }

        private void judge(long tookNs, long overtaken) {
            longestNs = Math.max(longestNs, tookNs);
            mostOvertaken = Math.max(mostOvertaken, overtaken);
            starved += tookNs > LONG_NS && overtaken > OFTEN ? 1 : 0;
        }

        public static void main(String[] args) throws IOException, InterruptedException {
            try (Hearth hearth = Hearth.open(Path.of(args[0]), OPTIONS); CpuClock clock = new CpuClock()) {
                Namespace namespace = hearth.namespace(Fingerprint.of("n"));
                List<Putter> putters = new ArrayList<>();
                List<Thread> threads = new ArrayList<>();
                BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                ForkedJvm.say("ready");
                if (!"go".equals(asked.readLine())) {
                    return;
                }
                for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                    Putter putter = new Putter(namespace, clock, Integer.parseInt(args[1]) * 100 + i);
                    putters.add(putter);
                    threads.add(Thread.ofPlatform().start(putter::run));
                }
                while ("more".equals(asked.readLine())) {
                    ForkedJvm.say("has " + putters.stream().mapToLong(putter -> putter.puts.get()).sum());
                }
                putters.forEach(putter -> putter.ended = true);
                for (Thread thread : threads) {
                    thread.join();
                }
                for (Putter putter : putters) {
                    ForkedJvm.say(
                            "puts " + putter.puts.get() + " " + putter.longestNs / 1_000 + " " + putter.mostOvertaken
                                    + " " + putter.starved);
                }
            }
        }
    }

    @Test
    void writersOfSeveralProcesses_puttingWithoutAPause_interleave() {
        List<ForkedJvm> jvms = new ArrayList<>();
        List<Long> puts = new ArrayList<>();
        long longestUs = 0;
        long mostOvertaken = 0;
        long starved = 0;
        try {
            for (int process = 0; process < PROCESSES; process++) {
                jvms.add(ForkedJvm.of(Putter.class).optimized().jvmArgs("-Xmx128m")
                        .args(temporary.resolve("store").toString(), "" + process, "" + THREADS).start());
                jvms.getLast().awaitLine("ready");
            }
            jvms.forEach(jvm -> jvm.send("go"));
            awaitPuts(jvms);
            jvms.forEach(jvm -> jvm.send("end"));
            for (ForkedJvm jvm : jvms) {
                long sum = 0;
                for (int thread = 0; thread < THREADS; thread++) {
                    String[] said = jvm.awaitLine("puts").split(" ", -1);
                    sum += Long.parseLong(said[0]);
                    longestUs = Math.max(longestUs, Long.parseLong(said[1]));
                    mostOvertaken = Math.max(mostOvertaken, Long.parseLong(said[2]));
                    starved += Long.parseLong(said[3]);
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
                + " leastOfFairShare=" + (double) least * PROCESSES / all + " longestUs=" + longestUs
                + " mostOvertaken=" + mostOvertaken);
        // A machine that has more to do gives some less than others; who starves has next to nothing.
        assertTrue(least * PROCESSES * 4 > all, "puts=" + puts);
        assertEquals(0, starved, "longestUs=" + longestUs + " mostOvertaken=" + mostOvertaken);
    }

    /** Lets them put for their time, and on until each has put some. */
    private static void awaitPuts(List<ForkedJvm> jvms) {
        long startNs = System.nanoTime();
        long least = 0;
        long tookMs = 0;
        while (tookMs < MS || (least < LEAST_PUTS && tookMs < MS + MOST_MS)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            least = Long.MAX_VALUE;
            for (ForkedJvm jvm : jvms) {
                jvm.send("more");
                least = Math.min(least, Long.parseLong(jvm.awaitLine("has")));
            }
            tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
        }
    }
}
