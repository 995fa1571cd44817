package dev.hearth.tools;

import dev.hearth.tools.inference.Latencies;
import dev.hearth.tools.inference.ProcessMemory;
import dev.hearth.tools.inference.Reply;
import dev.hearth.tools.inference.SessionKind;
import dev.hearth.tools.inference.WorkerTask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What each way of coming to a model costs and saves: time to the first answer, time of a request, memory of several
 * processes.
 *
 * <p>Processes of one kind start one after the other, so that none waits for another, and are measured when half of
 * them and when all of them are there and idle. Requests are timed afterwards, with one process of each kind, in turns:
 * what else the machine does meets all of them.
 */
final class DemoSessions {
    /** Requests of each process before memory is measured: until then some pages were not asked for yet. */
    private static final int SETTLING_REQUESTS = 3;
    private static final int ROUND_SEED = 100;
    /** The rounds may take this part of all the time. */
    private static final int ROUNDS_PART = 6;

    private final DemoReport report;
    private final DemoInference.Scale scale;
    private final WorkerTask task;
    private final Map<SessionKind, Figures> figures = new EnumMap<>(SessionKind.class);

    DemoSessions(DemoReport report, DemoInference.Scale scale, WorkerTask task) {
        this.report = report;
        this.scale = scale;
        this.task = task;
    }

    /** What was measured of one kind. */
    private static final class Figures {
        private final List<Long> firstNanos = new ArrayList<>();
        private final List<Long> sessionNanos = new ArrayList<>();
        private final List<Long> nanos = new ArrayList<>();
        private String bits = "";
        private ProcessMemory few = ProcessMemory.NONE;
        private ProcessMemory many = ProcessMemory.NONE;
    }

    /** Measures and reports; gives the mean time in ns of a request on leased parameters. */
    long run() throws IOException {
        report.title(
                "5. JVMs run the model with ONNX Runtime, one thread each: from its file, and as the store has it.");
        for (SessionKind kind : SessionKind.values()) {
            figures.put(kind, new Figures());
            startMany(kind, figures(kind));
        }
        time();
        print();
        check();
        return latencies(SessionKind.LEASES).meanNanos();
    }

    private Figures figures(SessionKind kind) {
        return figures.computeIfAbsent(kind, _ -> new Figures());
    }

    private Latencies latencies(SessionKind kind) {
        return Latencies.of(figures(kind).nanos);
    }

    private void startMany(SessionKind kind, Figures of) throws IOException {
        List<DemoWorker> workers = new ArrayList<>();
        try {
            while (workers.size() < scale.processes()) {
                DemoWorker worker = DemoWorker.start(task, kind);
                workers.add(worker);
                of.firstNanos.add(worker.greeting().number("firstNanos"));
                of.sessionNanos.add(worker.greeting().number("sessionNanos"));
                worker.ask("uncached " + ROUND_SEED + " " + SETTLING_REQUESTS);
                if (workers.size() == scale.processes() / 2) {
                    of.few = memory(workers);
                }
            }
            of.many = memory(workers);
            for (DemoWorker worker : workers) {
                worker.end();
            }
        } finally {
            workers.forEach(DemoWorker::close);
        }
    }

    private static ProcessMemory memory(List<DemoWorker> workers) throws IOException {
        ProcessMemory sum = ProcessMemory.NONE;
        for (DemoWorker worker : workers) {
            sum = sum.plus(worker.memory());
        }
        return sum;
    }

    private void time() throws IOException {
        Map<SessionKind, DemoWorker> workers = new EnumMap<>(SessionKind.class);
        try {
            for (SessionKind kind : SessionKind.values()) {
                workers.put(kind, DemoWorker.start(task, kind));
            }
            // The first round warms up and is not counted; one is always left.
            long untilNanos = System.nanoTime() + scale.totalNanos() / ROUNDS_PART;
            for (int round = 0; round <= 1 || (round <= scale.rounds() && System.nanoTime() < untilNanos); round++) {
                for (Map.Entry<SessionKind, DemoWorker> worker : workers.entrySet()) {
                    Reply reply = worker.getValue()
                            .ask("uncached " + (ROUND_SEED + round) + " " + scale.roundRequests());
                    Figures of = figures(worker.getKey());
                    of.bits += reply.text("bits");
                    if (round > 0) {
                        of.nanos.addAll(reply.numbers("nanos"));
                    }
                }
            }
            for (DemoWorker worker : workers.values()) {
                worker.end();
            }
        } finally {
            workers.values().forEach(DemoWorker::close);
        }
    }

    private static long median(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get((sorted.size() - 1) / 2);
    }

    private void print() {
        TextTable times = new TextTable(" ", "parameters from", "bits", ">first answer", ">session", ">request mean",
                ">p99");
        int processes = scale.processes();
        TextTable memory = new TextTable(" ", "parameters from", ">" + processes / 2 + " JVMs private", ">in all",
                ">" + processes + " JVMs private", ">in all");
        List<Json> objects = new ArrayList<>();
        figures.forEach((kind, of) -> {
            Latencies latencies = latencies(kind);
            times.row(" ", kind.title(), letter(of), Sizes.humanTime(median(of.firstNanos)),
                    Sizes.humanTime(median(of.sessionNanos)), milliseconds(latencies.meanNanos()),
                    milliseconds(latencies.p99Nanos()));
            memory.row(" ", kind.title(), Sizes.human(of.few.privateBytes()), Sizes.human(of.few.pssBytes()),
                    Sizes.human(of.many.privateBytes()), Sizes.human(of.many.pssBytes()));
            objects.add(new Json().put("session", kind.name().toLowerCase(Locale.ROOT)).put("bits", letter(of))
                    .put("firstAnswerNanos", median(of.firstNanos)).put("sessionNanos", median(of.sessionNanos))
                    .put("requests", latencies.count()).put("meanNanos", latencies.meanNanos())
                    .put("p99Nanos", latencies.p99Nanos())
                    .put("memory", List.of(json(processes / 2, of.few), json(processes, of.many))));
        });
        report.say("   From JVM start to the first answer, to create the session, and per request without a cache:");
        report.table(times);
        report.say("   Memory of several JVMs: what none of them shares, and all of it, what is shared counted once:");
        report.table(memory);
        report.figures().put("sessions", objects);
    }

    private static Json json(int processes, ProcessMemory memory) {
        return new Json().put("processes", processes).put("privateBytes", memory.privateBytes())
                .put("sharedBytes", memory.sharedBytes()).put("pssBytes", memory.pssBytes());
    }

    /** The same letter for the same answers. */
    private String letter(Figures of) {
        List<String> different = figures.values().stream().map(other -> other.bits).distinct().toList();
        return Character.toString('A' + different.indexOf(of.bits));
    }

    /** A time as a column of them is read. */
    static String milliseconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
    }

    private void check() {
        Figures leases = figures(SessionKind.LEASES);
        Figures copies = figures(SessionKind.COPIES);
        report.check(leases.bits.equals(copies.bits),
                "parameters from the store give the bits that the model file gives");
        report.check(leases.many.pssBytes() < copies.many.pssBytes(), scale.processes() + " JVMs take "
                + Sizes.human(leases.many.pssBytes()) + " with leases, " + Sizes.human(copies.many.pssBytes())
                + " with copies");
    }
}
