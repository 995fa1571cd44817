package dev.hearth.perf.compare;

import dev.hearth.perf.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The comparison with peers. Question: how fast is Hearth beside what people would use instead, and beside what the
 * machine can do at all?
 *
 * <p>
 * Command: {@code perf/run quick} (minutes) or {@code perf/run full}, each with {@code [--rounds N] [--only
 * METRIC-OR-PART] [--write]}. Prints one table; writes {@code perf/target/results.jsonl} and {@code
 * perf/target/results.html}; a full run of everything, or {@code --write}, also writes its section of {@code
 * perf/RESULTS.md}.
 */
public final class Comparison {
    private final String command;
    private final Path perf;
    private final Plan plan;
    private final String only;
    private final Messages messages = new Messages(System.err);
    private final Map<String, Row> done = new LinkedHashMap<>();

    private Comparison(String command, Path perf, Plan plan, String only) {
        this.command = command;
        this.perf = perf;
        this.plan = plan;
        this.only = only;
    }

    /** {@code quick|full PERF-DIRECTORY [--rounds N] [--only PART] [--write]}. */
    public static void main(String[] arguments) throws IOException {
        boolean full = arguments[0].equals("full");
        Path perf = Path.of(arguments[1]);
        int rounds = 0;
        String only = "";
        boolean write = false;
        for (int i = 2; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--rounds" -> rounds = Integer.parseInt(arguments[++i]);
                case "--only" -> only = arguments[++i];
                case "--write" -> write = true;
                default -> throw new IllegalArgumentException("unknown option=" + arguments[i]);
            }
        }
        write |= full && only.isEmpty();
        Path output = Files.createDirectories(perf.resolve("target"));
        String options = List.of(arguments).subList(2, arguments.length).stream().collect(Collectors.joining(" "));
        String command = ("perf/run " + arguments[0] + " " + options).strip();
        new Comparison(command, perf, full ? Plan.full(rounds, output) : Plan.quick(rounds, output), only).run(output,
                write);
        System.exit(0);
    }

    private void run(Path output, boolean write) throws IOException {
        Machine machine = Machine.current();
        ZonedDateTime started = ZonedDateTime.now(Clock.systemUTC());
        scenarios(output);
        if ("replay".contains(only) || only.startsWith("replay")) {
            Path trace = perf.resolve(Path.of("..", "..", "shared", "data", "mooncake-synthetic.jsonl"));
            ReplayRun.run(trace, Cells.replayBlocks(plan.full()), messages).forEach(this::put);
        }
        Results results = new Results(List.copyOf(done.values()), header(machine, started), messages.notes());
        Files.writeString(output.resolve("results.jsonl"), results.jsonLines());
        Files.writeString(output.resolve("results.html"), HtmlReport.of(results));
        if (write) {
            Path document = perf.resolve("RESULTS.md");
            Files.writeString(document, ResultsSection.replace(Files.readString(document), results.markdown()));
        }
        System.out.print(results.markdown());
        System.out.flush();
    }

    private void scenarios(Path output) throws IOException {
        Map<Scenario, List<Cell>> cells = new LinkedHashMap<>();
        List<Cell> all = Cells.all(plan.full());
        boolean isWhole = all.stream().anyMatch(cell -> cell.metric().equals(only));
        for (Cell cell : all) {
            if (isWhole ? cell.metric().equals(only) : cell.metric().contains(only)) {
                cells.computeIfAbsent(cell.scenario(), key -> new ArrayList<>()).add(cell);
            }
        }
        for (Map.Entry<Scenario, List<Cell>> scenario : cells.entrySet()) {
            try (TemporaryDirectory directory = directory(scenario.getKey(), scenario.getValue(), output);
                    ScenarioRun run = new ScenarioRun(scenario.getKey(), plan, directory.path(), messages)) {
                run.run(scenario.getValue()).forEach(this::add);
            }
        }
    }

    /** On the disk that the build is on, or in memory. */
    private TemporaryDirectory directory(Scenario scenario, List<Cell> cells, Path output) throws IOException {
        if (scenario.onDisk()) {
            return TemporaryDirectory.below(output);
        }
        long stores = cells.stream().flatMap(cell -> cell.peers().stream()).distinct().count();
        TemporaryDirectory directory = TemporaryDirectory.inMemory(scenario.fileBytes((int) stores));
        if (!TemporaryDirectory.isInMemory(directory.path())) {
            messages.say(scenario.name() + ": on a disk instead, there is no room for it in memory");
        }
        return directory;
    }

    private void add(Cell cell, Measured measured) {
        Map<String, List<Round>> rounds = measured.rounds();
        Map<String, Sample> times = samples(rounds, round -> round.nanos() / cell.unitNanos());
        Sample hearth = times.remove(cell.peers().getFirst());
        if (hearth == null) {
            return;
        }
        put(Row.judged(cell, hearth, times, measured.noise(), done));
        addAllocated(cell, rounds);
        addMissed(cell, rounds);
        for (Cell again : Cells.again(cell)) {
            Sample other = times.get(again.goal().against());
            Map<String, Sample> one = other == null ? Map.of() : Map.of(again.goal().against(), other);
            put(Row.judged(again, hearth, one, measured.noise(), done));
        }
    }

    private void addAllocated(Cell cell, Map<String, List<Round>> rounds) {
        if (!cell.metric().equals(Cells.allocationOf())) {
            return;
        }
        Map<String, Sample> allocated = samples(rounds, Round::allocatedBytes);
        Sample own = allocated.remove(cell.peers().getFirst());
        if (own != null) {
            // Less than a byte is what the round itself allocates, spread over its operations.
            put(new Row(cell.metric() + ".allocated", "allocated for each of these", "B", own, allocated, "", null,
                    "0", own.median() < 1, Noise.NONE));
        }
    }

    /** A cache that misses more has less to read, and whoever asked it has more to compute: no time here tells. */
    private void addMissed(Cell cell, Map<String, List<Round>> rounds) {
        if (cell.work() != Work.MIXED) {
            return;
        }
        Map<String, Sample> missed = samples(rounds, round -> 100 * round.missShare());
        Sample own = missed.remove(cell.peers().getFirst());
        if (own != null) {
            put(new Row(cell.metric() + ".missed", "lookups of these that missed", "%", own, missed, "", null, "",
                    null, Noise.NONE));
        }
    }

    private void put(Row row) {
        done.put(row.metric(), row);
    }

    private static Map<String, Sample> samples(Map<String, List<Round>> rounds, ToDoubleFunction<Round> value) {
        Map<String, Sample> samples = new LinkedHashMap<>();
        rounds.forEach((name, list) -> samples.put(name,
                new Sample(list.stream().map(round -> value.applyAsDouble(round)).toList())));
        return samples;
    }

    private List<String> header(Machine machine, ZonedDateTime started) {
        List<String> header = new ArrayList<>();
        header.add("Machine: " + machine.text() + ".");
        header.add("Date: " + DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
                .format(started.withZoneSameInstant(ZoneOffset.UTC)) + " UTC. Command: `" + command + "`, "
                + Duration.between(started, ZonedDateTime.now(Clock.systemUTC())).toMinutes() + " min.");
        header.add("Median of " + plan.rounds() + " interleaved rounds (" + plan.processRounds()
                + " where a round starts a JVM), each peer in a JVM of its own, all files in memory unless a disk is "
                + "named. Times are of one operation of one thread; less is better. The ratio says how many times as "
                + "good Hearth is; the spread is the distance between the quartiles over the median, the larger of the "
                + "two compared.");
        header.add(String.format(Locale.ROOT, "A row is marked as noisy if others had more than %.0f %% of the "
                + "processors' time during its rounds, or a fixed piece of arithmetic in front of them took more than "
                + "%.2f times as long as at its best. It took at most %.2f times as long; load average at the start "
                + "%.1f.", 100 * Noise.MOST_LOST, Noise.MOST_SLOWDOWN, plan.calibration().worst(),
                machine.loadAverage()));
        return header;
    }
}
