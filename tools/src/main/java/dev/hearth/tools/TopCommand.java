package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.StoreStats;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code top}: what is being done with a store, a line each time. */
@Command(description = "Show what is being done with a store, all processes together, a line a second.")
final class TopCommand implements Callable<Integer> {
    private static final int LINES_A_HEADING = 20;
    private static final String ROW = "%-8s  %9s  %9s  %8s  %9s  %11s  %11s  %9s  %9s  %8s  %5s  %5s";
    private final RootCommand root;

    @Option(names = "--interval", paramLabel = "SECONDS", description = "Time between two lines; 1 by default.")
    private double intervalSeconds = 1;

    @Option(names = "--count", paramLabel = "N", description = "How many lines; without it, until interrupted.")
    private long count = Long.MAX_VALUE;

    TopCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (!(intervalSeconds >= 0.001 && intervalSeconds <= 86_400) || count < 1) {
            throw ToolFailure.usage("--interval=" + intervalSeconds + " --count=" + count);
        }
        try (Hearth hearth = root.attachReadOnly()) {
            StoreStats before = hearth.stats();
            long beforeNanos = System.nanoTime();
            for (long line = 0; line < count; line++) {
                if (!pause()) {
                    break;
                }
                StoreStats now = hearth.stats();
                long nowNanos = System.nanoTime();
                print(line, new Rates(before, now, nowNanos - beforeNanos));
                before = now;
                beforeNanos = nowNanos;
            }
        }
        return ExitCode.DONE;
    }

    /** Waits for the next line; false if the command is to end. */
    private boolean pause() {
        root.out().flush();
        try {
            Thread.sleep(Math.round(intervalSeconds * 1_000));
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What happened between two looks. */
    private record Rates(StoreStats before, StoreStats now, long nanos) {
        long count(String counter) {
            return now.counter(counter) - before.counter(counter);
        }

        double perSecond(String counter) {
            return nanos <= 0 ? 0 : count(counter) * 1e9 / nanos;
        }

        double hitRatio() {
            long hits = count("hits");
            long lookups = hits + count("misses");
            return lookups == 0 ? 0 : (double) hits / lookups;
        }
    }

    private void print(long line, Rates rates) {
        if (root.isJson()) {
            root.out().line(json(rates).toString());
            return;
        }
        if (line % LINES_A_HEADING == 0) {
            root.out().line(String.format(Locale.ROOT, ROW, "time", "hits/s", "misses/s", "hitRatio", "puts/s", "read",
                    "put", "decoded/s", "evicted/s", "entries", "free", "procs").stripTrailing());
        }
        LocalTime time = LocalTime.ofInstant(Instant.now(), ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
        root.out().line(String.format(Locale.ROOT, ROW, String.format("%tT", time), rate(rates.perSecond("hits")),
                rate(rates.perSecond("misses")), String.format(Locale.ROOT, "%.1f %%", rates.hitRatio() * 100),
                rate(rates.perSecond("puts")), Sizes.humanRate(rates.count("bytesRead"), rates.nanos),
                Sizes.humanRate(rates.count("bytesPut"), rates.nanos), rate(rates.perSecond("pagesDecoded")),
                rate(rates.perSecond("evictions")), rates.now.entries(), rates.now.freeSegments(),
                rates.now.processes()).stripTrailing());
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%.0f", perSecond);
    }

    private static Json json(Rates rates) {
        return new Json().put("timestampMs", System.currentTimeMillis()).put("elapsedNanos", rates.nanos)
                .put("hitsPerSecond", rates.perSecond("hits")).put("missesPerSecond", rates.perSecond("misses"))
                .put("hitRatio", rates.hitRatio()).put("putsPerSecond", rates.perSecond("puts"))
                .put("bytesReadPerSecond", rates.perSecond("bytesRead"))
                .put("bytesPutPerSecond", rates.perSecond("bytesPut"))
                .put("pagesDecodedPerSecond", rates.perSecond("pagesDecoded"))
                .put("evictionsPerSecond", rates.perSecond("evictions")).put("damage", rates.now.counter("damage"))
                .put("entries", rates.now.entries()).put("freeSegments", rates.now.freeSegments())
                .put("processes", rates.now.processes()).put("version", rates.now.version());
    }
}
