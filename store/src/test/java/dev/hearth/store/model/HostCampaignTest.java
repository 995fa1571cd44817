package dev.hearth.store.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.Kind;
import dev.hearth.store.Progress;
import dev.hearth.store.SegmentInfo;
import dev.hearth.store.StoreStats;
import dev.hearth.store.testing.CpuClock;
import dev.hearth.store.testing.ForkedJvm;
import dev.hearth.store.testing.TimeBox;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight processes, four in the suite, do everything at once in a store that is too small for it, while one after the
 * other is killed, or stopped for a while: whatever is read is right, the others go on within a second, and in the end
 * no space is missing.
 *
 * <p>
 * The whole campaign: {@code mvn -q verify -pl store -am -Dtest=HostCampaignTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dhearth.hosts.events=2000 -Dhearth.hosts.seed=N}.
 */
@Tag("system")
class HostCampaignTest {
    private static final String EVENTS_PROPERTY = "hearth.hosts.events";
    private static final int EVENTS = Integer.getInteger(EVENTS_PROPERTY, 8);
    /** An event takes about one second; where it takes ten, the run ends before all of them. */
    private static final int MOST_SECONDS = 240 + 10 * EVENTS;
    private static final long MOST_NS = TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    private static final long SEED = Long.getLong("hearth.hosts.seed", 20_261_122);
    private static final int PROCESSES = System.getProperty(EVENTS_PROPERTY) == null ? 4 : 8;
    /** What is made of a short campaign whatever it takes; the rest as long as there is time. */
    private static final int LEAST_EVENTS = 4;
    private static final Duration SHORT = Duration.ofSeconds(30);
    /** The longest that anybody may be kept from going on, whoever is killed or stopped; see {@link PauseWatch}. */
    private static final long MOST_PAUSE_MS = 1_000;
    /** When a process counts as stuck; of the time in which the machine let this one run. */
    private static final long PATIENCE_MS = 240_000;

    @TempDir
    Path temporary;

    private final ModelSettings settings = new ModelSettings(SEED, PROCESSES, 1, MOST_SECONDS, 3_000, 6);
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<ForkedJvm> jvms = new ArrayList<>();
    private final CpuClock clock = new CpuClock();
    private int killed;
    private int stopped;
    private long longestMs;
    private long pauseMs;

    private ForkedJvm start(int process) {
        return ForkedJvm.of(HostWorker.class).optimized().limitSeconds(MOST_SECONDS + 300).jvmArgs("-Xmx256m")
                .args(temporary.resolve("store").toString(), temporary.resolve("states").toString(),
                        temporary.resolve("board").toString(), Integer.toString(process), settings.text())
                .start();
    }

    @Test
    void processesKilledAndStopped_othersGoOnAndNothingIsWrongOrMissing() {
        System.out.println("hosts: " + settings);
        try (HostBoard board = new HostBoard(temporary.resolve("board"), PROCESSES)) {
            for (int process = 0; process < PROCESSES; process++) {
                jvms.add(start(process));
            }
            jvms.forEach(jvm -> jvm.awaitLine("life"));
            long startNs = System.nanoTime();
            TimeBox box = TimeBox.unlessAsked(EVENTS_PROPERTY, LEAST_EVENTS, SHORT);
            for (int event = 0; event < EVENTS && System.nanoTime() - startNs < MOST_NS && box.goesOn(); event++) {
                disturb(board, random.nextInt(PROCESSES), event % 2 == 0);
                if (event % 10 == 9) {
                    System.out.println("hosts: events=" + (event + 1) + " longestMs=" + longestMs + " pauseMs="
                            + longestPauseMs(board));
                }
            }
            board.end();
            for (ForkedJvm jvm : jvms) {
                jvm.awaitLine("done");
                assertEquals(0, jvm.awaitExit(), jvm::output);
            }
            pauseMs = longestPauseMs(board);
        } finally {
            jvms.forEach(jvm -> jvm.output().lines().filter(line -> line.startsWith("slow"))
                    .forEach(System.out::println));
            jvms.forEach(ForkedJvm::close);
            clock.close();
        }
        System.out.println("hosts: kills=" + killed + " stops=" + stopped + " longestMs=" + longestMs
                + " pauseMs=" + pauseMs);
        assertTrue(killed > 1 && stopped > 1, "kills=" + killed + " stops=" + stopped);
        assertTrue(pauseMs < MOST_PAUSE_MS, "pauseMs=" + pauseMs);
        checkWhatIsLeft();
    }

    private static long longestPauseMs(HostBoard board) {
        return IntStream.range(0, PROCESSES).mapToLong(board::pauseNs).max().orElse(0) / 1_000_000;
    }

    private void disturb(HostBoard board, int process, boolean kills) {
        ForkedJvm jvm = jvms.get(process);
        pause(random.nextInt(200));
        if (kills) {
            board.kill(process);
            jvm.kill();
            killed++;
            awaitProgress(board, process);
            jvm.output().lines().filter(line -> line.startsWith("slow")).forEach(System.out::println);
            // A life that ended by itself would not have been killed.
            assertTrue(!jvm.output().contains("failed"), jvm::output);
            jvm.close();
            jvms.set(process, start(process));
            jvms.get(process).awaitLine("life");
        } else {
            board.stopsOrGoesOn(process);
            jvm.stop();
            stopped++;
            awaitProgress(board, process);
            pause(random.nextInt(1_500));
            awaitProgress(board, process);
            jvm.resume();
            board.stopsOrGoesOn(process);
        }
    }

    private static void pause(int ms) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (System.nanoTime() < endNs) {
            LockSupport.parkNanos(endNs - System.nanoTime());
        }
    }

    /** All but one do another operation. */
    private void awaitProgress(HostBoard board, int except) {
        long startNs = System.nanoTime();
        long lostNs = clock.lostNs();
        long[] before = new long[PROCESSES];
        for (int process = 0; process < PROCESSES; process++) {
            before[process] = board.operations(process);
        }
        for (int process = 0; process < PROCESSES; process++) {
            while (process != except && board.operations(process) < before[process] + 2) {
                long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
                ForkedJvm jvm = jvms.get(process);
                assertTrue(jvm.isAlive(), jvm::output);
                assertTrue(ms - TimeUnit.NANOSECONDS.toMillis(clock.lostNs() - lostNs) < PATIENCE_MS,
                        "process " + process + " did nothing for ms=" + ms + ":\n" + jvm.output());
                LockSupport.parkNanos(1_000_000);
            }
        }
        longestMs = Math.max(longestMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
    }

    /** What the dead left comes back, and with everything removed all segments are free. */
    private void checkWhatIsLeft() {
        try (Hearth hearth = Hearth.open(temporary.resolve("store"), settings.options())) {
            StoreStats stats = hearth.stats();
            System.out.println("hosts: " + stats.counters());
            assertEquals(0, stats.counter("damage"));
            assertTrue(stats.counter("evictions") > 100, "evictions=" + stats.counter("evictions"));
            assertTrue(hearth.verify(Progress.NONE).isSound());
            SpaceAccount.await(hearth);
            assertTrue(hearth.remove(hearth.findNamespace(Fingerprint.of("model")).orElseThrow()));
            long freed = hearth.evict(Long.MAX_VALUE);
            assertEquals(0, hearth.stats().entries(), () -> "freed=" + freed + " of " + stats);
            SpaceAccount.await(hearth);
            assertEquals(0, hearth.stats().storedBytes());
            // What is open is empty, and one of a kind.
            List<SegmentInfo> left = hearth.segments().stream().filter(one -> !one.state().equals("free")).toList();
            assertTrue(left.size() <= Kind.values().length, left::toString);
            assertTrue(left.stream().allMatch(one -> one.state().equals("open") && one.entries() == 0), left::toString);
        }
    }
}
