package dev.hearth.perf.compare;

import dev.hearth.perf.compare.peer.PeerSetup;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link Worker} in a JVM of its own. One thread; closing it ends the process. */
final class WorkerProcess implements AutoCloseable {
    private static final long END_LIMIT_S = 30;
    /** What peers need beside what Hearth needs. */
    private static final List<String> FLAGS = List.of("-Xmx3g", "-XX:MaxDirectMemorySize=16g", "-Xlog:disable",
            "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED", "-Dio.netty.noUnsafe=false");

    private final String name;
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;

    private WorkerProcess(String name, String mode, PeerSetup setup, Path log) {
        this.name = name;
        try {
            this.process = new ProcessBuilder(command(mode, name, setup))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.orders = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    }

    /** Starts a worker and waits until it has opened its store. What it prints as errors goes to {@code log}. */
    static WorkerProcess start(String peer, PeerSetup setup, Path log) {
        WorkerProcess worker = new WorkerProcess(peer, Worker.SERVE, setup, log);
        try {
            worker.await();
        } catch (RuntimeException e) {
            worker.process.destroyForcibly();
            throw e;
        }
        return worker;
    }

    /**
     * How long it took a new process to find an entry.
     *
     * @param nanos     from before it was started
     * @param openNanos from before it opened the store
     */
    record Attached(long nanos, long openNanos) {}

    /** Starts a process that attaches to a store and finds one entry. */
    static Attached attach(String peer, PeerSetup setup, Path log) {
        long start = System.nanoTime();
        try (WorkerProcess worker = new WorkerProcess(peer, Worker.ATTACH, setup, log)) {
            String answer = worker.await();
            return new Attached(System.nanoTime() - start, Long.parseLong(answer));
        }
    }

    /** Starts a process that opens a store, and returns how long it then made anew what had been removed of it. */
    static long rebuildNanos(String peer, PeerSetup setup, Path log) {
        try (WorkerProcess worker = new WorkerProcess(peer, Worker.REBUILD, setup, log)) {
            return Long.parseLong(worker.await());
        }
    }

    private static List<String> command(String mode, String peer, PeerSetup setup) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith("-Xmx") && !flag.startsWith("-XX:MaxDirectMemorySize")) {
                command.add(flag);
            }
        }
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName(), mode, peer,
                setup.directory().toString(), Integer.toString(setup.valueBytes()), Long.toString(setup.entries()),
                Long.toString(setup.spareBytes()), Double.toString(setup.room())));
        return command;
    }

    /** Loads the entries of the scenario. */
    void load() {
        send("load");
        await();
    }

    /** Sees every entry once. */
    void touch() {
        send("touch");
        await();
    }

    /** Starts a round; {@link #result} waits for its end. */
    void order(RoundOrder order) {
        send(order.line());
    }

    /** What the round took. */
    Round result() {
        return Round.parse(await());
    }

    private void send(String line) {
        try {
            orders.write(line);
            orders.newLine();
            orders.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("worker=" + name, e);
        }
    }

    private String await() {
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(Worker.MARK + "error ")) {
                    throw new IllegalStateException("worker=" + name + ": " + line.substring(Worker.MARK.length()));
                }
                if (line.startsWith(Worker.MARK)) {
                    return line.substring(Worker.MARK.length());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("worker=" + name, e);
        }
        throw new IllegalStateException("worker=" + name + " ended without an answer; see its log");
    }

    @Override
    public void close() {
        try {
            orders.write("end");
            orders.newLine();
            orders.flush();
        } catch (IOException _) {
            // It has ended already.
        }
        try {
            if (!process.waitFor(END_LIMIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
