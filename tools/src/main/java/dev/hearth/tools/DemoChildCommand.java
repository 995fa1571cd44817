package dev.hearth.tools;

import dev.hearth.store.EntryInfo;
import dev.hearth.store.Hearth;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.Progress;
import dev.hearth.store.PutOptions;
import dev.hearth.store.VerifyReport;
import dev.hearth.tools.model.ModelTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the JVMs of the demo do, other than run commands of the tool. Results are {@code name=value} lines. */
@Command(hidden = true)
final class DemoChildCommand implements Callable<Integer> {
    private static final int STEP_BYTES = 1 << 20;

    private final RootCommand root;

    @Parameters(index = "0")
    private Act act = Act.READ;

    @Parameters(index = "1")
    private Path model = Path.of("");

    @Option(names = "--namespace", required = true)
    private NamespaceName namespace = NamespaceName.parse("-");

    /** Time in ns since 1970 just before this JVM was started. */
    @Option(names = "--since")
    private long sinceEpochNanos;

    /** The parameter to read first. */
    @Option(names = "--first")
    private String first = "";

    DemoChildCommand(RootCommand root) {
        this.root = root;
    }

    /** What one of them does. */
    enum Act {
        /** Reads every parameter from the store, then compares them with the model file. */
        READ,
        /** Reads every parameter from the model file. */
        PARSE,
        /** Imports one half of the model and then waits to be killed. */
        HALF,
        /** Looks at what is left. */
        CHECK
    }

    @Override
    public Integer call() throws IOException {
        switch (act) {
            case READ -> read();
            case PARSE -> parse();
            case HALF -> half();
            case CHECK -> check();
            default -> throw new IllegalStateException("act=" + act);
        }
        return ExitCode.DONE;
    }

    private void figure(String name, long value) {
        root.out().line(name + "=" + value);
    }

    /** A value to read: its length, and a way to copy a range of it. */
    private record Value(long bytes, Range range) {}

    /** Copies the bytes from an offset on into a target, filling it. */
    @FunctionalInterface
    private interface Range {
        void read(long offset, MemorySegment target) throws IOException;
    }

    private void read() throws IOException {
        try (Hearth hearth = root.attach()) {
            Namespace source = namespace.get(hearth);
            readAll(() -> stored(source, first), () -> storedNames(source).stream().map(name -> stored(source, name)));
            compare(source);
        }
    }

    private static List<String> storedNames(Namespace source) {
        try (Stream<EntryInfo> entries = source.entries()) {
            return entries.filter(DemoChildCommand::isParameter).map(EntryInfo::keyText).sorted().toList();
        }
    }

    /** Whether an entry came out of the model, and not from what its file says of itself. */
    private static boolean isParameter(EntryInfo entry) {
        return !TensorNames.isReserved(entry.key());
    }

    private static Value stored(Namespace source, String name) {
        MemorySegment key = Keys.parse(name);
        long bytes = source.find(key).map(EntryInfo::logicalBytes)
                .orElseThrow(() -> ToolFailure.negative("absent: key=" + name));
        return new Value(bytes, (offset, target) -> {
            long read = source.read(key, offset, target);
            if (read != target.byteSize()) {
                throw new IOException("key=" + name + " offset=" + offset + " read=" + read);
            }
        });
    }

    private void parse() throws IOException {
        try (ModelSet models = ModelSet.open(List.of(model))) {
            readAll(() -> value(models.tensors().getFirst()),
                    () -> models.tensors().stream().map(DemoChildCommand::value));
        }
    }

    private static Value value(ModelTensor tensor) {
        return new Value(tensor.byteSize(), tensor::read);
    }

    /** Gives the first value, or all of them. */
    @FunctionalInterface
    private interface Supply<T> {
        T get() throws IOException;
    }

    private void readAll(Supply<Value> firstValue, Supply<Stream<Value>> allValues) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(STEP_BYTES, STEP_BYTES);
            read(firstValue.get(), buffer, null);
            figure("firstNanos", DemoJvm.epochNanos() - sinceEpochNanos);
            List<Value> values = allValues.get().toList();
            long bytes = 0;
            for (Value value : values) {
                bytes += read(value, buffer, null);
            }
            figure("lastNanos", DemoJvm.epochNanos() - sinceEpochNanos);
            figure("parameters", values.size());
            figure("bytes", bytes);
        }
    }

    private static long read(Value value, MemorySegment buffer, @Nullable MessageDigest digest)
            throws IOException {
        for (long at = 0; at < value.bytes();) {
            MemorySegment target = buffer.asSlice(0, Math.min(buffer.byteSize(), value.bytes() - at));
            value.range().read(at, target);
            if (digest != null) {
                digest.update(target.asByteBuffer());
            }
            at += target.byteSize();
        }
        return value.bytes();
    }

    /** Compares the SHA-256 of every parameter in the store with that of the same parameter in the model file. */
    private void compare(Namespace source) throws IOException {
        long equal = 0;
        try (ModelSet models = ModelSet.open(List.of(model)); Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(STEP_BYTES, STEP_BYTES);
            for (ModelTensor tensor : models.tensors()) {
                String key = Keys.display(tensor.name().getBytes(StandardCharsets.UTF_8));
                byte[] inStore = sha256(stored(source, key), buffer);
                equal += Arrays.equals(inStore, sha256(value(tensor), buffer)) ? 1 : 0;
            }
            figure("inModel", models.tensors().size());
        }
        figure("equal", equal);
    }

    private static byte[] sha256(Value value, MemorySegment buffer) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            read(value, buffer, digest);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void half() throws IOException {
        try (ModelSet models = ModelSet.open(List.of(model)); Hearth hearth = root.attachWritable()) {
            Importer importer = new Importer(ImportPlan.exact(models), PutOptions.of(Kind.PARAMETER),
                    this::reportUntilHalf);
            importer.into(hearth, namespace.fingerprint());
            figure("committed", models.tensorBytes());
        }
    }

    /** Stops in the middle of a put inside a batch, and stays there until somebody ends this process. */
    private void reportUntilHalf(long doneBytes, long totalBytes) {
        figure(doneBytes < totalBytes / 2 ? "written" : "half", doneBytes);
        root.out().flush();
        if (doneBytes >= totalBytes / 2) {
            try {
                // Nobody writes there. The end of the stream means that the parent is gone.
                int ignored = root.io().in().read();
                throw ToolFailure.failed("not killed, but told to go on: " + ignored);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void check() {
        try (Hearth hearth = root.attachReadOnly()) {
            VerifyReport report = hearth.verify(Progress.NONE);
            figure("logRecords", report.logRecords());
            figure("entries", report.entries());
            figure("pages", report.pages());
            figure("bytes", report.bytes());
            figure("damaged", report.damage().size());
            figure("halfDefined", hearth.findNamespace(namespace.fingerprint()).isPresent() ? 1 : 0);
            figure("half", hearth.findNamespace(namespace.fingerprint()).map(DemoChildCommand::count).orElse(0L));
            Map<String, Long> names = countByName(hearth);
            figure("whole", names.values().stream().mapToLong(Long::longValue).sum());
        }
    }

    private static long count(Namespace half) {
        try (Stream<EntryInfo> entries = half.entries()) {
            return entries.filter(DemoChildCommand::isParameter).count();
        }
    }

    private static Map<String, Long> countByName(Hearth hearth) {
        try (Stream<EntryInfo> entries = hearth.entries()) {
            return entries.filter(DemoChildCommand::isParameter).map(EntryInfo::namespace)
                    .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        }
    }
}
