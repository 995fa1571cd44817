package dev.hearth.tools;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/**
 * The command line {@code hearth}: parses, dispatches to a command, and turns the outcome into an exit code.
 *
 * <p>Exit codes: 0 done, 1 a negative answer, 2 wrong usage, 3 the store refused, 4 anything else.
 */
@Command(name = "hearth", mixinStandardHelpOptions = true,
        versionProvider = HearthCli.Version.class,
        description = "Looks after a Hearth store: what is in it, who uses it, and whether it is sound.")
public final class HearthCli {
    static final int EXIT_USAGE = 2;
    static final int EXIT_FAILED = 4;

    private HearthCli() {}

    /** Runs one command and ends the JVM with its code. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(out, err, args);
        out.flush();
        System.exit(code);
    }

    /** Runs one command and returns its code; results go to {@code out}, all else to {@code err}. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new HearthCli());
        line.setOut(out).setErr(err).setExecutionStrategy(parsed -> {
            Integer helped = CommandLine.executeHelpRequest(parsed);
            if (helped != null) {
                return helped;
            }
            if (!parsed.hasSubcommand()) {
                throw new ParameterException(line, "no command given");
            }
            return new CommandLine.RunLast().execute(parsed);
        }).setExecutionExceptionHandler((failure, command, _) -> {
            command.getErr().println("hearth: " + failure.getMessage());
            return EXIT_FAILED;
        });
        line.getCommandSpec().exitCodeOnInvalidInput(EXIT_USAGE);
        return line.execute(args);
    }

    /** The version that the jar's manifest names. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = HearthCli.class.getPackage().getImplementationVersion();
            return new String[]{"hearth " + Objects.requireNonNullElse(version, "(unpackaged)")};
        }
    }
}
