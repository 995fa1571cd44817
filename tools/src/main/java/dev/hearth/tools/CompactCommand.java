package dev.hearth.tools;

import dev.hearth.store.CompactReport;
import dev.hearth.store.Hearth;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code compact}: gathers live entries in few segments and gives the blocks of the others back. */
@Command(description = {"Gather what is live in few segments and give the rest of the disk back.",
        "Others may be attached meanwhile; what they hold stays where it is."})
final class CompactCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--move-at-most", paramLabel = "BYTES", converter = Sizes.Converter.class, description = {
            "How much may be moved; 0 only gives back what is free. No limit if not given."})
    private long mostMovedBytes = Long.MAX_VALUE;

    CompactCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        CompactReport report;
        try (Hearth hearth = root.attachWritable(); ProgressBar progress = root.progress("compacting")) {
            report = hearth.compact(mostMovedBytes, progress);
        }
        if (root.isJson()) {
            root.out().line(new Json().put("movedEntries", report.movedEntries())
                    .put("movedBytes", report.movedBytes()).put("releasedSegments", report.releasedSegments())
                    .put("givenBackBytes", report.givenBackBytes()).put("freeBytes", report.freeBytes())
                    .put("deadBytes", report.deadBytes()).toString());
        } else {
            new TextTable("figure", ">value").row("movedEntries", report.movedEntries())
                    .row("movedBytes", report.movedBytes()).row("releasedSegments", report.releasedSegments())
                    .row("givenBackBytes", report.givenBackBytes()).row("freeBytes", report.freeBytes())
                    .row("deadBytes", report.deadBytes()).printRows(root.out());
        }
        return ExitCode.DONE;
    }
}
