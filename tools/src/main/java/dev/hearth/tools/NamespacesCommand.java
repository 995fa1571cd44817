package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import dev.hearth.store.NamespaceInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** {@code namespaces}: what there is, oldest first, and how much is in it. */
@Command(description = "List namespaces, oldest first.")
final class NamespacesCommand implements Callable<Integer> {
    private final RootCommand root;

    NamespacesCommand(RootCommand root) {
        this.root = root;
    }

    /** What the entries of a namespace come to. */
    private static final class Totals {
        private long entries;
        private long logicalBytes;
        private long storedBytes;

        void add(EntryInfo entry) {
            entries++;
            logicalBytes += entry.logicalBytes();
            storedBytes += entry.storedBytes();
        }
    }

    @Override
    public Integer call() {
        try (Hearth hearth = root.attachReadOnly()) {
            List<NamespaceInfo> infos = hearth.namespaces();
            long[] damaged = new long[1];
            Map<Fingerprint, Totals> totals = totals(hearth, infos, damaged);
            if (root.isJson()) {
                infos.forEach(info -> root.out().line(json(info, of(totals, info)).toString()));
            } else {
                table(infos, totals);
            }
            return EntryScan.code(damaged[0]);
        }
    }

    /** One pass over the store for all; one more for each namespace that differs from another only in other parts. */
    private Map<Fingerprint, Totals> totals(Hearth hearth, List<NamespaceInfo> infos, long[] damaged) {
        Map<String, List<Fingerprint>> byDisplay = infos.stream().map(NamespaceInfo::fingerprint)
                .collect(Collectors.groupingBy(Fingerprint::display));
        Map<String, Totals> shared = new HashMap<>();
        damaged[0] = EntryScan.scan(hearth.entries(), root,
                entry -> shared.computeIfAbsent(entry.namespace(), _ -> new Totals()).add(entry));
        Map<Fingerprint, Totals> totals = new HashMap<>();
        byDisplay.forEach((display, fingerprints) -> {
            for (Fingerprint fingerprint : fingerprints) {
                totals.put(fingerprint, fingerprints.size() == 1
                        ? shared.computeIfAbsent(display, _ -> new Totals())
                        : own(hearth, fingerprint));
            }
        });
        return totals;
    }

    private Totals own(Hearth hearth, Fingerprint fingerprint) {
        Totals totals = new Totals();
        EntryScan.scan(hearth.findNamespace(fingerprint).map(Namespace::entries).orElse(Stream.of()), root,
                totals::add);
        return totals;
    }

    private static Totals of(Map<Fingerprint, Totals> totals, NamespaceInfo info) {
        return totals.getOrDefault(info.fingerprint(), new Totals());
    }

    private void table(List<NamespaceInfo> infos, Map<Fingerprint, Totals> totals) {
        TextTable table = new TextTable("namespace", ">entries", ">logicalBytes", ">storedBytes", ">version",
                "fingerprint");
        for (NamespaceInfo info : infos) {
            Totals total = of(totals, info);
            String parts = info.fingerprint().canonicalParts().strip().replace('\n', ' ');
            table.row(info.fingerprint().display(), total.entries, total.logicalBytes, total.storedBytes,
                    info.version(), parts.isEmpty() ? "-" : parts);
        }
        table.print(root.out());
    }

    private static Json json(NamespaceInfo info, Totals total) {
        Fingerprint fingerprint = info.fingerprint();
        return new Json().put("namespace", fingerprint.display()).put("name", fingerprint.name())
                .put("revision", fingerprint.revision()).put("number", info.number()).put("entries", total.entries)
                .put("logicalBytes", total.logicalBytes).put("storedBytes", total.storedBytes)
                .put("version", info.version()).put("fingerprint", fingerprint.parts());
    }
}
