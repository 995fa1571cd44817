package dev.hearth.perf.compare;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The results as one page that needs nothing else: the table, how cost grows, and a plot of each row. */
final class HtmlReport {
    private static final int WIDTH = 640;
    private static final int NAME_WIDTH = 140;
    private static final int VALUE_WIDTH = 110;
    private static final int BAR = 18;
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; \
            color: #1b1b1b; background: #fff; }
            table { border-collapse: collapse; } td, th { padding: .25em .6em; text-align: left; \
            border-bottom: 1px solid #ddd; vertical-align: top; }
            .no { color: #b3261e; font-weight: 600; } .yes { color: #1a6b35; } figure { margin: 1.5em 0; }
            svg text { font: 12px system-ui, sans-serif; fill: currentColor; } .hearth { fill: #d9480f; } \
            .peer { fill: #8a9ba8; } .spread { stroke: #1b1b1b; stroke-width: 1.5; }
            @media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616; } \
            td, th { border-color: #444; } .spread { stroke: #ddd; } .no { color: #ff8a80; } .yes { color: #7bd88f; } }
            """;

    private final StringBuilder out = new StringBuilder();

    private HtmlReport() {}

    /** The page. */
    static String of(Results results) {
        HtmlReport report = new HtmlReport();
        report.page(results);
        return report.out.toString();
    }

    private void page(Results results) {
        out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Hearth beside its peers")
                .append("</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n").append(STYLE)
                .append("</style></head><body>\n<h1>Hearth beside its peers</h1>\n");
        results.header().forEach(line -> out.append("<p>").append(escape(line)).append("</p>\n"));
        String warning = results.warning();
        if (warning != null) {
            out.append("<p class=\"no\">").append(escape(warning)).append("</p>\n");
        }
        out.append("<table><thead><tr><th>what<th>Hearth<th>peers<th>ratio<th>spread<th>goal<th>reached</tr></thead>")
                .append("<tbody>\n");
        results.rows().forEach(this::row);
        out.append("</tbody></table>\n");
        results.remarks().forEach(note -> out.append("<p>").append(escape(note)).append("</p>\n"));
        GrowthPlot.of(results.rows()).forEach(out::append);
        results.rows().forEach(this::plot);
        out.append("</body></html>\n");
    }

    private void row(Row row) {
        String reached = Results.reached(row).replace("*", "");
        for (String cell : new String[]{row.title(), Numbers.of(row.hearth().median()) + " " + row.unit(),
                Results.peers(row), Results.ratio(row), Results.percent(row.spread()), row.goal()}) {
            out.append(cell.equals(row.title()) ? "<tr><td>" : "<td>").append(escape(cell));
        }
        String kind = Boolean.TRUE.equals(row.reached()) ? "yes" : "no";
        out.append("<td class=\"").append(kind).append("\">").append(reached).append("</tr>\n");
    }

    private void plot(Row row) {
        Map<String, Sample> bars = new LinkedHashMap<>();
        bars.put("hearth", row.hearth());
        bars.putAll(row.peers());
        double most = bars.values().stream().mapToDouble(Sample::median).max().orElse(0);
        double least = bars.values().stream().mapToDouble(Sample::median).filter(value -> value > 0).min().orElse(1);
        if (row.peers().isEmpty() || most <= 0) {
            return;
        }
        // The shortest bar still has a length.
        double from = Math.log10(least) - 0.3;
        double scale = (WIDTH - NAME_WIDTH - VALUE_WIDTH) / Math.max(0.3, Math.log10(most) - from);
        out.append("<figure><figcaption>").append(escape(row.title() + ", " + row.unit() + ", logarithmic"))
                .append("</figcaption>\n<svg role=\"img\" viewBox=\"0 0 ").append(WIDTH).append(' ')
                .append(bars.size() * (BAR + 4)).append("\" width=\"").append(WIDTH).append("\">\n");
        int y = 0;
        for (Map.Entry<String, Sample> bar : bars.entrySet()) {
            bar(bar.getKey(), bar.getValue(), y, from, scale);
            y += BAR + 4;
        }
        out.append("</svg></figure>\n");
    }

    private void bar(String name, Sample sample, int y, double from, double scale) {
        double width = length(sample.median(), from, scale);
        double end = Math.max(width, length(Sample.quantile(sample.values(), 0.75), from, scale));
        String kind = name.equals("hearth") ? "hearth" : "peer";
        out.append(String.format(Locale.ROOT, "<text x=\"0\" y=\"%d\">%s</text>", y + BAR - 5, escape(name)))
                .append(String.format(Locale.ROOT,
                        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", kind, NAME_WIDTH, y,
                        width, BAR))
                .append(String.format(Locale.ROOT,
                        "<line class=\"spread\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                        NAME_WIDTH + length(Sample.quantile(sample.values(), 0.25), from, scale),
                        NAME_WIDTH + length(Sample.quantile(sample.values(), 0.75), from, scale), y + BAR / 2,
                        y + BAR / 2))
                .append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", NAME_WIDTH + end + 6,
                        y + BAR - 5, Numbers.of(sample.median())));
    }

    private static double length(double value, double from, double scale) {
        return value <= 0 ? 1 : Math.max(1, (Math.log10(value) - from) * scale);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
