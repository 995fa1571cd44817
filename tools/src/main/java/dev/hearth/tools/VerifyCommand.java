package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.RepairReport;
import dev.hearth.store.VerifyReport;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code verify}: reads and checks everything there is, and repairs it if asked to. */
@Command(description = "Read and check everything; 1 if damage was found.")
final class VerifyCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--repair", description = {"Drop entries that are damaged, whatever their kind, and make anew what",
            "can be told from something whole. Says what it did."})
    private boolean repair;

    VerifyCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        VerifyReport report;
        RepairReport repaired = null;
        if (repair) {
            try (Hearth hearth = root.attachWritable(); ProgressBar progress = root.progress("verifying")) {
                repaired = hearth.repair(progress);
                report = repaired.verified();
            }
        } else {
            try (Hearth hearth = root.attachReadOnly(); ProgressBar progress = root.progress("verifying")) {
                report = hearth.verify(progress);
            }
        }
        if (root.isJson()) {
            root.out().line(json(report, repaired).toString());
        } else {
            table(report, repaired);
        }
        return report.isSound() ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private void table(VerifyReport report, @Nullable RepairReport repaired) {
        Output out = root.out();
        if (!report.isSound()) {
            damage("damaged", report.damage());
        }
        if (repaired != null && !repaired.dropped().isEmpty()) {
            damage("dropped", repaired.dropped());
        }
        if (repaired != null && !repaired.left().isEmpty()) {
            damage("left", repaired.left());
        }
        TextTable figures = new TextTable("figure", ">value").row("logRecords", report.logRecords())
                .row("entries", report.entries()).row("pages", report.pages()).row("bytes", report.bytes())
                .row("damaged", report.damage().size());
        if (repaired != null) {
            figures.row("dropped", repaired.dropped().size()).row("left", repaired.left().size());
        }
        figures.printRows(out);
        if (repaired != null) {
            repaired.rebuilt().forEach(text -> out.line("rebuilt: " + TextTable.printable(text)));
        }
        out.line(report.isSound()
                ? "sound"
                : repaired == null ? "damaged" : repaired.left().isEmpty() ? "repaired" : "repaired in part");
    }

    private void damage(String heading, List<VerifyReport.Damage> items) {
        TextTable damage = new TextTable(heading, "file", ">offset", "namespace", "key", "detail");
        items.forEach(item -> damage.row(item.what(), item.file(), item.offsetBytes(), item.namespace(),
                item.key(), item.detail()));
        damage.print(root.out());
        root.out().line("");
    }

    private static Json json(VerifyReport report, @Nullable RepairReport repaired) {
        Json json = new Json().put("sound", report.isSound()).put("logRecords", report.logRecords())
                .put("entries", report.entries()).put("pages", report.pages()).put("bytes", report.bytes())
                .put("damage", report.damage().stream().map(VerifyCommand::json).toList());
        return repaired == null
                ? json
                : json.put("dropped", repaired.dropped().stream().map(VerifyCommand::json).toList())
                        .putTexts("rebuilt", repaired.rebuilt())
                        .put("left", repaired.left().stream().map(VerifyCommand::json).toList());
    }

    private static Json json(VerifyReport.Damage item) {
        return new Json().put("what", item.what()).put("file", item.file()).put("offsetBytes", item.offsetBytes())
                .put("namespace", item.namespace()).put("key", item.key()).put("detail", item.detail());
    }
}
