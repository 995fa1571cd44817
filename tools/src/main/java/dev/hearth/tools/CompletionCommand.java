package dev.hearth.tools;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code completion}: the script with which bash completes the tool's command line. */
@Command(description = {"Print the completion script for bash.", "Use it with: source <(tools/hearth completion)"})
final class CompletionCommand implements Callable<Integer> {
    private final RootCommand root;

    CompletionCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        AutoComplete.bash("hearth", Tool.whole(root)).lines().forEach(root.out()::line);
        return ExitCode.DONE;
    }
}
