package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.ProcessInfo;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/** {@code processes}: who is attached, and which slots the dead left. */
@Command(description = "List attached processes, and slots that dead ones left.")
final class ProcessesCommand implements Callable<Integer> {
    private final RootCommand root;

    ProcessesCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        try (Hearth hearth = root.attachReadOnly()) {
            List<ProcessInfo> processes = hearth.processes();
            if (root.isJson()) {
                processes.forEach(process -> root.out().line(json(process).toString()));
            } else {
                table(processes);
            }
        }
        return ExitCode.DONE;
    }

    private void table(List<ProcessInfo> processes) {
        TextTable table = new TextTable(">slot", ">tenancy", ">pid", "state", ">age", ">holds", ">writing", ">bytes",
                "attached", "heartbeat");
        long nowMs = System.currentTimeMillis();
        for (ProcessInfo process : processes) {
            table.row(process.slot(), process.tenancy(), process.pid(), process.alive() ? "alive" : "stale",
                    Sizes.humanTime(TimeUnit.MILLISECONDS.toNanos(Math.max(0, nowMs - process.attachedAtMs()))),
                    process.holds(), process.putsInFlight(), Sizes.human(process.bytesInFlight()),
                    time(process.attachedAtMs()), time(process.heartbeatMs()));
        }
        table.print(root.out());
    }

    private static String time(long ms) {
        return ms == 0 ? "-" : Instant.ofEpochMilli(ms).toString();
    }

    private static Json json(ProcessInfo process) {
        return new Json().put("slot", process.slot()).put("tenancy", process.tenancy()).put("pid", process.pid())
                .put("alive", process.alive()).put("startTicks", process.startTicks())
                .put("holds", process.holds())
                .put("putsInFlight", process.putsInFlight()).put("bytesInFlight", process.bytesInFlight())
                .put("attachedAtMs", process.attachedAtMs()).put("heartbeatMs", process.heartbeatMs());
    }
}
