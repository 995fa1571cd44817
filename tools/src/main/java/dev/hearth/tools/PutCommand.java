package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Batch;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.TensorSpec;
import dev.hearth.store.ValueSource;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code put}: one value from a file or standard input. */
@Command(description = {"Put a value.", "Creates the store if there is none. Prints the version."})
final class PutCommand implements Callable<Integer> {
    private static final int MAX_ATTEMPTS = 10;

    private final RootCommand root;

    @Parameters(paramLabel = "KEY", description = "The key.")
    private KeyText key = KeyText.parse("-");

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = {
            "The namespace; defined if there is none."})
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--input", paramLabel = "FILE", required = true, description = "The value; - is standard input.")
    private String input = "";

    @Option(names = "--kind", paramLabel = "parameter|activation", completionCandidates = Words.Kinds.class,
            description = {
                    "Kept until it is removed (parameter, the default), or a cache that may go (activation)."})
    private Kind kind = Kind.PARAMETER;

    @Option(names = "--dtype", paramLabel = "DTYPE", description = "Element type, such as F32, BF16, I64.")
    private @Nullable DType dtype;

    @Option(names = "--shape", paramLabel = "N,N,…", converter = Shape.Converter.class, description = {
            "Extent of each dimension; scalar for none."})
    private @Nullable Shape shape;

    @Mixin
    private final StorageOptions storage = new StorageOptions();

    @Mixin
    private final CreateOptions create = new CreateOptions();

    PutCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        // Whatever can be wrong with the command line is found before a store is created.
        PutOptions options = options();
        HearthOptions storeOptions = create.options(0);
        try (ValueInput value = ValueInput.open(input, root.io())) {
            requireLength(options.spec(), value.bytes());
            try (Hearth hearth = root.create(storeOptions)) {
                put(hearth, value, options);
            }
        }
        return ExitCode.DONE;
    }

    private PutOptions options() {
        if ((dtype == null) != (shape == null)) {
            throw ToolFailure.usage("--dtype and --shape go together");
        }
        TensorSpec spec = dtype == null || shape == null
                ? TensorSpec.UNTYPED
                : new TensorSpec(dtype, shape.extents());
        return storage.apply(PutOptions.of(kind).spec(spec));
    }

    private static void requireLength(TensorSpec spec, long valueBytes) {
        long expected = spec.byteSize();
        if (expected >= 0 && expected != valueBytes) {
            throw ToolFailure.usage("valueBytes=" + valueBytes + " but dtype=" + spec.dtype() + " shape="
                    + spec.shape() + " takes " + expected);
        }
    }

    /** Puts into the namespace there is; else the commit of the put defines it, so that a failed one leaves nothing. */
    private void put(Hearth hearth, ValueInput value, PutOptions options) throws IOException {
        for (int attempt = 1;; attempt++) {
            Namespace found = namespace.find(hearth).orElse(null);
            if (found != null) {
                print(found.info().fingerprint(), put(found, value, options), value.bytes());
                return;
            }
            try {
                Fingerprint fingerprint = namespace.fingerprint();
                print(fingerprint, define(hearth, fingerprint, value, options), value.bytes());
                return;
            } catch (IllegalStateException e) {
                // Others defined it meanwhile, or another namespace under the number that was meant for it.
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                value.rewind();
            }
        }
    }

    private long put(Namespace target, ValueInput value, PutOptions options) throws IOException {
        try (ProgressBar progress = root.progress("putting")) {
            return target.put(key.key(), value.bytes(), counted(value, value.bytes(), progress), options);
        }
    }

    private long define(Hearth hearth, Fingerprint fingerprint, ValueInput value, PutOptions options)
            throws IOException {
        try (ProgressBar progress = root.progress("putting"); Batch batch = hearth.batch(fingerprint)) {
            batch.put(key.key(), value.bytes(), counted(value, value.bytes(), progress), options);
            return batch.commit();
        }
    }

    private static ValueSource counted(ValueSource source, long totalBytes, Progress progress) {
        long[] done = new long[1];
        return target -> {
            source.read(target);
            done[0] += target.byteSize();
            progress.at(done[0], totalBytes);
        };
    }

    private void print(Fingerprint target, long version, long valueBytes) {
        root.out().line(root.isJson()
                ? new Json().put("namespace", target.display()).put("key", key.text())
                        .put("logicalBytes", valueBytes).put("version", version).toString()
                : Long.toString(version));
    }
}
