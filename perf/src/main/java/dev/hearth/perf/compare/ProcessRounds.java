package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.PeerSetup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Rounds each of which is a process that attaches to a store that was loaded and closed: JVM, classes, attaching,
 * look-up, and what has to be made anew because it was removed. The files are in the page cache.
 */
final class ProcessRounds {
    private final Scenario scenario;
    private final Plan plan;
    private final Path directory;
    private final Messages messages;

    ProcessRounds(Scenario scenario, Plan plan, Path directory, Messages messages) {
        this.scenario = scenario;
        this.plan = plan;
        this.directory = directory;
        this.messages = messages;
    }

    /** Rounds of those stores that are there, the first of each not counted. */
    Map<String, List<Round>> measure(Cell cell, List<String> stores) {
        Map<String, List<Round>> results = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(cell.peers());
        names.retainAll(stores);
        for (int round = -1; round < plan.processRounds(); round++) {
            for (String name : List.copyOf(names)) {
                try {
                    Round result = round(cell.work(), name);
                    if (round >= 0) {
                        results.computeIfAbsent(name, key -> new ArrayList<>()).add(result);
                    }
                } catch (RuntimeException e) {
                    messages.say(scenario.name() + ": " + name + " failed and is left out: " + e.getMessage());
                    names.remove(name);
                    results.remove(name);
                }
            }
        }
        return results;
    }

    private Round round(Work work, String name) {
        PeerSetup setup = scenario.setup(name, directory.resolve(name));
        return switch (work) {
            case ATTACH -> new Round(1, WorkerProcess.attach(name, setup, plan.log(name)).nanos(), 0, 0);
            case REBUILD_TABLE -> {
                delete(setup.directory().resolve("table"));
                yield perEntry(WorkerProcess.attach(name, setup, plan.log(name)).openNanos());
            }
            case REBUILD_INDEX -> {
                try (Stream<Path> files = Files.list(setup.directory().resolve("index"))) {
                    files.forEach(ProcessRounds::delete);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                yield perEntry(WorkerProcess.rebuildNanos(name, setup, plan.log(name)));
            }
            default -> throw new IllegalArgumentException("work=" + work);
        };
    }

    private Round perEntry(long nanos) {
        return new Round(scenario.entries(), (double) nanos / scenario.entries(), 0, 0);
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
