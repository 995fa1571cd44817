package dev.hearth.tools;

import java.util.ArrayList;
import java.util.List;

/** Rows of text in columns as wide as their widest cell, numbers to the right. */
final class TextTable {
    private static final String GAP = "  ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    /** A column: its heading and the side its cells lean to. */
    record Column(String heading, boolean leansRight) {}

    /**
     * A table with these columns.
     *
     * @param headings one a column; one that starts with {@code >} leans to the right, and loses that sign
     */
    TextTable(String... headings) {
        List<Column> parsed = new ArrayList<>();
        for (String heading : headings) {
            boolean right = heading.startsWith(">");
            parsed.add(new Column(right ? heading.substring(1) : heading, right));
        }
        this.columns = List.copyOf(parsed);
    }

    /** Adds a row; cells are shown with {@code toString}. */
    TextTable row(Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("cells=" + cells.length + " columns=" + columns.size());
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(printable(cell.toString()));
        }
        rows.add(row);
        return this;
    }

    /** Prints the headings and all rows. */
    void print(Output out) {
        print(out, columns.stream().map(Column::heading).toList());
    }

    /** Prints the rows without headings. */
    void printRows(Output out) {
        print(out, List.of());
    }

    private void print(Output out, List<String> headings) {
        int[] widths = widths(headings);
        if (!headings.isEmpty()) {
            out.line(line(headings, widths));
        }
        for (List<String> row : rows) {
            out.line(line(row, widths));
        }
    }

    private int[] widths(List<String> headings) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = headings.isEmpty() ? 0 : width(headings.get(i));
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        return widths;
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(i == 0 ? "" : GAP);
            String padding = " ".repeat(widths[i] - width(cells.get(i)));
            boolean right = columns.get(i).leansRight();
            line.append(right ? padding : "").append(cells.get(i)).append(right ? "" : padding);
        }
        return line.toString().stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    /** The text with whatever a terminal would obey instead of show replaced: names come from files and other users. */
    static String printable(String text) {
        if (text.codePoints().allMatch(TextTable::isPrintable)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> shown.appendCodePoint(isPrintable(c) ? c : 0xfffd));
        return shown.toString();
    }

    private static boolean isPrintable(int codePoint) {
        int type = Character.getType(codePoint);
        return type != Character.CONTROL && type != Character.FORMAT && type != Character.SURROGATE
                && type != Character.LINE_SEPARATOR && type != Character.PARAGRAPH_SEPARATOR;
    }
}
