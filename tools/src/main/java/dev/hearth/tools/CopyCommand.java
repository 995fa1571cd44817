package dev.hearth.tools;

import dev.hearth.store.CopyReport;
import dev.hearth.store.Hearth;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code copy}: makes a store of its own out of a store that may be in use. */
@Command(description = {"Copy a store, also while it is used, as of one version.",
        "DIR must not be there, or be empty; nothing is left there if copying fails."})
final class CopyCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "DIR", description = "The directory that becomes the copy.")
    private Path target = Path.of("");

    CopyCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        CopyReport report;
        try (Hearth hearth = root.attachWritable(); ProgressBar progress = root.progress("copying")) {
            report = hearth.copyTo(target, progress);
        }
        if (root.isJson()) {
            root.out().line(new Json().put("directory", target.toString()).put("version", report.version())
                    .put("entries", report.entries()).put("dataBytes", report.dataBytes())
                    .put("logBytes", report.logBytes()).toString());
        } else {
            new TextTable("figure", ">value").row("version", Long.toUnsignedString(report.version()))
                    .row("entries", report.entries()).row("dataBytes", report.dataBytes())
                    .row("logBytes", report.logBytes()).printRows(root.out());
        }
        return ExitCode.DONE;
    }
}
