package dev.hearth.tools;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the tool in this JVM through its arguments, and keeps what it printed. */
final class ToolRunner {
    private final Map<String, String> environment = new TreeMap<>();
    private byte[] stdin = {};
    private boolean terminal;

    /** A runner whose commands find this store in their environment. */
    static ToolRunner on(Path store) {
        return new ToolRunner().with("HEARTH_STORE", store.toString());
    }

    ToolRunner with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    ToolRunner stdin(byte[] bytes) {
        stdin = bytes.clone();
        return this;
    }

    ToolRunner terminal() {
        terminal = true;
        return this;
    }

    /** What a command printed and returned. */
    static final class Result {
        private final int code;
        private final byte[] out;
        private final String err;

        private Result(int code, byte[] out, String err) {
            this.code = code;
            this.out = out;
            this.err = err;
        }

        int code() {
            return code;
        }

        byte[] bytes() {
            return out.clone();
        }

        String out() {
            return new String(out, StandardCharsets.UTF_8);
        }

        String err() {
            return err;
        }

        List<String> lines() {
            return out().lines().toList();
        }

        /** A number in the only line of JSON. */
        long number(String name) {
            return Long.parseLong(raw(out(), name));
        }

        @Override
        public String toString() {
            return "code=" + code + "\nout=" + out() + "\nerr=" + err;
        }
    }

    /** What stands behind a name in a line of JSON, up to the next comma or bracket. */
    static String raw(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":([^,}\\]]*)").matcher(json);
        if (!matcher.find()) {
            throw new AssertionError("no field " + name + " in " + json);
        }
        return matcher.group(1);
    }

    Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        ToolIo io = new ToolIo(new ByteArrayInputStream(stdin), new Output(out, false), new PrintWriter(err, true),
                terminal, terminal, environment);
        int code = Tool.run(io, args);
        return new Result(code, out.toByteArray(), err.toString());
    }

    /** Runs a command that must succeed. */
    Result ok(String... args) {
        Result result = run(args);
        if (result.code() != 0) {
            throw new AssertionError(List.of(args) + ": " + result);
        }
        return result;
    }

    /** Puts bytes under a key into the namespace {@code ns}. */
    Result put(String key, byte[] value, String... more) {
        List<String> args =
                new ArrayList<>(List.of("put", key, "--namespace", "ns", "--input", "-", "--capacity", "64M"));
        args.addAll(List.of(more));
        return stdin(value).ok(args.toArray(String[]::new));
    }

    /** The bytes under a key of the namespace {@code ns}. */
    byte[] get(String key, String... more) {
        List<String> args = new ArrayList<>(List.of("get", key, "--namespace", "ns"));
        args.addAll(List.of(more));
        return ok(args.toArray(String[]::new)).bytes();
    }
}
