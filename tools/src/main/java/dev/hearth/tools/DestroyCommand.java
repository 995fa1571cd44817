package dev.hearth.tools;

import dev.hearth.store.Hearth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code destroy}: removes a store for good, with what it has in memory. */
@Command(description = {"Remove a store for good, with its frames in memory and its directory.",
        "Refused while anybody is attached. On a terminal it asks; elsewhere it wants --force."})
final class DestroyCommand implements Callable<Integer> {
    private static final int LONGEST_ANSWER = 100;
    private final RootCommand root;

    @Option(names = "--force", description = "Do not ask.")
    private boolean force;

    DestroyCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (root.isReadOnly()) {
            throw ToolFailure.usage("--read-only cannot go with a command that writes");
        }
        Path directory = root.existing();
        if (!force && !root.io().errIsTerminal()) {
            throw ToolFailure.usage("destroy removes " + directory + " for good: give --force");
        }
        if (!force && !isConfirmed(directory)) {
            throw ToolFailure.negative("nothing was removed");
        }
        Hearth.destroy(directory);
        if (root.isJson()) {
            root.out().line(new Json().put("destroyed", true).put("directory", directory.toString()).toString());
        } else {
            root.note("destroyed " + directory);
        }
        return ExitCode.DONE;
    }

    private boolean isConfirmed(Path directory) {
        root.io().err().print("Remove the store " + directory + " for good? Type yes: ");
        root.io().err().flush();
        StringBuilder answer = new StringBuilder();
        try {
            for (int c = root.io().in().read(); c >= 0 && c != '\n' && answer.length() < LONGEST_ANSWER; c = root.io()
                    .in().read()) {
                answer.append((char) c);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer.toString().strip().equals("yes");
    }
}
