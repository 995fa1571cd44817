package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.PeerSetup;
import dev.hearth.perf.compare.peer.Peers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Measures the cells of one scenario: starts each peer in a JVM of its own, loads all of them with the same values,
 * then goes from peer to peer round by round, so that what happens to the machine happens to all. A peer that fails is
 * left out from there on, with a message. Cells whose rounds are processes come last, when the others have ended.
 */
final class ScenarioRun implements AutoCloseable {
    /** Rounds of new values that warm up. */
    private static final int ADD_WARM_ROUNDS = 12;
    private static final long MOST_OPERATIONS = 50_000_000;
    private static final int FIRST_OPERATIONS = 500;
    /** A cold read takes a tenth of a millisecond at least, and each value can be read once. */
    private static final int COLD_OPERATIONS = 200;
    /** The compiler is through with a loop over a call of some depth when it ran about as often. */
    private static final long LEAST_WARM_OPERATIONS = 1_000_000;
    /** The same where an operation is long: what is compiled last is called once for hundreds of them. */
    private static final long LEAST_WARM_WAITING = 300_000;
    private static final int WAITING_WARM_PART = 3;

    private final Scenario scenario;
    private final Plan plan;
    private final Map<String, List<WorkerProcess>> workers = new LinkedHashMap<>();
    private final Path directory;
    private final Messages messages;

    ScenarioRun(Scenario scenario, Plan plan, Path directory, Messages messages) {
        this.scenario = scenario;
        this.plan = plan;
        this.directory = directory;
        this.messages = messages;
    }

    /** What all cells of the scenario gave. A cell without Hearth is not in it. */
    Map<Cell, Measured> run(List<Cell> cells) {
        Set<String> names = new LinkedHashSet<>();
        cells.forEach(cell -> names.addAll(cell.peers()));
        for (String name : names) {
            if (Peers.isAvailable(name)) {
                boolean touching = cells.stream()
                        .anyMatch(cell -> cell.work().onlyThinks() && cell.peers().contains(name));
                guarded(name, () -> start(name, touching));
            } else {
                messages.say(name + " is skipped: it is not installed");
            }
        }
        Map<Cell, Measured> results = new LinkedHashMap<>();
        for (Cell cell : cells) {
            if (!cell.work().startsProcess()) {
                keep(cell, measure(cell), results);
            }
        }
        List<String> loaded = List.copyOf(workers.keySet());
        close();
        ProcessRounds processes = new ProcessRounds(scenario, plan, directory, messages);
        for (Cell cell : cells) {
            if (cell.work().startsProcess()) {
                messages.say(scenario.name() + ": " + cell.title());
                double slowdown = plan.calibrate();
                ProcessorTime before = ProcessorTime.now();
                Map<String, List<Round>> rounds = processes.measure(cell, loaded);
                keep(cell, new Measured(rounds, new Noise(ProcessorTime.now().lostSince(before), slowdown)), results);
            }
        }
        return results;
    }

    private void keep(Cell cell, Measured measured, Map<Cell, Measured> results) {
        if (measured.rounds().containsKey(cell.peers().getFirst())) {
            results.put(cell, measured);
        } else {
            messages.say(cell.metric() + " is left out: " + cell.peers().getFirst() + " was not measured");
        }
    }

    private void start(String name, boolean touching) {
        messages.say(scenario.name() + ": loading " + name);
        List<WorkerProcess> own = new ArrayList<>();
        workers.put(name, own);
        for (int i = 0; i < scenario.processes(); i++) {
            // What one process has for itself another one may not open.
            String files = i > 0 && Peers.isPrivate(name) ? name + "-" + i : name;
            PeerSetup setup = scenario.setup(name, directory.resolve(files));
            own.add(WorkerProcess.start(name, setup, plan.log(name)));
            if (i == 0 || Peers.isPrivate(name)) {
                own.getLast().load();
            }
            if (touching) {
                own.getLast().touch();
            }
        }
    }

    private Measured measure(Cell cell) {
        messages.say(scenario.name() + ": " + cell.title());
        Map<String, Long> operations = new LinkedHashMap<>();
        for (String name : cell.peers()) {
            if (workers.containsKey(name)) {
                guarded(name, () -> operations.put(name, warm(cell, name)));
            }
        }
        double slowdown = plan.calibrate();
        ProcessorTime before = ProcessorTime.now();
        Map<String, List<Round>> results = new LinkedHashMap<>();
        List<String> order = new ArrayList<>(cell.peers());
        for (int round = 0; round < plan.rounds(); round++) {
            for (String name : order) {
                Long count = operations.get(name);
                if (count != null && workers.containsKey(name)) {
                    long seed = round;
                    guarded(name, () -> results.computeIfAbsent(name, key -> new ArrayList<>())
                            .add(round(cell, name, count, seed)));
                }
            }
            // Nobody always comes after the same one.
            order.addFirst(order.removeLast());
        }
        Noise noise = new Noise(ProcessorTime.now().lostSince(before), slowdown);
        Map<String, List<Round>> whole = new LinkedHashMap<>();
        for (String name : cell.peers()) {
            List<Round> rounds = results.getOrDefault(name, List.of());
            if (rounds.size() == plan.rounds()) {
                whole.put(name, rounds);
            }
        }
        return new Measured(whole, noise);
    }

    /**
     * Rounds that compile and fill caches, until {@link WarmUp} says that it is enough; says how many operations a
     * round should have.
     */
    private long warm(Cell cell, String name) {
        Work work = cell.work();
        if (work == Work.ADD) {
            // One more there is room for, because values are not all that takes it.
            long operations = Math.max(1,
                    scenario.spareBytes() / scenario.valueBytes() / (plan.rounds() + ADD_WARM_ROUNDS + 1));
            for (int i = 0; i < ADD_WARM_ROUNDS; i++) {
                round(cell, name, operations, -1 - i);
            }
            return operations;
        }
        if (work == Work.COLD_READ) {
            WarmUp warmUp = warmUp(Work.FRESH_READ);
            long start = System.nanoTime();
            for (int i = 0; !warmUp.isOver(); i++) {
                Round round = round(cell, Work.FRESH_READ, name, scenario.entries(), -1 - i);
                warmUp.add(round.operations(), round.nanos(), System.nanoTime() - start);
            }
        }
        if (work == Work.IMPORT || work.isLoad() || work == Work.COLD_READ) {
            long operations = Math.min(scenario.entries(), COLD_OPERATIONS);
            round(cell, name, operations, -1);
            return operations;
        }
        long operations = FIRST_OPERATIONS;
        WarmUp warmUp = warmUp(work);
        long start = System.nanoTime();
        for (int i = 0; !warmUp.isOver(); i++) {
            Round round = round(cell, name, operations, -1 - i);
            warmUp.add(round.operations(), round.nanos(), System.nanoTime() - start);
            operations = Math.clamp((long) (plan.roundNanos() / round.nanos()), 10, MOST_OPERATIONS);
        }
        return operations;
    }

    private WarmUp warmUp(Work work) {
        return work.onlyThinks()
                ? new WarmUp(LEAST_WARM_OPERATIONS, plan.usualWarmNanos())
                : new WarmUp(LEAST_WARM_WAITING, WAITING_WARM_PART * plan.usualWarmNanos());
    }

    private Round round(Cell cell, String name, long operations, long seed) {
        return round(cell, cell.work(), name, operations, seed);
    }

    /** A round of all processes of a peer at once. */
    private Round round(Cell cell, Work work, String name, long operations, long seed) {
        List<WorkerProcess> own = workers.get(name);
        if (own == null) {
            throw new IllegalStateException("peer=" + name + " is not running");
        }
        for (int i = 0; i < own.size(); i++) {
            own.get(i).order(new RoundOrder(work, operations, cell.threads(), cell.skewed(), 1_000L * i + seed));
        }
        double nanos = 0;
        double allocated = 0;
        double misses = 0;
        for (WorkerProcess worker : own) {
            Round result = worker.result();
            nanos += result.nanos();
            allocated += result.allocatedBytes();
            misses += result.missShare();
        }
        return new Round(operations, nanos / own.size(), allocated / own.size(), misses / own.size());
    }

    private void guarded(String name, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            messages.say(scenario.name() + ": " + name + " failed and is left out: " + e.getMessage());
            stop(name);
        }
    }

    private void stop(String name) {
        List<WorkerProcess> own = workers.remove(name);
        if (own != null) {
            own.forEach(WorkerProcess::close);
        }
    }

    @Override
    public void close() {
        List.copyOf(workers.keySet()).forEach(this::stop);
    }
}
