package dev.hearth.tools;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Map;

/**
 * What surrounds a command: where it reads and prints, and what it may know of that.
 *
 * @param in            standard input
 * @param out           results
 * @param err           all else
 * @param outIsTerminal whether results go to a person's terminal
 * @param errIsTerminal whether all else does
 * @param environment   the environment's variables
 */
record ToolIo(InputStream in, Output out, PrintWriter err, boolean outIsTerminal, boolean errIsTerminal,
        Map<String, String> environment) {
    private static final int DEFAULT_COLUMNS = 80;

    /** A variable; empty if it is not set. */
    String variable(String name) {
        return environment.getOrDefault(name, "");
    }

    /** Whether results may be coloured: on a terminal, unless {@code NO_COLOR} is set to anything. */
    boolean colours() {
        return outIsTerminal && variable("NO_COLOR").isEmpty() && !variable("TERM").equals("dumb");
    }

    /** The width of the terminal in characters, as the shell exports it. */
    int columns() {
        try {
            return Math.clamp(Integer.parseInt(variable("COLUMNS")), 40, 200);
        } catch (NumberFormatException _) {
            return DEFAULT_COLUMNS;
        }
    }
}
