package dev.hearth.tools;

import dev.hearth.store.Keys;
import dev.hearth.store.Namespace;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** What is registered and no entry yet, for people or programs. */
final class RegisteredListing {
    private final Predicate<byte[]> keys;
    private final List<Line> lines = new ArrayList<>();

    /** A listing of the names whose keys are meant. */
    RegisteredListing(Predicate<byte[]> keys) {
        this.keys = keys;
    }

    private record Line(String key, String namespace, TensorInfo tensor, Registration.Source source) {}

    void add(Namespace namespace) throws IOException {
        for (Registration.Source source : Registration.of(namespace).sources()) {
            for (TensorInfo tensor : source.tensors().values()) {
                byte[] key = TensorNames.key(tensor.name()).toArray(ValueLayout.JAVA_BYTE);
                if (keys.test(key) && !namespace.contains(TensorNames.key(tensor.name()))) {
                    lines.add(new Line(Keys.display(key), namespace.info().fingerprint().display(), tensor, source));
                }
            }
        }
    }

    void print(RootCommand root) {
        lines.sort(Comparator.comparing(Line::namespace).thenComparing(Line::key));
        if (root.isJson()) {
            lines.forEach(line -> root.out().line(new Json().put("key", line.key).put("namespace", line.namespace)
                    .put("registered", true).put("storage", Words.of(line.source.storage()))
                    .put("dtype", line.tensor.dtype().name()).put("shape", line.tensor.shape())
                    .put("logicalBytes", line.tensor.byteSize()).put("files", files(line)).toString()));
            return;
        }
        TextTable table = new TextTable("key", "namespace", "storage", "dtype", "shape", ">logicalBytes", "file");
        for (Line line : lines) {
            table.row(line.key, line.namespace, Words.of(line.source.storage()), line.tensor.dtype(),
                    new Shape(line.tensor.shape()), line.tensor.byteSize(), line.source.models().getFirst());
        }
        table.print(root.out());
    }

    private static List<Json> files(Line line) {
        return line.source.models().stream().map(path -> new Json().put("path", path.toString())).toList();
    }
}
