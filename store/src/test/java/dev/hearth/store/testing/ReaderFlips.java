package dev.hearth.store.testing;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A campaign of damage against one reader: each flip is drawn from a seed of its own, is read on a thread that is
 * watched, and is counted by what came of it.
 *
 * <p>
 * A flip fails when the reader throws what is not of its contract, gives out what was never written, takes longer than
 * {@value #LIMIT_MS} ms, or takes more memory from the heap than its bound. The message then names the properties
 * that repeat this flip alone. {@code -Dhearth.reader.flips=N -Dhearth.reader.flips.seed=S} make N flips against each
 * reader, with the seeds S to S + N - 1; a campaign says every 1,000 flips where it is, and goes on from any seed.
 */
public final class ReaderFlips {
    private static final int FLIPS = Integer.getInteger("hearth.reader.flips", 500);
    private static final long SEED = Long.getLong("hearth.reader.flips.seed", 20_261_122);
    private static final long LIMIT_MS = 20_000;
    private static final int TELL = 1_000;

    private final String reader;
    private final long heapBytes;
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private long mostHeapBytes;
    private long cpuNs;
    private volatile Case current = new Case(0);
    private volatile @Nullable Throwable failure;

    /** Flips against a reader that may take {@code heapBytes} for one of them. */
    public ReaderFlips(String reader, long heapBytes) {
        this.reader = reader;
        this.heapBytes = heapBytes;
    }

    /** One flip: where its randomness comes from, and what was done, for people. */
    public static final class Case {
        private final long seed;
        private final Random random;
        private final long startNs = System.nanoTime();
        private volatile String what = "";

        Case(long seed) {
            this.seed = seed;
            // Neighbours must not begin alike.
            random = new Random(seed * 0x9E3779B97F4A7C15L);
        }

        /** Everything that is random about this flip. */
        public Random random() {
            return random;
        }

        /** Says what is done, in addition to what was said. */
        public void say(String more) {
            what = what.isEmpty() ? more : what + " " + more;
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** Damages what it has, reads it all, and checks what it gets. */
    @FunctionalInterface
    public interface Reading {
        /** Returns the name under which the outcome is counted; whatever it throws is a failure. */
        String read(Case flip) throws IOException;
    }

    /** Makes all flips and returns the number of each outcome. */
    public Map<String, Integer> run(Reading reading) {
        Thread worker = Thread.ofPlatform().daemon().name("flips-" + reader).unstarted(() -> all(reading));
        worker.start();
        try {
            while (!worker.join(Duration.ofMillis(200))) {
                Case flip = current;
                long tookMs = (System.nanoTime() - flip.startNs) / 1_000_000;
                if (tookMs > LIMIT_MS) {
                    AssertionError stuck = new AssertionError(where(flip) + " takes " + tookMs + " ms");
                    stuck.setStackTrace(worker.getStackTrace());
                    throw stuck;
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
        System.out.println("reader=" + reader + " flips=" + FLIPS + " seed=" + SEED + " outcomes=" + outcomes
                + " mostHeapBytes=" + mostHeapBytes + " cpuMs=" + cpuNs / 1_000_000);
        if (failure != null) {
            throw new AssertionError(where(current), failure);
        }
        return outcomes;
    }

    private void all(Reading reading) {
        try {
            for (int i = 0; i < FLIPS; i++) {
                one(new Case(SEED + i), reading);
                if ((i + 1) % TELL == 0) {
                    System.out.println("reader=" + reader + " flips=" + (i + 1) + " next seed=" + (SEED + i + 1));
                }
            }
        } catch (Throwable t) {
            failure = t;
        }
        cpuNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void one(Case flip, Reading reading) throws IOException {
        current = flip;
        var threads = ManagementFactory.getPlatformMXBean(com.sun.management.ThreadMXBean.class);
        long before = threads.getCurrentThreadAllocatedBytes();
        outcomes.merge(reading.read(flip), 1, Integer::sum);
        long taken = threads.getCurrentThreadAllocatedBytes() - before;
        mostHeapBytes = Math.max(mostHeapBytes, taken);
        if (taken > heapBytes) {
            throw new AssertionError("took " + taken + " bytes of the heap, bound " + heapBytes);
        }
    }

    private String where(Case flip) {
        return "reader=" + reader + " -Dhearth.reader.flips=1 -Dhearth.reader.flips.seed=" + flip.seed + ": " + flip;
    }
}
