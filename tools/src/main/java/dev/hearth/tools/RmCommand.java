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
    public Integer call() throws IOException {
        try (Hearth hearth = root.attachWritable()) {
            Namespace target = namespace.get(hearth);
            String display = target.info().fingerprint().display();
            boolean removed = key == null ? hearth.remove(target) : remove(target, key);
            if (!removed) {
                throw ToolFailure.negative("absent: " + (key == null ? "" : "key=" + key.text() + " ") + "namespace="
                        + display);
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

    private void print(String display, long version) {
        if (root.isJson()) {
            Json json = new Json().put("removed", true).put("namespace", display);
            root.out().line((key == null ? json : json.put("key", key.text())).put("version", version).toString());
        } else {
            root.note("removed " + (key == null ? "namespace " + display : key.text() + " of " + display));
        }
    }
}
