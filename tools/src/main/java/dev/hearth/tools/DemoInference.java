package dev.hearth.tools;

import dev.hearth.codec.DType;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthOptions;
import dev.hearth.store.StoreStats;
import dev.hearth.tools.inference.SessionKind;
import dev.hearth.tools.inference.WorkerTask;
import dev.hearth.tools.model.ModelFile;
import dev.hearth.tools.model.ModelFiles;
import dev.hearth.tools.model.ModelTensor;
import dev.hearth.tools.model.OnnxSkeleton;
import dev.hearth.tools.model.WordPieceVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The second part of the demo: JVMs run the model on parameters that lie in a store, and keep answers there.
 *
 * <p>Nothing in it is known beforehand: times, memory and counts are measured in this run, and answers are compared
 * with answers that were computed in this run.
 */
final class DemoInference {
    private static final String NAME = "minilm";
    /** Parameters of at least this size are leased; below are a few shapes and indexes that loading needs. */
    private static final long LEASED_BYTES = 1_024;
    private static final long SEGMENT_BYTES = HearthOptions.MIN_SEGMENT_BYTES;

    private final DemoReport report;
    private final Scale scale;

    DemoInference(DemoReport report, Scale scale) {
        this.report = report;
        this.scale = scale;
    }

    /**
     * How much the demo does.
     *
     * @param processes          how many processes of each kind there are at most while memory is measured; even
     * @param sentences          distinct sentences that may be asked for
     * @param fewestRequests     the fewest requests of a process in one phase: as many as more than fill the room
     * @param mostRequests       the most of them
     * @param totalNanos         the time in ns that all may take about: on a slow machine there are fewer requests
     * @param rounds             how often each kind of session is timed, in turn with the others
     * @param roundRequests      requests in one of these rounds
     * @param activationSegments room for answers, in segments of the store, of which one is left free; with what
     *                           gathering parameters gains, less than all answers take
     */
    record Scale(int processes, int sentences, int fewestRequests, int mostRequests, long totalNanos, int rounds,
            int roundRequests, int activationSegments) {
        /** Fits into two minutes on two cores that others use as well. */
        static final Scale WHOLE = new Scale(4, 4_000, 300, 900, 80_000_000_000L, 5, 30, 3);
    }

    /** Runs both halves of this part with files in a folder, which the caller removes. */
    void run(Path model, Path tokenizer, Path folder) throws IOException {
        long startNanos = System.nanoTime();
        WorkerTask task = prepare(model, tokenizer, folder);
        long computeNanos = new DemoSessions(report, scale, task).run();
        long leftNanos = scale.totalNanos() - (System.nanoTime() - startNanos);
        new DemoServing(report, scale, task).run(computeNanos, leftNanos);
    }

    private WorkerTask prepare(Path model, Path tokenizer, Path folder) throws IOException {
        Path store = folder.resolve("store");
        String revision = ModelFiles.sha256(List.of(model));
        NamespaceName namespace = new NamespaceName(NAME, revision);
        WorkerTask task = new WorkerTask(SessionKind.DEFAULT, model, folder, store, NAME, revision,
                scale.sentences(), 0);
        OnnxSkeleton.write(model, folder,
                tensor -> tensor.dtype() == DType.F32 && tensor.byteSize() >= LEASED_BYTES);
        Files.write(task.vocabularyFile(), WordPieceVocabulary.read(tokenizer));
        // How many segments the parameters take is not known before.
        StoreStats whole = importInto(folder.resolve("tried"), namespace, model, tensorBytes(model) * 5 / 4);
        long segments = (long) whole.segments() - whole.freeSegments() + scale.activationSegments();
        StoreStats exact = importInto(store, namespace, model, segments * SEGMENT_BYTES);
        report.figures().put("activationBytes", exact.freeSegments() * exact.segmentBytes());
        try (DemoWorker worker = DemoWorker.start(task, SessionKind.COPIES)) {
            worker.ask("prepack");
            worker.end();
        }
        return task;
    }

    private static StoreStats importInto(Path store, NamespaceName namespace, Path model, long capacityBytes)
            throws IOException {
        try (DemoJvm jvm = DemoJvm.start(List.of("import", model.toString(), "--namespace", namespace.toString(),
                "--store", store.toString(), "--capacity", Long.toString(capacityBytes), "--segment-bytes",
                Long.toString(SEGMENT_BYTES)))) {
            jvm.lines();
            if (jvm.await() != ExitCode.DONE) {
                throw new IOException("the import for the second part ended with exit code " + jvm.await());
            }
        }
        try (Hearth hearth = Hearth.open(store, HearthOptions.defaults().access(HearthOptions.Access.READ_ONLY))) {
            return hearth.stats();
        }
    }

    private static long tensorBytes(Path model) throws IOException {
        try (ModelFile file = ModelFiles.open(model)) {
            return file.tensors().stream().mapToLong(ModelTensor::byteSize).sum();
        }
    }
}
