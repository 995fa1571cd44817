package dev.hearth.tools;

import dev.hearth.store.Batch;
import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rm}: removes one entry, a group with its members, or a namespace with all of its entries, in one step. */
@Command(description = {"Remove an entry, a group, or a whole namespace.",
        "Without a key and a group the namespace goes, in one step whatever its size. 1 if there is no such thing."})
final class RmCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "KEY", arity = "0..1", description = "The key; without it, the namespace.")
    private @Nullable KeyText key;

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = "The namespace.")
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--group", paramLabel = "G", description = "The group, with all its members; UTF-8 or hex:…")
    private @Nullable KeyText group;

    RmCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        if (key != null && group != null) {
            throw ToolFailure.usage("KEY cannot go with --group");
        }
        try (Hearth hearth = root.attachWritable()) {
            Namespace target = namespace.get(hearth);
            String display = target.info().fingerprint().display();
            if (!remove(hearth, target)) {
                throw ToolFailure.negative("absent: " + (key == null ? "" : "key=" + key.text() + " ")
                        + (group == null ? "" : "group=" + group.text() + " ") + "namespace=" + display);
            }
            print(display, hearth.stats().version());
        }
        return ExitCode.DONE;
    }

    /** A name that is registered is so no more: else the next use would bring it back. */
    private static boolean remove(Namespace target, KeyText key) throws IOException {
        String name = TensorNames.name(key.key());
        if (TensorNames.isReserved(key.key().toArray(ValueLayout.JAVA_BYTE))
                || Registration.of(target).source(name) == null) {
            return target.remove(key.key());
        }
        try (Batch batch = target.batch()) {
            batch.remove(key.key());
            Registrar.unregister(target, batch, Set.of(name));
            long version = batch.commit();
            return version != 0;
        }
    }

    private boolean remove(Hearth hearth, Namespace target) throws IOException {
        if (group != null) {
            return target.removeGroup(group.key());
        }
        return key == null ? hearth.remove(target) : remove(target, key);
    }

    private void print(String display, long version) {
        if (root.isJson()) {
            Json json = new Json().put("removed", true).put("namespace", display);
            if (key != null) {
                json.put("key", key.text());
            } else if (group != null) {
                json.put("group", group.text());
            }
            root.out().line(json.put("version", version).toString());
        } else if (key != null) {
            root.note("removed " + key.text() + " of " + display);
        } else {
            root.note("removed " + (group == null ? "" : "group " + group.text() + " of ") + "namespace " + display);
        }
    }
}
