package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code import}: model files, all their parameters in one batch under one version. */
@Command(description = {"Put all parameters of model files, in one batch.",
        "Creates the store if there is none. The revision defaults to the SHA-256 of the files."})
final class ImportCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "The model's files.")
    private List<Path> files = List.of();

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = {
            "The namespace; defined if there is none."})
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--storage", paramLabel = "in-place|compact", completionCandidates = Words.Storages.class,
            description = {
                    "Used where they lie (in-place, the default) or encoded (compact)."})
    private Storage storage = Storage.IN_PLACE;

    @Mixin
    private final CreateOptions create = new CreateOptions();

    ImportCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        try (ModelSet models = ModelSet.open(files)) {
            // Twice the model, so that the next revision fits beside it.
            HearthOptions options = create.options(Math.multiplyExact(2, models.tensorBytes()));
            NamespaceName target = namespace.revision() == null
                    ? new NamespaceName(namespace.name(), sha256(models))
                    : namespace;
            try (Hearth hearth = root.create(options)) {
                print(run(models, hearth, target));
            }
        }
        return ExitCode.DONE;
    }

    private String sha256(ModelSet models) throws IOException {
        try (ProgressBar progress = root.progress("hashing")) {
            return models.sha256(progress);
        }
    }

    private Importer.Result run(ModelSet models, Hearth hearth, NamespaceName target) throws IOException {
        try (ProgressBar progress = root.progress("importing")) {
            return new Importer(models, storage, progress).into(hearth, target.fingerprint());
        }
    }

    private void print(Importer.Result result) {
        if (root.isJson()) {
            root.out().line(json(result).toString());
            return;
        }
        TextTable table = new TextTable("dtype", ">tensors", ">logicalBytes", ">storedBytes", ">rate");
        for (Map.Entry<DType, Importer.Totals> type : result.totals().entrySet()) {
            Importer.Totals total = type.getValue();
            table.row(type.getKey(), total.tensors(), total.logicalBytes(), total.storedBytes(),
                    Sizes.humanRate(total.logicalBytes(), total.nanos()));
        }
        table.row("all", result.tensors(), result.logicalBytes(), result.storedBytes(),
                Sizes.humanRate(result.logicalBytes(), result.nanos()));
        table.print(root.out());
        root.out().line("namespace " + TextTable.printable(result.namespace().display()));
        root.out().line("version " + result.version());
    }

    private static Json json(Importer.Result result) {
        List<Json> types = new ArrayList<>();
        result.totals().forEach((dtype, total) -> types.add(figures(new Json().put("dtype", dtype.name()),
                total.tensors(), total.logicalBytes(), total.storedBytes(), total.nanos())));
        Json json = new Json().put("namespace", result.namespace().display()).put("version", result.version());
        return figures(json, result.tensors(), result.logicalBytes(), result.storedBytes(), result.nanos())
                .put("dtypes", types);
    }

    private static Json figures(Json json, long tensors, long logicalBytes, long storedBytes, long nanos) {
        return json.put("tensors", tensors).put("logicalBytes", logicalBytes).put("storedBytes", storedBytes)
                .put("durationNanos", nanos).put("bytesPerSecond", Math.round(Sizes.rate(logicalBytes, nanos)));
    }
}
