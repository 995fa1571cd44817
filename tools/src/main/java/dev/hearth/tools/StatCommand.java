package dev.hearth.tools;

import dev.hearth.codec.PageCodecs;
import dev.hearth.store.Hearth;
import dev.hearth.store.StoreStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code stat}: the state of the store and what was done with it. */
@Command(description = "Show the state of the store and what was done with it.")
final class StatCommand implements Callable<Integer> {
    private final RootCommand root;

    StatCommand(RootCommand root) {
        this.root = root;
    }

    /** A figure: its name, its value, and that value for a person if the plain one is hard to read. */
    private record Figure(String name, Object value, String human) {}

    @Override
    public Integer call() {
        try (Hearth hearth = root.attachReadOnly()) {
            List<Figure> figures = figures(hearth.stats());
            if (root.isJson()) {
                root.out().line(json(figures).toString());
            } else {
                TextTable table = new TextTable("figure", ">value", "human");
                figures.forEach(figure -> table.row(figure.name(), figure.value(), figure.human()));
                table.printRows(root.out());
            }
        }
        return ExitCode.DONE;
    }

    private static List<Figure> figures(StoreStats stats) {
        List<Figure> figures = new ArrayList<>();
        count(figures, "entries", stats.entries());
        bytes(figures, "logicalBytes", stats.logicalBytes());
        bytes(figures, "storedBytes", stats.storedBytes());
        bytes(figures, "capacityBytes", stats.capacityBytes());
        count(figures, "freeSegments", stats.freeSegments());
        count(figures, "hits", stats.counter("hits"));
        count(figures, "misses", stats.counter("misses"));
        part(figures, "hitRatio", stats.hitRatio());
        count(figures, "pagesDecoded", stats.counter("pagesDecoded"));
        count(figures, "framesResident", stats.counter("framesResident"));
        count(figures, "evictions", stats.counter("evictions"));
        count(figures, "version", stats.version());
        count(figures, "indexGeneration", stats.indexGeneration());
        part(figures, "tableLoad", stats.tableLoad());
        count(figures, "digestCollisions", stats.counter("digestCollisions"));
        count(figures, "processes", stats.processes());
        moreFigures(figures, stats);
        return figures;
    }

    private static void moreFigures(List<Figure> figures, StoreStats stats) {
        bytes(figures, "allocatedBytes", stats.allocatedBytes());
        bytes(figures, "deadBytes", stats.deadBytes());
        bytes(figures, "freeBytes", stats.freeBytes());
        bytes(figures, "heldBytes", stats.heldBytes());
        bytes(figures, "segmentBytes", stats.segmentBytes());
        bytes(figures, "pageBytes", stats.pageBytes());
        count(figures, "segments", stats.segments());
        count(figures, "maxEntries", stats.maxEntries());
        count(figures, "namespaces", stats.namespaces());
        count(figures, "indexedVersion", stats.indexedVersion());
        count(figures, "checkpointVersion", stats.checkpointVersion());
        count(figures, "logFiles", stats.logFiles());
        bytes(figures, "logBytes", stats.logBytes());
        figures.add(new Figure("privateTable", stats.readOnlyFallback(), ""));
        figures.add(new Figure("lz4", PageCodecs.lz4Implementation(), ""));
        figures.add(new Figure("vector", PageCodecs.vectorImplementation(), ""));
        Set<String> named = figures.stream().map(Figure::name).collect(Collectors.toSet());
        stats.counters().forEach((name, value) -> {
            if (!named.contains(name)) {
                count(figures, name, value);
            }
        });
    }

    private static void count(List<Figure> figures, String name, long value) {
        figures.add(new Figure(name, value, ""));
    }

    private static void bytes(List<Figure> figures, String name, long value) {
        figures.add(new Figure(name, value, value < 1024 ? "" : Sizes.human(value)));
    }

    private static void part(List<Figure> figures, String name, double value) {
        figures.add(new Figure(name, value, String.format(Locale.ROOT, "%.1f %%", value * 100)));
    }

    private static Json json(List<Figure> figures) {
        Json json = new Json();
        for (Figure figure : figures) {
            switch (figure.value()) {
                case Long value -> json.put(figure.name(), value);
                case Double value -> json.put(figure.name(), value);
                case Boolean value -> json.put(figure.name(), value);
                default -> json.put(figure.name(), figure.value().toString());
            }
        }
        return json;
    }
}
