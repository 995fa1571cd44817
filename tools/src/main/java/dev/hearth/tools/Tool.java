package dev.hearth.tools;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Runs one command: parses, dispatches, and turns the outcome into an exit code.
 *
 * <p>Only commands that the arguments can mean are set up: each costs milliseconds of reflection at every start.
 */
final class Tool {
    private static final List<String> COMMANDS =
            List.of("demo", "demo-child", "import", "export", "put", "get", "ls", "groups", "namespaces",
                    "rm", "stat", "top", "heatmap", "verify", "recover", "log", "processes", "evict", "compact",
                    "prefetch", "copy", "destroy", "doctor", "completion");

    private final ToolIo io;
    private final RootCommand root;

    private Tool(ToolIo io) {
        this.io = io;
        this.root = new RootCommand(io);
    }

    /** A command, ready to be filled with its options. A switch, as references to constructors cost a class each. */
    private static Callable<Integer> command(String name, RootCommand root) {
        return switch (name) {
            case "demo" -> new DemoCommand(root);
            case "demo-child" -> new DemoChildCommand(root);
            case "import" -> new ImportCommand(root);
            case "export" -> new ExportCommand(root);
            case "put" -> new PutCommand(root);
            case "get" -> new GetCommand(root);
            case "ls" -> new LsCommand(root);
            case "groups" -> new GroupsCommand(root);
            case "namespaces" -> new NamespacesCommand(root);
            case "rm" -> new RmCommand(root);
            case "stat" -> new StatCommand(root);
            case "verify" -> new VerifyCommand(root);
            case "top" -> new TopCommand(root);
            case "heatmap" -> new HeatmapCommand(root);
            case "evict" -> new EvictCommand(root);
            case "prefetch" -> new PrefetchCommand(root);
            case "copy" -> new CopyCommand(root);
            case "destroy" -> new DestroyCommand(root);
            case "recover" -> new RecoverCommand(root);
            case "compact" -> new CompactCommand(root);
            case "log" -> new LogCommand(root);
            case "processes" -> new ProcessesCommand(root);
            case "doctor" -> new DoctorCommand(root);
            case "completion" -> new CompletionCommand(root);
            default -> throw new IllegalArgumentException("command=" + name);
        };
    }

    /** Runs the command that {@code args} name and returns its exit code. */
    static int run(ToolIo io, String... args) {
        return new Tool(io).run(args);
    }

    /** The command line with all its commands. */
    static CommandLine whole(RootCommand root) {
        return new Tool(root.io()).commandLine(COMMANDS);
    }

    private int run(String... args) {
        try {
            CommandLine line = commandLine(meant(args));
            int code = line.execute(args);
            line.getOut().flush();
            io.out().flush();
            return code;
        } catch (Output.ReaderGone _) {
            return ExitCode.DONE;
        } catch (RuntimeException | Error e) {
            return report(e);
        } finally {
            io.err().flush();
        }
    }

    /** The commands that can be meant: all whose name is among the arguments, and all when help may list them. */
    private static Collection<String> meant(String... args) {
        List<String> meant = new ArrayList<>(COMMANDS);
        meant.retainAll(Arrays.asList(args));
        boolean onlyVersion = args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"));
        return meant.isEmpty() && !onlyVersion ? COMMANDS : meant;
    }

    private CommandLine commandLine(Iterable<String> names) {
        CommandLine line = new CommandLine(root);
        line.getCommandSpec().addOption(help());
        line.getCommandSpec().addOption(OptionSpec.builder("-V", "--version").versionHelp(true)
                .description("Print the version.").build());
        for (String name : names) {
            CommandSpec spec = CommandSpec.forAnnotatedObject(command(name, root));
            line.addSubcommand(name, spec.addOption(help()));
        }
        Converters.register(line);
        // A key may start with an at sign, and a store may be named as a command is.
        line.setExpandAtFiles(false).setAllowSubcommandsAsOptionParameters(true);
        line.setColorScheme(Help.defaultColorScheme(io.colours() ? Help.Ansi.ON : Help.Ansi.OFF));
        line.setOut(new LinePrinter(io.out())).setErr(io.err());
        return line.setUsageHelpLongOptionsMaxWidth(30).setExecutionStrategy(this::execute)
                .setParameterExceptionHandler((e, _) -> reportUsage(e))
                .setExecutionExceptionHandler((e, _, _) -> report(e));
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help.").build();
    }

    private int execute(ParseResult parsed) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped != null) {
            return helped;
        }
        if (!parsed.hasSubcommand()) {
            throw new ParameterException(parsed.commandSpec().commandLine(), "no command given; see hearth --help");
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private int reportUsage(ParameterException e) {
        CommandLine line = e.getCommandLine();
        io.err().println("hearth: " + e.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, io.err())) {
            io.err().println(line.getHelp().fullSynopsis().strip());
        }
        trace(e);
        return ExitCode.USAGE;
    }

    private int report(Throwable failure) {
        if (failure instanceof Output.ReaderGone) {
            return ExitCode.DONE;
        }
        io.err().println("hearth: " + message(failure));
        trace(failure);
        return ExitCode.of(failure);
    }

    /** What went wrong, for a person: errors of the JVM and of files mean nothing without their class. */
    private static String message(Throwable failure) {
        String message = failure.getMessage();
        boolean isPlain = failure instanceof RuntimeException
                || (failure instanceof IOException && !(failure instanceof FileSystemException));
        return message != null && isPlain ? message : failure.toString();
    }

    private void trace(Throwable failure) {
        if (root.isDebug()) {
            failure.printStackTrace(io.err());
        }
    }
}
