package dev.hearth.tools.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The commands that come in on a stream, a line each.
 *
 * <p>The end of the stream means that whoever gave them is gone or wants no more. It ends this process: in order if no
 * command is being carried out, else at once, as nobody is left who could read its results.
 */
final class Commands {
    private static final String END = "";
    private static final int ABANDONED = 4;

    private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>();
    private final Object lock = new Object();
    private boolean busy = true;

    private Commands() {}

    /** Reads commands from the stream. */
    static Commands from(InputStream stream) {
        Commands commands = new Commands();
        Thread.ofPlatform().daemon().name("commands").start(() -> commands.readAll(stream));
        return commands;
    }

    private void readAll(InputStream stream) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                waiting.add(line);
            }
        } catch (IOException _) {
            // As good as its end.
        }
        synchronized (lock) {
            if (busy) {
                Runtime.getRuntime().halt(ABANDONED);
            }
            waiting.add(END);
        }
    }

    /** The command before is done: to be called before its reply, which may be the last thing that is wanted. */
    void done() {
        synchronized (lock) {
            busy = false;
        }
    }

    /** Waits for the next command; empty when there will be none. */
    String next() throws InterruptedException {
        String command = waiting.take();
        synchronized (lock) {
            busy = !command.isEmpty();
        }
        return command;
    }
}
