package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.GroupInfo;
import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code groups}: the groups of a namespace, in the order of their names. */
@Command(description = {"List the groups of a namespace.",
        "A group is what can be leased, prefetched and removed as one; import makes one for each layer, and "
                + TensorGroups.ALL + "."})
final class GroupsCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = "The namespace.")
    private NamespaceName namespace = NamespaceName.parse("-");

    GroupsCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        List<GroupInfo> groups = new ArrayList<>();
        long damaged;
        try (Hearth hearth = root.attachReadOnly()) {
            damaged = EntryScan.scan(namespace.get(hearth).groups(), root, groups::add);
        }
        groups.sort(Comparator.comparing(GroupInfo::name, Arrays::compareUnsigned));
        if (root.isJson()) {
            groups.forEach(group -> root.out().line(json(group).toString()));
        } else {
            TextTable table = new TextTable("group", "namespace", "kind", ">members", ">logicalBytes", ">storedBytes",
                    ">version");
            groups.forEach(group -> table.row(group.nameText(), group.namespace(), Words.of(group.kind()),
                    group.members(), group.logicalBytes(), group.storedBytes(), group.version()));
            table.print(root.out());
        }
        return EntryScan.code(damaged);
    }

    /**
     * The entries of a group that are there.
     *
     * @throws ToolFailure if there is no such group
     */
    static Stream<EntryInfo> members(Namespace namespace, KeyText group) {
        List<byte[]> keys = namespace.groupKeys(group.key())
                .orElseThrow(() -> ToolFailure.negative("absent: group=" + group.text() + " namespace="
                        + namespace.info().fingerprint().display()));
        return keys.stream().flatMap(key -> namespace.find(MemorySegment.ofArray(key)).stream());
    }

    private static Json json(GroupInfo group) {
        return new Json().put("group", group.nameText()).put("namespace", group.namespace())
                .put("kind", Words.of(group.kind())).put("members", group.members())
                .put("logicalBytes", group.logicalBytes()).put("storedBytes", group.storedBytes())
                .put("version", group.version());
    }
}
