package dev.hearth.tools;

import dev.hearth.tools.model.ModelTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code demo}: the main job on real input. In its first part, five JVMs handle a store one after the other; in its
 * second, which needs ONNX Runtime, JVMs share the model's parameters and its answers through one.
 *
 * <p>Every line that starts with {@code ok} is the outcome of a check; the command succeeds if all of them held.
 */
@Command(description = {"Show the main job on a real model, in several JVMs.",
        "One imports it and ends; another serves it; a third is killed in the middle of an import; a fourth looks at "
                + "what is left. Then others run the model on leased parameters and share a cache of its answers."})
final class DemoCommand implements Callable<Integer> {
    private static final String NAME = "minilm";
    private static final NamespaceName WHOLE = new NamespaceName(NAME, "first");
    private static final NamespaceName HALF = new NamespaceName(NAME, "second");
    private static final int LARGEST = 5;

    private final RootCommand root;
    private final DemoReport report;

    @Option(names = "--keep", paramLabel = "DIR", description = "Leave the store there for the other commands.")
    private @Nullable Path keep;

    @Option(names = "--model", paramLabel = "FILE", hidden = true)
    private @Nullable Path otherModel;

    DemoCommand(RootCommand root) {
        this.root = root;
        this.report = new DemoReport(root);
    }

    @Override
    public Integer call() throws IOException {
        long startNanos = System.nanoTime();
        Path model = otherModel == null ? DemoModel.locate() : otherModel;
        if (keep != null) {
            requireEmpty(keep);
        }
        try (TemporaryDirectory directory = TemporaryDirectory.create("hearth-demo-", root.io())) {
            run(model, keep == null ? directory.path().resolve("store") : keep);
            if (keep != null) {
                report.say("The store stays in " + keep + "; look at it with: hearth ls --store " + keep);
            }
            if (otherModel == null) {
                runModel(model, directory.path().resolve("inference"));
            }
        }
        long nanos = System.nanoTime() - startNanos;
        report.figures().put("nanos", nanos);
        report.title("The demo took " + Sizes.humanTime(nanos) + ".");
        report.end();
        return report.allHeld() ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private void runModel(Path model, Path folder) throws IOException {
        String missing = DemoModel.missingToRun();
        if (missing.isEmpty()) {
            new DemoInference(report, DemoInference.Scale.WHOLE).run(model, DemoModel.tokenizer(),
                    Files.createDirectory(folder));
        } else {
            report.title(
                    "Without ONNX Runtime the demo ends here: " + missing + " is missing; build again with network.");
        }
    }

    private static void requireEmpty(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                if (files.findAny().isEmpty()) {
                    return;
                }
            }
        }
        if (Files.exists(directory)) {
            throw ToolFailure.usage("--keep=" + directory + " must be a new or an empty directory");
        }
    }

    private void run(Path model, Path store) throws IOException {
        List<String> names = describe(model);
        importIt(model, store);
        serveIt(model, store, names);
        killIt(model, store);
        lookAtIt(model, store, names.size());
    }

    private List<String> describe(Path model) throws IOException {
        try (ModelSet models = ModelSet.open(List.of(model))) {
            report.say(String.format(Locale.ROOT, "%s: %d bytes, %d parameters with %d bytes, the largest of them:",
                    model.getFileName(), models.fileBytes(), models.tensors().size(), models.tensorBytes()));
            TextTable table = new TextTable(" ", "parameter", "dtype", "shape", ">bytes");
            models.tensors().stream().sorted(Comparator.comparingLong(ModelTensor::byteSize).reversed()).limit(LARGEST)
                    .forEach(tensor -> table.row(" ", tensor.name(), tensor.dtype(), new Shape(tensor.shape()),
                            tensor.byteSize()));
            report.table(table);
            report.figures().put("model", new Json().put("file", String.valueOf(model.getFileName()))
                    .put("fileBytes", models.fileBytes()).put("parameters", models.tensors().size())
                    .put("parameterBytes", models.tensorBytes()));
            return models.tensors().stream().map(ModelTensor::name).toList();
        }
    }

    private void importIt(Path model, Path store) throws IOException {
        report.title("1. A first JVM imports the model, all in one batch under one version, and ends.");
        long startNanos = System.nanoTime();
        try (DemoJvm jvm = DemoJvm.start(List.of("import", model.toString(), "--namespace", WHOLE.toString(),
                "--store", store.toString(), "--capacity", "1G"))) {
            jvm.lines().forEach(line -> report.say("   " + line));
            report.check(jvm.await() == ExitCode.DONE, "imported; JVM start to end "
                    + Sizes.humanTime(System.nanoTime() - startNanos));
        }
    }

    private void serveIt(Path model, Path store, List<String> names) throws IOException {
        report.title("2. A second JVM attaches and reads every parameter; another one parses the model file instead.");
        Map<String, Long> served = child("READ", model, store, "--first", names.getFirst());
        Map<String, Long> parsed = child("PARSE", model, store);
        TextTable table = new TextTable(" ", "from JVM start to", ">first parameter", ">last parameter");
        table.row(" ", "from the store", time(served, "firstNanos"), time(served, "lastNanos"));
        table.row(" ", "from the model file", time(parsed, "firstNanos"), time(parsed, "lastNanos"));
        report.table(table);
        report.figures().put("fromStore", times(served)).put("fromFile", times(parsed));
        report.check(figure(served, "parameters") == names.size() && figure(served, "bytes") == figure(parsed, "bytes"),
                figure(served, "parameters") + " of " + names.size() + " parameters served, " + figure(served, "bytes")
                        + " bytes");
        report.check(figure(served, "equal") == names.size(), figure(served, "equal") + " of " + names.size()
                + " have the SHA-256 they have in the model file");
    }

    private void killIt(Path model, Path store) throws IOException {
        report.title("3. A third JVM imports the model again, as another revision, and is killed in the middle.");
        try (DemoJvm jvm = DemoJvm.start(childArgs("HALF", model, store))) {
            String line = jvm.line();
            while (line.startsWith("written=")) {
                line = jvm.line();
            }
            boolean inTheMiddle = line.startsWith("half=") && jvm.isAlive();
            jvm.kill();
            int code = jvm.await();
            // It stood still in the middle of a put, so there is nothing that it can have said or done since.
            boolean stoodStill = jvm.lines().isEmpty();
            report.check(inTheMiddle && stoodStill && code == DemoJvm.KILLED, "SIGKILL after "
                    + line.substring(line.indexOf('=') + 1) + " bytes and before the commit; exit code " + code);
        }
    }

    private void lookAtIt(Path model, Path store, long parameters) throws IOException {
        report.title("4. A fourth JVM looks at what is left.");
        Map<String, Long> left = child("CHECK", model, store);
        report.check(figure(left, "damaged") == 0,
                "the store is sound: " + figure(left, "logRecords") + " log records, "
                        + figure(left, "entries") + " entries, " + figure(left, "pages") + " pages, "
                        + figure(left, "bytes")
                        + " bytes checked");
        report.check(figure(left, "half") == 0 && figure(left, "halfDefined") == 0, "the half revision is not there: "
                + figure(left, "half") + " of " + parameters + " parameters, " + figure(left, "halfDefined")
                + " namespaces");
        report.check(figure(left, "whole") == parameters,
                "the first revision is whole: " + figure(left, "whole") + " of "
                        + parameters + " parameters");
    }

    private Map<String, Long> child(String act, Path model, Path store, String... more) throws IOException {
        List<String> args = childArgs(act, model, store);
        args.addAll(List.of(more));
        args.add("--since=" + DemoJvm.epochNanos());
        try (DemoJvm jvm = DemoJvm.start(args)) {
            Map<String, Long> figures = jvm.figures();
            if (jvm.await() != ExitCode.DONE) {
                report.check(false, act.toLowerCase(Locale.ROOT) + " ended with exit code " + jvm.await());
            }
            return figures;
        }
    }

    private static List<String> childArgs(String act, Path model, Path store) {
        NamespaceName namespace = act.equals("READ") || act.equals("PARSE") ? WHOLE : HALF;
        return new ArrayList<>(List.of("demo-child", act, model.toString(), "--store", store.toString(), "--namespace",
                namespace.toString()));
    }

    /** A figure that a JVM reported; -1 if it did not, which equals no number of anything. */
    private static long figure(Map<String, Long> figures, String name) {
        return figures.getOrDefault(name, -1L);
    }

    private static Json times(Map<String, Long> figures) {
        return new Json().put("firstParameterNanos", figure(figures, "firstNanos")).put("lastParameterNanos",
                figure(figures, "lastNanos"));
    }

    private static String time(Map<String, Long> figures, String name) {
        return Sizes.humanTime(figure(figures, name));
    }
}
