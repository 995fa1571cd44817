package dev.hearth.tools.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What an inference process answers to one command: named values; between processes lines of {@code name=value}, and
 * {@value #END} behind them. One thread.
 */
public final class Reply {
    /** The line behind the last value. */
    public static final String END = ".";

    private final Map<String, String> values = new TreeMap<>();

    /** Adds a number. */
    public Reply put(String name, long value) {
        return put(name, Long.toString(value));
    }

    /** Adds times in ns. */
    public Reply put(String name, List<Long> numbers) {
        return put(name, numbers.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }

    /** Adds a set of indexes. */
    public Reply put(String name, BitSet set) {
        return put(name, HexFormat.of().formatHex(set.toByteArray()));
    }

    /** Adds a text of one line. */
    public Reply put(String name, String value) {
        values.put(name, value);
        return this;
    }

    /** The lines of this reply, the last of which ends it. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        values.forEach((name, value) -> lines.add(name + "=" + value));
        lines.add(END);
        return lines;
    }

    /** Adds the value that a line has. */
    public void read(String line) {
        int equals = line.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("line=" + line);
        }
        values.put(line.substring(0, equals), line.substring(equals + 1));
    }

    /** A text; empty if it is missing. */
    public String text(String name) {
        return values.getOrDefault(name, "");
    }

    /** A number; -1 if it is missing, which equals no number of anything. */
    public long number(String name) {
        return Long.parseLong(values.getOrDefault(name, "-1"));
    }

    /** Numbers in their order. */
    public List<Long> numbers(String name) {
        return text(name).isEmpty() ? List.of() : Arrays.stream(text(name).split(",", -1)).map(Long::valueOf).toList();
    }

    /** A set of indexes. */
    public BitSet set(String name) {
        return BitSet.valueOf(HexFormat.of().parseHex(text(name)));
    }
}
