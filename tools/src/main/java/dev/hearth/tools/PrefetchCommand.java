package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code prefetch}: has values brought near before somebody needs them. */
@Command(description = {
        "Have an entry, a group, or all of a namespace, brought near: raw values into memory, encoded ones into",
        "the frames of those who are attached. 1 if there is no such thing."})
final class PrefetchCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "KEY", arity = "0..1", description = "The key; without it, the whole namespace.")
    private @Nullable KeyText key;

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = "The namespace.")
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--group", paramLabel = "G", description = "Only members of this group; UTF-8 or hex:…")
    private @Nullable KeyText group;

    PrefetchCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        AtomicLong entries = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        long damaged = 0;
        KeyText single = key;
        if (single != null && group != null) {
            throw ToolFailure.usage("KEY cannot go with --group");
        }
        try (Hearth hearth = root.attach()) {
            Namespace target = namespace.get(hearth);
            if (single != null) {
                EntryInfo entry = target.find(single.key()).orElseThrow(() -> ToolFailure.negative("absent: key="
                        + single.text() + " namespace=" + target.info().fingerprint().display()));
                prefetch(target, entry, entries, bytes);
            } else {
                damaged = EntryScan.scan(group == null ? target.entries() : GroupsCommand.members(target, group), root,
                        entry -> prefetch(target, entry, entries, bytes));
            }
        }
        if (root.isJson()) {
            root.out().line(new Json().put("entries", entries.get()).put("logicalBytes", bytes.get()).toString());
        } else {
            root.note("asked for " + entries + " entries, " + Sizes.human(bytes.get()));
        }
        return EntryScan.code(damaged);
    }

    private static void prefetch(Namespace target, EntryInfo entry, AtomicLong entries, AtomicLong bytes) {
        if (target.prefetch(MemorySegment.ofArray(entry.key()))) {
            entries.incrementAndGet();
            bytes.addAndGet(entry.logicalBytes());
        }
    }
}
