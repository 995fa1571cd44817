package dev.hearth.tools;

import dev.hearth.store.Hearth;
import dev.hearth.store.Namespace;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export}: the tensors of a namespace into a model file. Attaches read-only, so that it fills no frames. */
@Command(description = {"Write the tensors of a namespace into a model file.",
        "The file appears whole or not at all; its name says the format: .safetensors or .npz."})
final class ExportCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "FILE", description = "The file to write: *.safetensors or *.npz.")
    private Path file = Path.of("");

    @Option(names = "--namespace", paramLabel = "NS", required = true, description = "The namespace.")
    private NamespaceName namespace = NamespaceName.parse("-");

    @Option(names = "--filter", paramLabel = "GLOB", converter = NameFilter.Glob.Converter.class, description = {
            "Only tensors whose whole name matches, such as 'layers.0.*'; any of several."})
    private List<NameFilter.Glob> globs = List.of();

    @Option(names = "--force", description = "Replace the file if there is one.")
    private boolean force;

    ExportCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        ExportFormat format = ExportFormat.of(file);
        requireTarget();
        try (Hearth hearth = root.attachReadOnly()) {
            Namespace source = namespace.get(hearth);
            Exporter.Result result = export(source, format);
            if (result.droppedMetadata() > 0) {
                root.note("hearth: " + Words.of(format) + " has no metadata, left out: " + result.droppedMetadata()
                        + " entries");
            }
            print(source, format, result);
        }
        return ExitCode.DONE;
    }

    private Exporter.Result export(Namespace source, ExportFormat format) throws IOException {
        try (ProgressBar progress = root.progress("exporting")) {
            return new Exporter(source, new NameFilter(globs), progress).to(file, format, force);
        } catch (FileAlreadyExistsException e) {
            throw exists();
        }
    }

    /** Finds out before anything is read whether the file can be written. */
    private void requireTarget() {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw ToolFailure.usage("file=" + file + ": there is no folder " + folder);
        }
        if (Files.isDirectory(file)) {
            throw ToolFailure.usage("file=" + file + " is a directory");
        }
        if (!force && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw exists();
        }
    }

    private ToolFailure exists() {
        return ToolFailure.usage("file=" + file + " exists; --force replaces it");
    }

    private void print(Namespace source, ExportFormat format, Exporter.Result result) throws IOException {
        String display = source.info().fingerprint().display();
        if (root.isJson()) {
            List<Json> types = new ArrayList<>();
            result.totals().forEach((dtype, total) -> types.add(new Json().put("dtype", dtype.name())
                    .put("tensors", total.tensors()).put("logicalBytes", total.logicalBytes())));
            root.out().line(new Json().put("namespace", display).put("file", file.toString())
                    .put("fileFormat", Words.of(format)).put("fileBytes", Files.size(file))
                    .put("tensors", result.tensors()).put("logicalBytes", result.logicalBytes())
                    .put("metadata", result.metadata()).put("durationNanos", result.nanos())
                    .put("bytesPerSecond", Math.round(Sizes.rate(result.logicalBytes(), result.nanos())))
                    .put("dtypes", types).toString());
            return;
        }
        TextTable table = new TextTable("dtype", ">tensors", ">logicalBytes");
        result.totals().forEach((dtype, total) -> table.row(dtype, total.tensors(), total.logicalBytes()));
        table.row("all", result.tensors(), result.logicalBytes()).print(root.out());
        root.out().line("namespace " + TextTable.printable(display));
        root.out().line("file " + TextTable.printable(file.toString()) + ", " + Files.size(file) + " bytes, "
                + Sizes.humanRate(result.logicalBytes(), result.nanos()));
    }
}
