package dev.hearth.perf.compare;

import dev.hearth.perf.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a run found, and how it is written down.
 *
 * @param rows    the table
 * @param header  what people should know first, a sentence each: machine, date, command, noise
 * @param notes   what was left out, and why
 */
record Results(List<Row> rows, List<String> header, List<String> notes) {
    private static final String NO_VALUE = "";
    private static final String NOISY = "(noisy)";

    /** One JSON object a line, one for each row. */
    String jsonLines() {
        return rows.stream().map(row -> Json.text(json(row)) + "\n").collect(Collectors.joining());
    }

    private static Map<String, Object> json(Row row) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("metric", row.metric());
        line.put("unit", row.unit());
        line.put("hearth", row.hearth().median());
        Map<String, Object> peers = new LinkedHashMap<>();
        row.peers().forEach((name, sample) -> peers.put(name, sample.median()));
        line.put("peers", peers);
        line.put("ratio", row.ratio());
        line.put("goal", row.goal().isEmpty() ? null : row.goal());
        line.put("reached", row.reached());
        line.put("spread", row.spread());
        return line;
    }

    /** A Markdown table with the header above it and the notes below. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        header.forEach(line -> text.append(line).append('\n'));
        String warning = warning();
        if (warning != null) {
            text.append("**").append(warning).append("**\n");
        }
        text.append("\n| what | Hearth | peers | ratio | spread | goal | reached |\n|---|---|---|---|---|---|---|\n");
        for (Row row : rows) {
            text.append("| ").append(row.title()).append(" | ").append(Numbers.of(row.hearth().median())).append(' ')
                    .append(row.unit()).append(" | ").append(peers(row)).append(" | ").append(ratio(row))
                    .append(" | ").append(percent(row.spread())).append(" | ").append(row.goal()).append(" | ")
                    .append(reached(row)).append(" |\n");
        }
        if (!remarks().isEmpty()) {
            text.append('\n');
            remarks().forEach(note -> text.append("- ").append(note).append('\n'));
        }
        return text.toString();
    }

    /** The peers and their values, best first as the row has them. */
    static String peers(Row row) {
        return row.peers().entrySet().stream().map(peer -> peer.getKey() + " " + Numbers.of(peer.getValue().median()))
                .collect(Collectors.joining(", "));
    }

    /** How many times as good, and as what. */
    static String ratio(Row row) {
        Double ratio = row.ratio();
        return ratio == null ? NO_VALUE : Numbers.of(ratio) + " × " + row.against().replace("hearth:", "own ");
    }

    /** Whether the goal was reached, in a word or two. */
    static String reached(Row row) {
        Boolean reached = row.reached();
        String word = reached == null ? NO_VALUE : reached ? "yes" : "**no**";
        return row.isTrusted() ? word : (word + " " + NOISY).strip();
    }

    /** A sentence that says which rows are not to be trusted; null if all are. */
    @Nullable
    String warning() {
        long noisy = rows.stream().filter(row -> !row.isTrusted()).count();
        return noisy == 0
                ? null
                : "The machine was too noisy to trust " + (noisy == rows.size() ? "any" : noisy) + " of the "
                        + rows.size() + " rows: those are marked, and the reasons stand below.";
    }

    /** What was left out, and what disturbed which rows. */
    List<String> remarks() {
        List<String> remarks = new ArrayList<>(notes);
        rows.stream().filter(row -> !row.isTrusted())
                .forEach(row -> remarks.add(row.title() + ": " + row.noise().text()));
        return remarks;
    }

    /** A part of one as a percentage. */
    static String percent(double part) {
        return Math.round(100 * part) + " %";
    }
}
