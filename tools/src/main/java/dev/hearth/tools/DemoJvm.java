package dev.hearth.tools;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Another JVM that runs one command of the tool, started as this one was. One thread; killed by {@link #close}. */
final class DemoJvm implements AutoCloseable {
    private static final int LIMIT_SECONDS = 1_200;
    /** How a process that died of SIGKILL ends: 128 and the number of the signal. */
    static final int KILLED = 128 + 9;

    private final Process process;
    private final BufferedReader results;

    private DemoJvm(Process process) {
        this.process = process;
        this.results = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a command. Its results are read here; what it says else goes where this process says it. */
    static DemoJvm start(List<String> args) throws IOException {
        List<String> command = javaCommand();
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), HearthCli.class.getName()));
        command.addAll(args);
        return new DemoJvm(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** The command that starts a JVM as this one was started, up to its class path. */
    static List<String> javaCommand() {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseGet(() -> System.getProperty("java.home")
                + "/bin/java"));
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            // A debugger's port or an agent's file is for one process.
            if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent")) {
                command.add(flag);
            }
        }
        return command;
    }

    /** The time now in ns since 1970, to be compared by a process started afterwards. */
    static long epochNanos() {
        return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    }

    /** The next line of its results; an empty one at their end. */
    String line() throws IOException {
        String line = results.readLine();
        return line == null ? "" : line;
    }

    /** All lines that are left. */
    List<String> lines() {
        return results.lines().toList();
    }

    /** Reads all results as {@code name=value} lines with whole numbers. */
    Map<String, Long> figures() {
        Map<String, Long> figures = new HashMap<>();
        for (String line : lines()) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                figures.put(line.substring(0, equals), Long.valueOf(line.substring(equals + 1)));
            }
        }
        return figures;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it with SIGKILL: not one instruction of it runs any more. */
    void kill() {
        // By its handle: the process itself would close the streams, and with them what it still said.
        process.toHandle().destroyForcibly();
    }

    /** Its exit code. */
    int await() throws IOException {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("pid=" + process.pid() + " did not end within " + LIMIT_SECONDS + " s");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for pid=" + process.pid(), e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
