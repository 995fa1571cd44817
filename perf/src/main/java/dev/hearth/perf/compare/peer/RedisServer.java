package dev.hearth.perf.compare.peer;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Redis server of our own on a free port of loopback, without persistence; it ends when this is closed. */
final class RedisServer implements AutoCloseable {
    private static final String PROGRAM = "redis-server";

    private final Process process;
    private final int port;

    /** Starts it. It evicts what was used longest ago when it holds more than {@code mostBytes}, unless that is 0. */
    RedisServer(Path directory, long mostBytes) {
        try {
            Files.createDirectories(directory);
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                this.port = free.getLocalPort();
            }
            // The child dies with us: it is told to end, and killed if it does not.
            this.process = new ProcessBuilder(List.of(PROGRAM, "--port", Integer.toString(port), "--bind", "127.0.0.1",
                    "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", directory.toString(),
                    "--maxmemory", Long.toString(mostBytes), "--maxmemory-policy", "allkeys-lru"))
                    .redirectErrorStream(true).redirectOutput(directory.resolve("redis.log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** Whether the program is on the path. */
    static boolean isInstalled() {
        String path = System.getenv("PATH");
        if (path == null) {
            return false;
        }
        for (String directory : path.split(File.pathSeparator, -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, PROGRAM))) {
                return true;
            }
        }
        return false;
    }

    /** Where it listens. */
    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
