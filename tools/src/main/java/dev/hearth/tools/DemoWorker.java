package dev.hearth.tools;

import dev.hearth.tools.inference.ProcessMemory;
import dev.hearth.tools.inference.Reply;
import dev.hearth.tools.inference.SessionKind;
import dev.hearth.tools.inference.WorkerTask;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * An inference process of the demo: a JVM that has ONNX Runtime on its class path beside the tool. It carries out one
 * command after the other. One thread; killed by {@link #close}, or after a limit.
 */
final class DemoWorker implements AutoCloseable {
    /** Named and not referred to: the tool itself never loads it, and may be built without it. */
    static final String MAIN_CLASS = "dev.hearth.tools.worker.WorkerMain";

    private static final int LIMIT_SECONDS = 1_500;
    private static final int END_SECONDS = 240;

    private final Process process;
    private final BufferedReader replies;
    private final BufferedWriter commands;
    private final Reply greeting;

    private DemoWorker(Process process) throws IOException {
        this.process = process;
        this.replies = process.inputReader(StandardCharsets.UTF_8);
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
        Executor later = CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS);
        later.execute(process::destroyForcibly);
        boolean started = false;
        try {
            this.greeting = reply();
            started = true;
        } finally {
            if (!started) {
                process.destroyForcibly();
            }
        }
    }

    /** Starts a process that comes to its model in some way, and waits for its first answer. */
    static DemoWorker start(WorkerTask task, SessionKind kind) throws IOException {
        Path runtime = DemoModel.runtime();
        List<String> command = DemoJvm.javaCommand();
        command.addAll(List.of("-Xms8m", "-Xmn4m", "-Xmx48m", "-XX:-UsePerfData", "-Djava.io.tmpdir=" + task.folder(),
                "-Donnxruntime.native.path=" + DemoModel.runtimeLibraries(), "-cp",
                System.getProperty("java.class.path") + File.pathSeparator + runtime, MAIN_CLASS));
        command.addAll(task.start(kind, DemoJvm.epochNanos()).arguments());
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put(WorkerTask.NO_REPORTS, "1");
        return new DemoWorker(builder.start());
    }

    /** What it said of its first answer. */
    Reply greeting() {
        return greeting;
    }

    /** Gives a command, whose reply {@link #reply} waits for. */
    void tell(String command) throws IOException {
        commands.write(command);
        commands.write('\n');
        commands.flush();
    }

    /** Waits for the reply to a command. */
    Reply reply() throws IOException {
        Reply reply = new Reply();
        for (String line = replies.readLine(); !Reply.END.equals(line); line = replies.readLine()) {
            if (line == null) {
                throw new IOException("a JVM of the demo ended before it answered, pid=" + process.pid());
            }
            reply.read(line);
        }
        return reply;
    }

    /** Gives a command and waits for its reply. */
    Reply ask(String command) throws IOException {
        tell(command);
        return reply();
    }

    /** The memory it takes now. */
    ProcessMemory memory() throws IOException {
        return ProcessMemory.of(process.pid());
    }

    /** Lets it end in order, which takes as long as it takes to detach. */
    void end() throws IOException {
        commands.close();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS) || process.exitValue() != ExitCode.DONE) {
                throw new IOException("a JVM of the demo did not end in order, pid=" + process.pid());
            }
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
