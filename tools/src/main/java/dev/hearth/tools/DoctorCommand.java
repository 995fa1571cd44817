package dev.hearth.tools;

import dev.hearth.tools.Finding.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code doctor}: whether this machine, this JVM and the store's place are fit, and what slows them down. */
@Command(description = {"Check the machine, the JVM and the store's place.", "1 if something must be changed."})
final class DoctorCommand implements Callable<Integer> {
    private final RootCommand root;

    DoctorCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        List<Finding> findings = new ArrayList<>(DoctorOfMachine.findings(Path.of("/")));
        Path directory = root.directoryOrNull();
        if (directory != null) {
            findings.addAll(new DoctorOfStore(root, directory).findings());
        }
        if (root.isJson()) {
            findings.forEach(finding -> root.out().line(new Json().put("check", finding.check())
                    .put("status", Words.of(finding.status())).put("detail", finding.detail()).toString()));
        } else {
            findings.forEach(this::print);
        }
        boolean fails = findings.stream().anyMatch(finding -> finding.status() == Status.FAIL);
        return fails ? ExitCode.NEGATIVE : ExitCode.DONE;
    }

    private void print(Finding finding) {
        String style = switch (finding.status()) {
            case OK -> Style.GREEN;
            case WARN -> Style.YELLOW;
            case FAIL -> Style.RED;
        };
        // The status is padded before it is coloured: a terminal's codes have no width.
        String status = Style.status(String.format("%-4s", Words.of(finding.status())), style, root.io());
        root.out().line(status + "  " + String.format("%-13s", finding.check()) + "  "
                + TextTable.printable(finding.detail()));
    }
}
