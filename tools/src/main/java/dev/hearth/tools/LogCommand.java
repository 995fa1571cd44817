package dev.hearth.tools;

import dev.hearth.store.Change;
import dev.hearth.store.ChangeFeed;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code log}: the consistency log, operation by operation. */
@Command(description = "Print the consistency log, decoded; or check it.")
final class LogCommand implements Callable<Integer> {
    private static final String ROW = "%10s  %-24s  %-16s  %13s  %13s  %7s  %10s  %14s  %s";
    private static final long FIRST_WAIT_MS = 10;
    private static final long LONGEST_WAIT_MS = 250;

    private final RootCommand root;

    @Option(names = "--from", paramLabel = "V", description = "First version to print; the oldest by default.")
    private long fromVersion;

    @Option(names = "--follow", description = "Go on with what is committed from now on, until interrupted.")
    private boolean follow;

    @Option(names = "--verify", description = "Check every record and print only the outcome; 1 if damage was found.")
    private boolean verify;

    LogCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (fromVersion < 0 || (verify && follow)) {
            throw ToolFailure.usage(verify && follow ? "--verify cannot go with --follow" : "--from=" + fromVersion);
        }
        try (Hearth hearth = root.attachReadOnly()) {
            return verify ? verify(hearth) : print(hearth);
        }
    }

    private int print(Hearth hearth) {
        if (!root.isJson()) {
            root.out().line(String.format(Locale.ROOT, ROW, "version", "time", "operation", "logicalBytes",
                    "storedBytes", "segment", "generation", "record", "namespace  key"));
        }
        try (ChangeFeed feed = hearth.changes(fromVersion)) {
            long waitMs = FIRST_WAIT_MS;
            while (true) {
                Change change = feed.next();
                if (change != null) {
                    root.out().line(root.isJson() ? json(change).toString() : row(change));
                    waitMs = FIRST_WAIT_MS;
                } else if (!follow || !pause(waitMs)) {
                    return ExitCode.DONE;
                } else {
                    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
                }
            }
        }
    }

    /** Lets readers see what there is and waits; false if the command is to end. */
    private boolean pause(long waitMs) {
        root.out().flush();
        try {
            Thread.sleep(waitMs);
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String row(Change change) {
        boolean put = change.type() == Change.Type.PUT || change.type() == Change.Type.PUT_GROUP
                || change.type() == Change.Type.RELOCATE;
        boolean placed = change.segment() >= 0;
        String subject = change.namespace() + (change.key().length == 0 ? "" : "  " + change.keyText());
        return String.format(Locale.ROOT, ROW, change.version(), Instant.ofEpochMilli(change.timestampMs()),
                Words.of(change.type()), put ? change.logicalBytes() : "-", put ? change.storedBytes() : "-",
                placed ? change.segment() : "-", placed ? change.generation() : "-",
                change.logFile() + ":" + change.offsetBytes(), TextTable.printable(subject)).stripTrailing();
    }

    private static Json json(Change change) {
        return new Json().put("version", change.version()).put("timestampMs", change.timestampMs())
                .put("operation", Words.of(change.type())).put("namespace", change.namespace())
                .put("key", change.key().length == 0 ? "" : change.keyText())
                .put("logicalBytes", change.logicalBytes()).put("storedBytes", change.storedBytes())
                .put("segment", change.segment()).put("generation", change.generation())
                .put("logFile", change.logFile()).put("offsetBytes", change.offsetBytes());
    }

    /** What reading the whole log found. */
    private static final class Findings {
        private long operations;
        private long firstVersion;
        private long lastVersion;
        private String damage = "";

        void add(Change change) {
            if (operations++ == 0) {
                firstVersion = change.version();
            } else if (change.version() < lastVersion && damage.isEmpty()) {
                damage = "version=" + change.version() + " follows version=" + lastVersion;
            }
            lastVersion = change.version();
        }
    }

    private int verify(Hearth hearth) {
        long visible = hearth.stats().version();
        Findings findings = new Findings();
        try (ChangeFeed feed = hearth.changes(fromVersion)) {
            for (Change change = feed.next(); change != null; change = feed.next()) {
                findings.add(change);
            }
            // A log may end anywhere, so only this shows that its end is missing.
            if (findings.lastVersion < visible && fromVersion <= visible && findings.damage.isEmpty()) {
                findings.damage = "the log ends at version=" + findings.lastVersion + " but version=" + visible
                        + " is visible";
            }
        } catch (HearthException.Corrupt e) {
            findings.damage = String.valueOf(e.getMessage());
        }
        report(findings);
        return findings.damage.isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private void report(Findings findings) {
        boolean sound = findings.damage.isEmpty();
        if (root.isJson()) {
            root.out().line(new Json().put("sound", sound).put("operations", findings.operations)
                    .put("firstVersion", findings.firstVersion).put("lastVersion", findings.lastVersion)
                    .put("damage", findings.damage).toString());
            return;
        }
        new TextTable("figure", ">value").row("operations", findings.operations)
                .row("firstVersion", findings.firstVersion).row("lastVersion", findings.lastVersion)
                .printRows(root.out());
        root.out().line(sound ? "sound" : "damaged: " + findings.damage);
    }
}
