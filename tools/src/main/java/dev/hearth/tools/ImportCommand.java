package dev.hearth.tools;

import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.NamespaceInfo;
import dev.hearth.store.PutOptions;
import dev.hearth.tools.convert.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code import}: model files, all their parameters in one batch under one version. */
@Command(description = {"Put all parameters of model files, in one batch.",
        "Reads safetensors, sharded ones by their index, ONNX, GGUF, npy and npz.",
        "Creates the store if there is none. The revision defaults to the SHA-256 of the files, with what they are "
                + "converted to behind it."})
final class ImportCommand implements Callable<Integer> {
    private static final int MAX_ATTEMPTS = 3;

    private final RootCommand root;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "The model's files.")
    private List<Path> files = List.of();

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = {
            "The namespace; defined if there is none."})
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--filter", paramLabel = "GLOB", converter = NameFilter.Glob.Converter.class, description = {
            "Only tensors whose whole name matches, such as 'layers.0.*'; any of several."})
    private List<NameFilter.Glob> globs = List.of();

    @Option(names = "--as", paramLabel = "bf16|fp16|int8", completionCandidates = Words.Conversions.class,
            description = {
                    "Convert F64, F32, F16 and BF16 tensors, with loss, and report the error.",
                    "int8 puts a scale for each row beside a tensor, as NAME_scale."})
    private @Nullable Conversion conversion;

    @Option(names = "--lazy", description = {
            "Only register the names: each tensor is put at its first use, from its file, which has to stay as it is.",
            "The revision then defaults to a digest of what the files say beside the bytes of tensors."})
    private boolean lazy;

    @Option(names = "--dry-run", description = "List what would be imported and touch no store.")
    private boolean dryRun;

    @Mixin
    private final StorageOptions storage = new StorageOptions();

    @Mixin
    private final CreateOptions create = new CreateOptions();

    ImportCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        PutOptions options = storage.apply(PutOptions.of(Kind.PARAMETER));
        try (ModelSet models = ModelSet.open(files, new NameFilter(globs))) {
            ImportPlan plan = ImportPlan.of(models, conversion);
            if (dryRun) {
                new ImportListing(plan).print(root);
                return ExitCode.DONE;
            }
            // Twice the model, so that the next revision fits beside it.
            HearthOptions storeOptions = create.options(Math.multiplyExact(2, plan.logicalBytes()));
            Fingerprint target = target(plan);
            try (Hearth hearth = root.create(storeOptions)) {
                requireOnlyOneOfItsName(hearth, target);
                if (lazy) {
                    print(attempt(hearth, target, () -> new Registrar(plan, options).into(hearth, target)));
                } else {
                    new ImportReport(run(plan, options, hearth, target)).print(root);
                }
            }
        }
        return ExitCode.DONE;
    }

    private Fingerprint target(ImportPlan plan) throws IOException {
        NamespaceName target = namespace;
        if (target.revision() == null) {
            String sha256 = lazy ? "lazy-" + plan.models().identity() : sha256(plan.models());
            target = new NamespaceName(target.name(),
                    conversion == null ? sha256 : sha256 + "-" + Words.of(conversion));
        }
        return plan.fingerprint(target.fingerprint());
    }

    private String sha256(ModelSet models) throws IOException {
        try (ProgressBar progress = root.progress("hashing")) {
            return models.sha256(progress);
        }
    }

    /** The command line knows namespaces by name and revision only: a second one of both could not be told apart. */
    private static void requireOnlyOneOfItsName(Hearth hearth, Fingerprint target) {
        for (NamespaceInfo info : hearth.namespaces()) {
            Fingerprint other = info.fingerprint();
            if (other.display().equals(target.display()) && !other.equals(target)) {
                throw ToolFailure.usage("namespace=" + target.display() + " is there with another fingerprint "
                        + other.parts() + ", not " + target.parts() + ": name another revision");
            }
        }
    }

    private Importer.Result run(ImportPlan plan, PutOptions options, Hearth hearth, Fingerprint target)
            throws IOException {
        return attempt(hearth, target, () -> {
            try (ProgressBar progress = root.progress("importing")) {
                return new Importer(plan, options, progress).into(hearth, target);
            }
        });
    }

    /** Something that may meet others who define the same namespace. */
    private interface Attempt<T> {
        T run() throws IOException;
    }

    private static <T> T attempt(Hearth hearth, Fingerprint target, Attempt<T> importing) throws IOException {
        for (int attempt = 1;; attempt++) {
            boolean isDefined = hearth.findNamespace(target).isPresent();
            try {
                return importing.run();
            } catch (IllegalStateException e) {
                // Others defined it meanwhile, or another namespace under the number that was meant for it.
                if (isDefined || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private void print(Registrar.Result result) {
        String display = result.namespace().display();
        if (root.isJson()) {
            root.out().line(new Json().put("registered", true).put("namespace", display)
                    .put("version", result.version()).put("tensors", result.names())
                    .put("logicalBytes", result.logicalBytes()).toString());
            return;
        }
        new TextTable(">registered", ">logicalBytes").row(result.names(), result.logicalBytes()).print(root.out());
        root.out().line("namespace " + TextTable.printable(display));
        root.out().line("version " + result.version());
    }
}
