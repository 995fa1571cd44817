package dev.hearth.perf.replay;

import java.util.Arrays;

/**
 * Reads the JSON object of one line of a trace. Fields in any order; fields it does not know are passed over; every
 * field it needs is there exactly once. One thread, one line.
 */
final class TraceLine {
    private static final int MAX_DEPTH = 16;
    private static final long UNSET = Long.MIN_VALUE;

    private final String text;
    private int at;
    private long timestampMs = UNSET;
    private long inputTokens = UNSET;
    private long outputTokens = UNSET;
    private long @org.jspecify.annotations.Nullable [] blocks;

    private TraceLine(String text) {
        this.text = text;
    }

    /** The request on this line; {@code IllegalArgumentException} says what is wrong and in which column. */
    static TraceRequest parse(String text) {
        return new TraceLine(text).request();
    }

    private TraceRequest request() {
        expect('{');
        if (peek() != '}') {
            do {
                field(string());
            } while (taken(','));
        }
        expect('}');
        if (peek() != 0) {
            throw problem("text behind the object");
        }
        long[] ids = blocks;
        if (timestampMs == UNSET || inputTokens == UNSET || outputTokens == UNSET || ids == null) {
            throw new IllegalArgumentException("a request has timestamp, input_length, output_length and hash_ids");
        }
        return new TraceRequest(timestampMs, inputTokens, outputTokens, ids);
    }

    private void field(String name) {
        expect(':');
        switch (name) {
            case "timestamp" -> timestampMs = once(name, timestampMs);
            case "input_length" -> inputTokens = once(name, inputTokens);
            case "output_length" -> outputTokens = once(name, outputTokens);
            case "hash_ids" -> {
                if (blocks != null) {
                    throw problem("hash_ids twice");
                }
                blocks = ids();
            }
            default -> skip(0);
        }
    }

    private long once(String name, long before) {
        if (before != UNSET) {
            throw problem(name + " twice");
        }
        long value = integer();
        if (value < 0) {
            throw problem(name + "=" + value + " is negative");
        }
        return value;
    }

    private long[] ids() {
        long[] ids = new long[16];
        int count = 0;
        expect('[');
        if (peek() != ']') {
            do {
                ids = count == ids.length ? Arrays.copyOf(ids, 2 * count) : ids;
                ids[count++] = integer();
            } while (taken(','));
        }
        expect(']');
        return Arrays.copyOf(ids, count);
    }

    private long integer() {
        peek();
        int start = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '-')) {
            at++;
        }
        try {
            return Long.parseLong(text, start, at, 10);
        } catch (NumberFormatException _) {
            throw problem("an integer is expected");
        }
    }

    private String string() {
        expect('"');
        int start = at;
        while (at < text.length() && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            throw problem("a string does not end");
        }
        return text.substring(start, at++);
    }

    private void skip(int depth) {
        if (depth > MAX_DEPTH) {
            throw problem("nested too deeply");
        }
        char first = peek();
        if (first == '"') {
            string();
        } else if (first == '[' || first == '{') {
            at++;
            char end = first == '[' ? ']' : '}';
            if (peek() != end) {
                do {
                    if (first == '{') {
                        string();
                        expect(':');
                    }
                    skip(depth + 1);
                } while (taken(','));
            }
            expect(end);
        } else {
            int start = at;
            while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at))
                    || "+-.".indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
            if (at == start) {
                throw problem("a value is expected");
            }
        }
    }

    private boolean taken(char wanted) {
        if (peek() == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) {
        if (!taken(wanted)) {
            throw problem("'" + wanted + "' is expected");
        }
    }

    /** The next character that is not blank; 0 at the end. */
    private char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private IllegalArgumentException problem(String what) {
        return new IllegalArgumentException(what + ", column " + (Math.min(at, text.length()) + 1));
    }
}
