package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.RecoveryReport;
import dev.hearth.store.RecoveryReport.LogDamage;
import dev.hearth.store.RecoveryReport.State;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code recover}: does by hand what opening a store does by itself, and on request what it refuses. */
@Command(description = {"Say what a store needs before it can be used, and do it.",
        "1 if its log is damaged in its middle: then what is behind has to be given up."})
final class RecoverCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--dry-run", description = "Only say what is the matter; nothing is written.")
    private boolean dryRun;

    @Option(names = "--drop-log-behind-damage", description = {
            "Cut a log that is damaged in its middle in front of the damage.", "What was committed behind it is lost."})
    private boolean dropLogBehindDamage;

    RecoverCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (dryRun && dropLogBehindDamage) {
            throw ToolFailure.usage("--dry-run and --drop-log-behind-damage exclude each other");
        }
        RecoveryReport report = Hearth.inspect(root.existing());
        boolean refused = report.state() == State.LOG_DAMAGED && !dropLogBehindDamage;
        boolean recovers = !dryRun && !root.isReadOnly() && !refused;
        if (recovers) {
            if (report.logDamage() != null) {
                // Before it is done, so that it is said whatever becomes of it.
                root.note(losing(report.logDamage()));
            }
            report = Hearth.recover(root.existing(), dropLogBehindDamage);
        }
        if (root.isJson()) {
            root.out().line(json(report, recovers).toString());
        } else {
            print(report, recovers);
        }
        return refused ? ExitCode.NEGATIVE : ExitCode.DONE;
    }

    private static String losing(LogDamage damage) {
        return "losing versions " + Long.toUnsignedString(damage.firstLostVersion()) + " to "
                + Long.toUnsignedString(damage.lastLostVersion());
    }

    private void print(RecoveryReport report, boolean recovered) {
        Output out = root.out();
        TextTable table = new TextTable("figure", ">value").row("state", Words.of(report.state()))
                .row("version", Long.toUnsignedString(report.version()));
        LogDamage damage = report.logDamage();
        if (damage != null) {
            table.row("damagedFile", damage.file()).row("damagedOffset", damage.offsetBytes())
                    .row("firstLostVersion", Long.toUnsignedString(damage.firstLostVersion()))
                    .row("lastLostVersion", Long.toUnsignedString(damage.lastLostVersion()))
                    .row("lostRecords", damage.lostRecords()).row("lostPuts", damage.lostPuts());
        }
        table.printRows(out);
        report.findings().forEach(finding -> out.line(TextTable.printable(finding)));
        if (damage != null && !damage.lostKeys().isEmpty()) {
            out.line("keys put behind the damage: " + TextTable.printable(String.join(" ", damage.lostKeys()))
                    + (damage.lostPuts() > damage.lostKeys().size() ? " …" : ""));
        }
        out.line(recovered
                ? "recovered"
                : report.state() == State.LOG_DAMAGED
                        ? "not recovered: with --drop-log-behind-damage these versions are given up"
                        : "nothing was done");
    }

    private static Json json(RecoveryReport report, boolean recovered) {
        Json json = new Json().put("state", Words.of(report.state())).put("version", report.version())
                .put("recovered", recovered).putTexts("findings", report.findings());
        LogDamage damage = report.logDamage();
        return damage == null
                ? json
                : json.put("logDamage", new Json().put("file", damage.file()).put("offsetBytes", damage.offsetBytes())
                        .put("reason", damage.reason()).put("firstLostVersion", damage.firstLostVersion())
                        .put("lastLostVersion", damage.lastLostVersion()).put("lostRecords", damage.lostRecords())
                        .put("lostPuts", damage.lostPuts()).putTexts("lostKeys", damage.lostKeys()));
    }
}
