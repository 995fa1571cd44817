package dev.hearth.store.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A JVM of a test's own, running a {@code main} of the test class path with the flags that Hearth needs.
 *
 * <p>
 * A test talks to it in lines: it waits for lines the program prints ({@link #awaitLine}) and sends lines the program
 * reads from its standard input. Standard error is merged into standard output. {@link #kill} is SIGKILL, and returns
 * when the kernel has reaped the process. Closing kills what still runs. A program that waits does so in {@code
 * System.in.read()}, which ends when the test's own JVM does. For one thread; another collects the output.
 *
 * <pre>{@code
 * try (ForkedJvm jvm = ForkedJvm.of(Holder.class).args(dir.toString()).start()) {
 *     jvm.awaitLine("locked");
 *     jvm.kill();
 * }
 * }</pre>
 */
public final class ForkedJvm implements AutoCloseable {
    /** Longer than anything here takes on a busy machine. */
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final String CRASH = "A fatal error has been detected by the Java Runtime Environment";
    private static final String FLAGS = "META-INF/hearth/jvm.args";

    private final Process process;
    private final Path temporary;
    private final Duration limit;
    private final Thread collector;
    private final List<String> lines = new ArrayList<>();
    private int read;
    private boolean ended;

    private ForkedJvm(Process process, Path temporary, Duration limit) {
        this.limit = limit;
        this.process = process;
        this.temporary = temporary;
        collector = Thread.ofPlatform().daemon().name("output of " + process.pid()).start(this::collect);
    }

    /** Prepares a JVM that runs {@code main}. */
    public static Builder of(Class<?> main) {
        return new Builder(main.getName());
    }

    /** How a JVM is started. */
    public static final class Builder {
        private final String main;
        private final List<String> jvmArgs = new ArrayList<>();
        private final List<String> args = new ArrayList<>();
        private Predicate<String> classPath = entry -> true;
        private boolean hearthFlags = true;
        private boolean optimized;
        private final List<String> wrapper = new ArrayList<>();
        private Duration limit = LIMIT;

        private Builder(String main) {
            this.main = main;
        }

        /** Arguments of the program. */
        public Builder args(String... values) {
            args.addAll(Arrays.asList(values));
            return this;
        }

        /** Further flags of the JVM. */
        public Builder jvmArgs(String... values) {
            jvmArgs.addAll(Arrays.asList(values));
            return this;
        }

        /** Compiles as JVMs do in production; otherwise quickly, for programs that end before that would pay. */
        public Builder optimized() {
            optimized = true;
            return this;
        }

        /** Has another command start it, with the command line of the JVM behind these words. */
        public Builder within(String... words) {
            wrapper.addAll(Arrays.asList(words));
            return this;
        }

        /** Leaves out the flags that Hearth needs. */
        public Builder withoutHearthFlags() {
            hearthFlags = false;
            return this;
        }

        /** Lets no file grow beyond a limit: what is behind it is "no space" to the program. */
        public Builder fileLimitKib(long kib) {
            within("bash", "-c", "ulimit -f " + kib + " && exec \"$@\"", "bash");
            return jvmArgs("-XX:-UsePerfData"); // A file of the JVM's own.
        }

        /** Shows it the file systems as they are after some mount commands of its own; needs the rights of root. */
        public Builder mounts(String commands) {
            return within("unshare", "--mount", "bash", "-c", commands + " && exec \"$@\"", "bash");
        }

        /** How long a test waits for it at the most. */
        public Builder limitSeconds(int seconds) {
            limit = Duration.ofSeconds(seconds);
            return this;
        }

        /** Leaves out class path entries for which {@code keep} is false; it sees the path of each. */
        public Builder classPath(Predicate<String> keep) {
            classPath = keep;
            return this;
        }

        /** Starts it. */
        public ForkedJvm start() {
            List<String> command = new ArrayList<>(wrapper);
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            if (hearthFlags) {
                command.addAll(hearthFlags());
            }
            command.add("-XX:+UseSerialGC");
            // Its samples wake a thread twenty times a second, which is dear on some machines.
            command.add("-XX:-UsePerfData");
            if (!optimized) {
                command.add("-XX:TieredStopAtLevel=1");
            }
            command.add("-XX:+ErrorFileToStdout"); // The report of a crash belongs to the output, not into a file.
            command.addAll(jvmArgs);
            command.add("-cp");
            command.add(String.join(File.pathSeparator, testClassPath().stream().filter(classPath).toList()));
            command.add(main);
            command.addAll(args);
            try {
                // What a JVM that is killed leaves there goes with the folder.
                Path temporary = Files.createTempDirectory("hearth-forked-jvm");
                command.add(command.indexOf("-XX:+ErrorFileToStdout"), "-Djava.io.tmpdir=" + temporary);
                return new ForkedJvm(new ProcessBuilder(command).redirectErrorStream(true).start(), temporary,
                        limit);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Prints a line from within a forked JVM, for the test to wait for. */
    public static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** The flags that Hearth needs, one argument each. */
    public static List<String> hearthFlags() {
        try (InputStream in = ForkedJvm.class.getClassLoader().getResourceAsStream(FLAGS)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: resource=" + FLAGS);
            }
            List<String> flags = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    flags.addAll(Arrays.asList(line.strip().split(" +", -1)));
                }
            }
            return flags;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Surefire may pass its own jar as class path and the real one in a property. */
    private static List<String> testClassPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.asList(path.split(File.pathSeparator, -1));
    }

    /** Number of the process. */
    public long pid() {
        return process.pid();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Waits for a line that starts with {@code prefix}, behind those already waited for, and returns what follows it.
     */
    public String awaitLine(String prefix) {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        synchronized (lines) {
            while (true) {
                while (read < lines.size()) {
                    String line = lines.get(read++);
                    if (line.startsWith(prefix)) {
                        return line.substring(prefix.length()).strip();
                    }
                }
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                if (ended || leftMs <= 0) {
                    throw new AssertionError((ended ? "ended" : "timed out") + " without a line that starts with '"
                            + prefix + "':\n" + String.join("\n", lines));
                }
                waitForLines(leftMs);
            }
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the caller loops
    private void waitForLines(long timeoutMs) {
        try {
            lines.wait(timeoutMs);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for a forked JVM", e);
        }
    }

    /** Sends a line to its standard input. */
    public void send(String line) {
        try {
            OutputStream in = process.getOutputStream();
            in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it ends by itself and returns its exit code. */
    public int awaitExit() {
        try {
            if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("still running:\n" + output());
            }
            collector.join(limit);
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for a forked JVM", e);
        }
    }

    /** Everything it printed until now. */
    public String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    /** SIGKILL; returns when the process is gone. A JVM that had crashed before is an error, with its report. */
    public void kill() {
        // Not through the process, which would close its output, and with it lose what was printed and not yet read.
        process.toHandle().destroyForcibly();
        int _ = awaitExit();
        String output = output();
        if (output.contains(CRASH)) {
            throw new AssertionError("the JVM crashed: " + output);
        }
    }

    /** SIGSTOP. */
    public void stop() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
            if (exit != 0) {
                throw new AssertionError("kill -" + name + " exit=" + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while signalling a forked JVM", e);
        }
    }

    /** Kills it if it still runs, and removes its temporary files. */
    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(temporary)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void collect() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
                line = out.readLine();
            }
        } catch (IOException e) {
            // The process was killed; what it printed until then is all there is.
        } finally {
            synchronized (lines) {
                ended = true;
                lines.notifyAll();
            }
        }
    }
}
