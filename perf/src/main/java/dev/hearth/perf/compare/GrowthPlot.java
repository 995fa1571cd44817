package dev.hearth.perf.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How a cost grows with a number, as SVG: rows whose metrics differ in the number at their end only, one point a row
 * and one line a contender. The number has a logarithmic scale, the cost starts at zero.
 */
final class GrowthPlot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 320;
    private static final int LEFT = 70;
    private static final int RIGHT = 110;
    private static final int TOP = 12;
    private static final int BOTTOM = 48;
    private static final int STEPS = 4;
    private static final int LEAST_LABEL_DISTANCE = 13;
    private static final String[] COLOURS = {"#d9480f", "#1971c2", "#2f9e44", "#9c36b5", "#e8a400", "#868e96"};

    private final String caption;
    private final String axis;
    private final String unit;
    /** Cost by number, by contender. */
    private final Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
    private double least = Double.POSITIVE_INFINITY;
    private double most;
    private double highest;

    private GrowthPlot(String caption, String axis, String unit) {
        this.caption = caption;
        this.axis = axis;
        this.unit = unit;
    }

    /** What grows how, of those of which there are two points at least. */
    static List<String> of(List<Row> rows) {
        List<String> plots = new ArrayList<>();
        plots.addAll(of(rows, "hit.entries.", "Hit in place, 64 B", "entries"));
        plots.addAll(of(rows, "hit.processes.", "Hit in place, 4 KiB", "processes"));
        plots.addAll(of(rows, "attach.", "New JVM to first hit", "entries"));
        return plots;
    }

    private static List<String> of(List<Row> rows, String prefix, String caption, String axis) {
        List<Row> points = rows.stream()
                .filter(row -> row.metric().startsWith(prefix) && numberOf(row.metric(), prefix) > 0).toList();
        if (points.size() < 2) {
            return List.of();
        }
        GrowthPlot plot = new GrowthPlot(caption, axis, points.getFirst().unit());
        for (Row row : points) {
            double number = numberOf(row.metric(), prefix);
            plot.add("hearth", number, row.hearth().median());
            row.peers().forEach((name, sample) -> plot.add(name, number, sample.median()));
        }
        return List.of(plot.svg());
    }

    /** The number at the end of a metric; 0 if something else is there. */
    private static long numberOf(String metric, String prefix) {
        String end = metric.substring(prefix.length());
        return end.isEmpty() || !end.chars().allMatch(Character::isDigit) ? 0 : Long.parseLong(end);
    }

    private void add(String name, double number, double cost) {
        lines.computeIfAbsent(name, key -> new TreeMap<>()).put(number, cost);
        least = Math.min(least, number);
        most = Math.max(most, number);
        highest = Math.max(highest, cost);
    }

    private String svg() {
        StringBuilder out = new StringBuilder();
        out.append("<figure><figcaption>").append(caption).append(": ").append(unit).append(" by number of ")
                .append(axis).append("</figcaption>\n<svg role=\"img\" viewBox=\"0 0 ").append(WIDTH).append(' ')
                .append(HEIGHT).append("\" width=\"").append(WIDTH).append("\">\n");
        axes(out);
        int colour = 0;
        List<Name> names = new ArrayList<>();
        for (Map.Entry<String, NavigableMap<Double, Double>> line : lines.entrySet()) {
            String own = COLOURS[colour++ % COLOURS.length];
            line(out, line.getValue(), own);
            names.add(new Name(line.getKey(), own, y(line.getValue().lastEntry().getValue())));
        }
        names(out, names);
        return out.append("</svg></figure>\n").toString();
    }

    private void axes(StringBuilder out) {
        double right = WIDTH - RIGHT;
        double bottom = HEIGHT - BOTTOM;
        out.append(String.format(Locale.ROOT, "<path d=\"M%d %d V%.0f H%.0f\" fill=\"none\" stroke=\"currentColor\"/>",
                LEFT, TOP, bottom, right));
        for (int step = 0; step <= STEPS; step++) {
            double cost = highest * step / STEPS;
            out.append(String.format(Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"currentColor\" opacity=\".15\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT, right, y(cost), y(cost), LEFT - 6, y(cost) + 4, Numbers.of(cost)));
        }
        lines.values().stream().flatMap(line -> line.keySet().stream()).distinct().sorted()
                .forEach(number -> out.append(String.format(Locale.ROOT,
                        "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%,.0f</text>", x(number), bottom + 18,
                        number)));
        out.append(String.format(Locale.ROOT,
                "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%s (logarithmic)</text>", (LEFT + right) / 2,
                HEIGHT - 8, axis));
        out.append(String.format(Locale.ROOT,
                "<text transform=\"translate(14 %.0f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
                (TOP + bottom) / 2, unit));
    }

    private void line(StringBuilder out, Map<Double, Double> points, String colour) {
        StringBuilder path = new StringBuilder();
        points.forEach((number, cost) -> path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(number), y(cost))));
        out.append(String.format(Locale.ROOT,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path.toString().strip(),
                colour));
        points.forEach((number, cost) -> out.append(String.format(Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>%,.0f: %s %s</title></circle>", x(number),
                y(cost), colour, number, Numbers.of(cost), unit)));
        out.append('\n');
    }

    /** What is written beside the end of a line, in its colour. */
    private record Name(String text, String colour, double y) {}

    /** From the top down, so that none lies on another. */
    private static void names(StringBuilder out, List<Name> names) {
        names.sort(Comparator.comparingDouble(Name::y));
        double above = Double.NEGATIVE_INFINITY;
        for (Name name : names) {
            above = Math.max(name.y + 4, above + LEAST_LABEL_DISTANCE);
            out.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%.1f\" style=\"fill:%s\">%s</text>",
                    WIDTH - RIGHT + 8, above, name.colour, name.text));
        }
        out.append('\n');
    }

    private double x(double number) {
        double part = most == least ? 0.5 : Math.log(number / least) / Math.log(most / least);
        return LEFT + 12 + part * (WIDTH - LEFT - RIGHT - 24);
    }

    private double y(double cost) {
        return HEIGHT - BOTTOM - (highest == 0 ? 0 : cost / highest) * (HEIGHT - BOTTOM - TOP);
    }
}
