package dev.hearth.tools.worker;

import dev.hearth.tools.inference.WorkerTask;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The program that an inference process of the demo runs: commands come in on stdin, replies go to stdout. */
public final class WorkerMain {
    private static final int FAILED = 4;
    private static final int ABANDONED = 5;

    private WorkerMain() {}

    /** Carries out commands until their stream ends. */
    public static void main(String[] args) {
        // Known before the first answer, so that a demo that goes away takes this process with it from the start on.
        Commands commands = Commands.from(System.in, () -> Runtime.getRuntime().halt(ABANDONED));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        try (Worker worker = new Worker(WorkerTask.parse(args))) {
            worker.run(commands, out);
        } catch (Exception | LinkageError e) {
            System.err.println("hearth: a worker of the demo failed: " + e);
            System.exit(FAILED);
        }
    }
}
