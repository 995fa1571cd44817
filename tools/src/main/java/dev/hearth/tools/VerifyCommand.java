package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.VerifyReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code verify}: reads and checks everything there is. */
@Command(description = "Read and check everything; 1 if damage was found.")
final class VerifyCommand implements Callable<Integer> {
    private final RootCommand root;

    VerifyCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        VerifyReport report;
        try (Hearth hearth = root.attachReadOnly(); ProgressBar progress = root.progress("verifying")) {
            report = hearth.verify(progress);
        }
        if (root.isJson()) {
            root.out().line(json(report).toString());
        } else {
            table(report);
        }
        return report.isSound() ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private void table(VerifyReport report) {
        Output out = root.out();
        if (!report.isSound()) {
            TextTable damage = new TextTable("damaged", "file", ">offset", "namespace", "key", "detail");
            report.damage().forEach(item -> damage.row(item.what(), item.file(), item.offsetBytes(), item.namespace(),
                    item.key(), item.detail()));
            damage.print(out);
            out.line("");
        }
        new TextTable("figure", ">value").row("logRecords", report.logRecords()).row("entries", report.entries())
                .row("pages", report.pages()).row("bytes", report.bytes()).row("damaged", report.damage().size())
                .printRows(out);
        out.line(report.isSound() ? "sound" : "damaged");
    }

    private static Json json(VerifyReport report) {
        return new Json().put("sound", report.isSound()).put("logRecords", report.logRecords())
                .put("entries", report.entries()).put("pages", report.pages()).put("bytes", report.bytes())
                .put("damage", report.damage().stream().map(VerifyCommand::json).toList());
    }

    private static Json json(VerifyReport.Damage item) {
        return new Json().put("what", item.what()).put("file", item.file()).put("offsetBytes", item.offsetBytes())
                .put("namespace", item.namespace()).put("key", item.key()).put("detail", item.detail());
    }
}
