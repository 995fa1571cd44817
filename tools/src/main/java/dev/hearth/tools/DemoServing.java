package dev.hearth.tools;

import dev.hearth.tools.inference.Latencies;
import dev.hearth.tools.inference.Reply;
import dev.hearth.tools.inference.SessionKind;
import dev.hearth.tools.inference.WorkerTask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * Two processes answer requests at once and keep the answers in the store, end, and two others go on.
 *
 * <p>Requests are skewed, and there is less room than the answers take, so that there are hits, misses and evictions.
 * Every answer is compared with one that a session without store or cache, but with the same options, computed before.
 */
final class DemoServing {
    private static final int WORKERS = 2;
    /** Computed answers per request of a phase: in all phases, and beforehand to compare with. */
    private static final double ALL_COMPUTED = 2.2;
    /** Those of them that are left when the answers to compare with are there. */
    private static final double SERVING_COMPUTED = 1.4;
    /** Of the requests of a phase, so many are also computed without cache. */
    private static final int UNCACHED_PART = 4;
    /** How much longer an answer takes while the other process computes one as well. */
    private static final double TOGETHER = 2;

    private final DemoReport report;
    private final DemoInference.Scale scale;
    private final WorkerTask task;
    private final Map<Part, Phase> phases = new EnumMap<>(Part.class);
    private final BitSet answered = new BitSet();
    private final BitSet different = new BitSet();
    private long evictions;
    private long full;

    DemoServing(DemoReport report, DemoInference.Scale scale, WorkerTask task) {
        this.report = report;
        this.scale = scale;
        this.task = task;
    }

    /**
     * When requests were answered, and the seed of the first process's requests: new JVMs are asked what was asked when
     * the store was empty, so that only what it holds makes a difference.
     */
    private enum Part {
        /** The first requests of the next part. */
        UNCACHED("without cache", 1), COLD("cold", 1), WARM("warm", 11), RESTARTED("after restart", 1);

        private final String title;
        private final int seed;

        Part(String title, int seed) {
            this.title = title;
            this.seed = seed;
        }

        int seed(int worker) {
            return seed + worker;
        }
    }

    /** The times of a phase in ns. */
    private record Phase(List<Long> hitNanos, List<Long> missNanos) {
        double hitRatio() {
            int all = hitNanos.size() + missNanos.size();
            return all == 0 ? 0 : (double) hitNanos.size() / all;
        }

        Latencies latencies() {
            List<Long> all = new ArrayList<>(hitNanos);
            all.addAll(missNanos);
            return Latencies.of(all);
        }
    }

    /**
     * Serves and reports.
     *
     * @param computeNanos the time in ns that one answer takes
     * @param leftNanos the time in ns that may pass about
     */
    void run(long computeNanos, long leftNanos) throws IOException {
        long untilNanos = System.nanoTime() + leftNanos;
        int most = affordable(leftNanos, ALL_COMPUTED * TOGETHER * computeNanos, scale.mostRequests());
        report.title("6. Two JVMs answer requests for " + scale.sentences() + " sentences, few of them often, and keep "
                + "answers in the store; all end; new ones go on.");
        long togetherNanos = compute(most);
        // Fewer requests are the first ones of more: their answers are known.
        int requests = affordable(untilNanos - System.nanoTime(), SERVING_COMPUTED * togetherNanos, most);
        List<DemoWorker> first = start();
        try {
            List<Reply> uncached = both(first, worker -> "uncached " + Part.UNCACHED.seed(worker) + " "
                    + Math.ceilDiv(requests, UNCACHED_PART));
            phases.put(Part.UNCACHED, new Phase(List.of(),
                    uncached.stream().flatMap(reply -> reply.numbers("nanos").stream()).toList()));
            serve(first, Part.COLD, requests);
            serve(first, Part.WARM, requests);
            end(first);
        } finally {
            first.forEach(DemoWorker::close);
        }
        List<DemoWorker> second = start();
        try {
            serve(second, Part.RESTARTED, requests);
            end(second);
        } finally {
            second.forEach(DemoWorker::close);
        }
        print();
        check();
    }

    private int affordable(long nanos, double requestNanos, int most) {
        return Math.clamp((long) (nanos / Math.max(1, requestNanos)), scale.fewestRequests(), most);
    }

    /** Computes an answer for each sentence that may be asked for, and gives the mean time in ns that took. */
    private long compute(int requests) throws IOException {
        BitSet asked = new BitSet();
        for (Part part : Part.values()) {
            for (int worker = 0; worker < WORKERS; worker++) {
                for (int request : task.requests(part.seed(worker), requests)) {
                    asked.set(request);
                }
            }
        }
        List<DemoWorker> workers = new ArrayList<>();
        try {
            for (int worker = 0; worker < WORKERS; worker++) {
                workers.add(DemoWorker.start(task, SessionKind.COPIES));
            }
            List<Reply> replies =
                    both(workers, worker -> "reference " + asked.stream().filter(i -> i % WORKERS == worker)
                            .mapToObj(Integer::toString).collect(Collectors.joining(",")));
            end(workers);
            report.say("   Answers to " + asked.cardinality() + " sentences were computed to compare with.");
            return Latencies.of(replies.stream().flatMap(reply -> reply.numbers("nanos").stream()).toList())
                    .meanNanos();
        } finally {
            workers.forEach(DemoWorker::close);
        }
    }

    private List<DemoWorker> start() throws IOException {
        List<DemoWorker> workers = new ArrayList<>();
        boolean started = false;
        try {
            while (workers.size() < WORKERS) {
                workers.add(DemoWorker.start(task, SessionKind.LEASES));
            }
            started = true;
            return workers;
        } finally {
            if (!started) {
                workers.forEach(DemoWorker::close);
            }
        }
    }

    private static void end(List<DemoWorker> workers) throws IOException {
        for (DemoWorker worker : workers) {
            worker.end();
        }
    }

    /** Gives each process a command and then waits for all of them. */
    private static List<Reply> both(List<DemoWorker> workers, IntFunction<String> command) throws IOException {
        for (int worker = 0; worker < workers.size(); worker++) {
            workers.get(worker).tell(command.apply(worker));
        }
        List<Reply> replies = new ArrayList<>();
        for (DemoWorker worker : workers) {
            replies.add(worker.reply());
        }
        return replies;
    }

    private void serve(List<DemoWorker> workers, Part part, int requests) throws IOException {
        Phase phase = new Phase(new ArrayList<>(), new ArrayList<>());
        for (Reply reply : both(workers, worker -> "serve " + part.seed(worker) + " " + requests)) {
            phase.hitNanos().addAll(reply.numbers("hitNanos"));
            phase.missNanos().addAll(reply.numbers("missNanos"));
            answered.or(reply.set("answered"));
            different.or(reply.set("different"));
            full += reply.number("full");
            evictions = Math.max(evictions, reply.number("evictions"));
        }
        phases.put(part, phase);
    }

    private void print() {
        TextTable table = new TextTable(" ", "two JVMs at once", ">requests", ">hit ratio", ">mean", ">p99", ">a hit",
                ">a miss");
        List<Json> objects = new ArrayList<>();
        phases.forEach((part, phase) -> {
            Latencies all = phase.latencies();
            Latencies hits = Latencies.of(phase.hitNanos());
            Latencies misses = Latencies.of(phase.missNanos());
            table.row(" ", part.title, all.count(), percent(phase.hitRatio()),
                    DemoSessions.milliseconds(all.meanNanos()), DemoSessions.milliseconds(all.p99Nanos()),
                    hits.count() == 0 ? "" : DemoSessions.milliseconds(hits.meanNanos()),
                    DemoSessions.milliseconds(misses.meanNanos()));
            objects.add(new Json().put("phase", part.title).put("requests", all.count())
                    .put("hits", hits.count()).put("misses", misses.count()).put("hitRatio", phase.hitRatio())
                    .put("meanNanos", all.meanNanos()).put("p99Nanos", all.p99Nanos())
                    .put("hitMeanNanos", hits.meanNanos()).put("missMeanNanos", misses.meanNanos()));
        });
        report.table(table);
        report.figures().put("phases", objects).put("sentencesAnswered", answered.cardinality())
                .put("sentencesDifferent", different.cardinality()).put("evictions", evictions).put("full", full);
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * ratio);
    }

    private void check() {
        report.check(different.isEmpty() && !answered.isEmpty(), answered.cardinality()
                + " distinct sentences answered; " + different.cardinality()
                + " differ in any bit from an uncached session with the same options");
        double cold = hitRatio(Part.COLD);
        double restarted = hitRatio(Part.RESTARTED);
        report.check(restarted > cold, "new JVMs are warm: hit ratio " + percent(restarted) + ", before "
                + percent(hitRatio(Part.WARM)) + ", cold " + percent(cold));
        report.check(evictions > 0 && full == 0, evictions + " answers evicted to make room, " + full
                + " not kept for want of it");
    }

    private double hitRatio(Part part) {
        Phase phase = phases.get(part);
        return phase == null ? 0 : phase.hitRatio();
    }
}
