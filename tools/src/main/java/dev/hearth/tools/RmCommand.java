package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rm}: removes one entry, or a namespace with all of its entries in one step. */
@Command(description = {"Remove an entry, or a whole namespace.",
        "Without a key the namespace goes, in one step whatever its size. 1 if there is no such thing."})
final class RmCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "KEY", arity = "0..1", description = "The key; without it, the namespace.")
    private @Nullable KeyText key;

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = "The namespace.")
    private NamespaceName namespace = NamespaceName.parse("-");

    RmCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        try (Hearth hearth = root.attachWritable()) {
            Namespace target = namespace.get(hearth);
            String display = target.info().fingerprint().display();
            boolean removed = key == null ? hearth.remove(target) : target.remove(key.key());
            if (!removed) {
                throw ToolFailure.negative("absent: " + (key == null ? "" : "key=" + key.text() + " ") + "namespace="
                        + display);
            }
            print(display, hearth.stats().version());
        }
        return ExitCode.DONE;
    }

    private void print(String display, long version) {
        if (root.isJson()) {
            Json json = new Json().put("removed", true).put("namespace", display);
            root.out().line((key == null ? json : json.put("key", key.text())).put("version", version).toString());
        } else {
            root.note("removed " + (key == null ? "namespace " + display : key.text() + " of " + display));
        }
    }
}
