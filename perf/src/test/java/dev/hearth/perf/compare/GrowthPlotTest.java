package dev.hearth.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GrowthPlotTest {
    @Test
    void of_rowsThatGrow_hasAPointForEachAndAxesWithUnits() {
        List<String> plots = GrowthPlot.of(List.of(row("hit.entries.1000", 100, 300), row("hit.4k", 5, 5),
                row("hit.entries.100000", 200, 400), row("hit.entries.10000000", 400, 800),
                row("attach.1000", 1, 1), row("hit.processes.x", 1, 1)));
        assertEquals(1, plots.size(), "two points make a plot: " + plots);
        String plot = plots.getFirst();
        assertEquals(7, plot.split("<circle ", -1).length, "three points of two contenders: " + plot);
        assertEquals(3, plot.split("<polyline ", -1).length, plot);
        for (String text : List.of(">10,000,000</text>", ">entries (logarithmic)</text>", ">ns</text>", ">800</text>",
                ">hearth</text>", ">lmdb</text>", "100,000: 200 ns")) {
            assertTrue(plot.contains(text), () -> text + " in " + plot);
        }
        assertFalse(plot.contains("NaN"), plot);
        // A hundred times as many is as far to the right each time.
        List<Double> places = plot.lines().filter(line -> line.startsWith("<polyline")).findFirst().stream()
                .flatMap(line -> List.of(line.substring(18, line.indexOf("\" fill")).split(" ", -1)).stream())
                .map(point -> Double.parseDouble(point.substring(0, point.indexOf(',')))).toList();
        assertEquals(places.get(1) - places.get(0), places.get(2) - places.get(1), 0.2, places.toString());
    }

    @Test
    void of_reportWithGrowth_isPartOfThePage() {
        List<Row> rows = List.of(row("hit.processes.1", 100, 300), row("hit.processes.8", 200, 400));
        String page = HtmlReport.of(new Results(rows, List.of(), List.of()));
        assertTrue(page.contains("number of processes"), page);
        assertFalse(HtmlReport.of(new Results(rows.subList(0, 1), List.of(), List.of())).contains("number of"), page);
    }

    private static Row row(String metric, double hearth, double lmdb) {
        Cell cell = Cell.of(metric, metric, Scenario.of("x", 64, 10), Work.HIT, Goal.none("lmdb"), "hearth", "lmdb");
        return Row.judged(cell, Sample.of(hearth), new LinkedHashMap<>(Map.of("lmdb", Sample.of(lmdb))), Noise.NONE,
                Map.of());
    }
}
