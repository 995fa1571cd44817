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
 * <p>The end of the stream means that whoever gave them is gone or wants no more. If no command is being carried out,
 * {@link #next} hands it out as the last one; else the command is abandoned, as nobody is left who could read its
 * results.
 */
final class Commands {
    private static final String END = "";

    private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>();
    private final Object lock = new Object();
    private final Runnable abandon;
    private boolean busy = true;

    private Commands(Runnable abandon) {
        this.abandon = abandon;
    }

    /**
     * Reads commands from the stream, which must be ready to be read: a failure to read it is as good as its end. From
     * the start on until {@link #done}, a command counts as being carried out.
     *
     * @param abandon called by the reading thread if the stream ends in the middle of a command; expected to end this
     *     process
     */
    static Commands from(InputStream stream, Runnable abandon) {
        Commands commands = new Commands(abandon);
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
                abandon.run();
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
