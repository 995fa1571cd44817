package dev.hearth.tools;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The program {@code hearth}: gives the command line the process's streams and ends the JVM with its code. */
public final class HearthCli {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    private HearthCli() {}

    /** Runs one command and ends the JVM with its code. */
    public static void main(String[] args) {
        String stdout = opened(STDOUT);
        // Not System.out, which swallows failures to write.
        Output out = new Output(new FileOutputStream(FileDescriptor.out),
                stdout.startsWith("pipe:") || stdout.startsWith("socket:"));
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        ToolIo io = new ToolIo(System.in, out, err, isTerminal(stdout), isTerminal(opened(STDERR)), System.getenv());
        System.exit(Tool.run(io, args));
    }

    /** What a descriptor of this process has open; empty if that cannot be told. */
    private static String opened(int descriptor) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
        } catch (IOException | UnsupportedOperationException _) {
            return "";
        }
    }

    private static boolean isTerminal(String opened) {
        return opened.startsWith("/dev/pts/") || opened.startsWith("/dev/tty") || opened.equals("/dev/console");
    }
}
