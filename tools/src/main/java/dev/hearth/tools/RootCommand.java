package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line before its command: the options that all commands share, and what they give a command. */
@Command(name = "hearth", versionProvider = ToolVersion.class, synopsisSubcommandLabel = "COMMAND", description = {
        "Looks after a Hearth store: what is in it, who uses it, and whether it is sound.%n"},
        footer = {
                "%nKEY is UTF-8 or hex:…; NS is NAME[@REVISION], by default the newest revision.",
                "Exit codes: 0 done, 1 a negative answer, 2 wrong usage, 3 the store refused, 4 anything else."})
final class RootCommand {
    private final ToolIo io;

    @Option(names = "--store", scope = ScopeType.INHERIT, paramLabel = "DIR", description = {
            "Directory of the store; HEARTH_STORE if not given."})
    private @Nullable Path store;

    @Option(names = "--format", scope = ScopeType.INHERIT, paramLabel = "table|json",
            completionCandidates = Words.Formats.class, description = {
                    "For people (table, the default) or for programs (json)."})
    private OutputFormat format = OutputFormat.TABLE;

    @Option(names = "--quiet", scope = ScopeType.INHERIT, description = "No progress and no notes.")
    private boolean quiet;

    @Option(names = "--read-only", scope = ScopeType.INHERIT, description = "Attach without writing anything.")
    private boolean readOnly;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print the stack trace of a failure.")
    private boolean debug;

    RootCommand(ToolIo io) {
        this.io = io;
    }

    /** How results look. */
    enum OutputFormat {
        TABLE, JSON
    }

    ToolIo io() {
        return io;
    }

    Output out() {
        return io.out();
    }

    boolean isJson() {
        return format == OutputFormat.JSON;
    }

    boolean isReadOnly() {
        return readOnly;
    }

    boolean isDebug() {
        return debug;
    }

    /** Prints a remark that no program reads. */
    void note(String text) {
        if (!quiet) {
            io.err().println(text);
        }
    }

    ProgressBar progress(String label) {
        return new ProgressBar(io, !quiet, label, System::nanoTime);
    }

    /** The store's directory, or null if neither option nor environment name one. */
    @Nullable
    Path directoryOrNull() {
        if (store != null) {
            return store;
        }
        String variable = io.variable("HEARTH_STORE");
        return variable.isEmpty() ? null : Path.of(variable);
    }

    /**
     * The store's directory.
     *
     * @throws ToolFailure if neither option nor environment name one
     */
    Path directory() {
        Path directory = directoryOrNull();
        if (directory == null || directory.toString().isEmpty()) {
            throw ToolFailure.usage("no store given: use --store DIR or set HEARTH_STORE");
        }
        return directory;
    }

    /**
     * The store's directory, which is there.
     *
     * @throws ToolFailure if none is named, or it is not there
     */
    Path existing() {
        Path directory = directory();
        if (Files.notExists(directory)) {
            throw ToolFailure.refused("no store: " + directory + " does not exist");
        }
        return directory;
    }

    /** Attaches to an existing store without writing anything. */
    Hearth attachReadOnly() {
        return Hearth.open(existing(), HearthOptions.defaults().access(HearthOptions.Access.READ_ONLY));
    }

    /** Attaches to an existing store, so that what is read is counted; read-only if that was asked for. */
    Hearth attach() {
        return readOnly ? attachReadOnly() : attachWritable();
    }

    /** Attaches to an existing store to change it. */
    Hearth attachWritable() {
        requireWritable();
        return Hearth.open(existing(), HearthOptions.defaults().access(HearthOptions.Access.ATTACH));
    }

    /** Attaches to a store to change it; creates it if there is none. */
    Hearth create(HearthOptions options) {
        requireWritable();
        return Hearth.open(directory(), options.access(HearthOptions.Access.CREATE));
    }

    private void requireWritable() {
        if (readOnly) {
            throw ToolFailure.usage("--read-only cannot go with a command that writes");
        }
    }
}
