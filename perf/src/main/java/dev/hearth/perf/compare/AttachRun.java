package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Peers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How long a new process takes from its start to the first entry it finds, in stores of different sizes: JVM, classes,
 * attaching, look-up. The stores were closed; the files are in the page cache.
 */
final class AttachRun {
    private static final int VALUE_BYTES = 64;
    private static final List<String> PEERS = List.of(Peers.HEARTH, Peers.LMDB);
    /** The largest store may take this much longer than the smallest. */
    private static final double MOST_GROWTH = 1.2;

    private final Plan plan;
    private final Path directory;
    private final Messages messages;

    AttachRun(Plan plan, Path directory, Messages messages) {
        this.plan = plan;
        this.directory = directory;
        this.messages = messages;
    }

    /** One row for each number of entries, the smallest first. */
    List<Row> run(List<Long> entries) {
        Map<String, Row> done = new LinkedHashMap<>();
        for (long count : entries) {
            Map<String, Sample> samples = measure(count);
            Sample hearth = samples.remove(Peers.HEARTH);
            if (hearth == null) {
                continue;
            }
            String metric = "attach." + count;
            Goal goal = done.isEmpty()
                    ? Goal.atLeast(1, Peers.LMDB)
                    : Goal.ofOwn(1 / MOST_GROWTH, done.values().iterator().next().metric());
            done.put(metric, Row.judged(metric, String.format(Locale.ROOT, "new JVM to first hit, %,d entries", count),
                    "ms", hearth, samples, goal, done));
        }
        return List.copyOf(done.values());
    }

    private Map<String, Sample> measure(long entries) {
        plan.calibrate();
        Map<String, PeerSetup> setups = new LinkedHashMap<>();
        for (String name : PEERS) {
            PeerSetup setup = new PeerSetup(directory.resolve(name + "-" + entries), VALUE_BYTES, entries, 0, 1);
            messages.say("attach: loading " + name + " with " + entries + " entries");
            try (WorkerProcess worker = WorkerProcess.start(name, setup, plan.log(name))) {
                worker.load();
                setups.put(name, setup);
            } catch (RuntimeException e) {
                messages.say("attach: " + name + " failed and is left out: " + e.getMessage());
            }
        }
        Map<String, List<Double>> millis = new LinkedHashMap<>();
        for (int round = -1; round < plan.processRounds(); round++) {
            for (Map.Entry<String, PeerSetup> setup : setups.entrySet()) {
                double took = WorkerProcess.attachNanos(setup.getKey(), setup.getValue(), plan.log(setup.getKey()))
                        / 1e6;
                if (round >= 0) {
                    millis.computeIfAbsent(setup.getKey(), key -> new ArrayList<>()).add(took);
                }
            }
        }
        setups.values().forEach(setup -> Directories.delete(setup.directory()));
        Map<String, Sample> samples = new LinkedHashMap<>();
        millis.forEach((name, values) -> samples.put(name, new Sample(values)));
        return samples;
    }
}
