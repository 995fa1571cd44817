package dev.hearth.tools.inference;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an inference process is started to do; between processes a list of {@code name=value} arguments.
 *
 * @param kind            how it comes to its model
 * @param model           the model file
 * @param folder          where the skeleton and other files lie that processes of the demo share
 * @param store           the store
 * @param name            the namespace of the parameters
 * @param revision        and its revision, the SHA-256 of the model file
 * @param sentences       how many distinct sentences may be asked for
 * @param sinceEpochNanos when the process was started, in ns since 1970
 */
public record WorkerTask(SessionKind kind, Path model, Path folder, Path store, String name,
        String revision, int sentences, long sinceEpochNanos) {
    /** The environment variable that has to be 1 so that ONNX Runtime opens no connection. */
    public static final String NO_REPORTS = "ORT_DISABLE_TELEMETRY";

    private static final long SENTENCES_SEED = 20_250_917;
    private static final double ZIPF_EXPONENT = 1.0;

    /** The task that these arguments describe. */
    public static WorkerTask parse(String... arguments) {
        Map<String, String> values = new TreeMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            values.put(argument.substring(0, Math.max(0, equals)), argument.substring(equals + 1));
        }
        return new WorkerTask(SessionKind.valueOf(value(values, "kind")), Path.of(value(values, "model")),
                Path.of(value(values, "folder")), Path.of(value(values, "store")), value(values, "name"),
                value(values, "revision"),
                Integer.parseInt(value(values, "sentences")), Long.parseLong(value(values, "since")));
    }

    private static String value(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("missing argument=" + name + " in " + values.keySet());
        }
        return value;
    }

    /** The arguments that {@link #parse} takes. */
    public List<String> arguments() {
        return new ArrayList<>(List.of("kind=" + kind, "model=" + model, "folder=" + folder,
                "store=" + store, "name=" + name, "revision=" + revision, "sentences=" + sentences,
                "since=" + sinceEpochNanos));
    }

    /** This task for a process that comes to its model in some way and was started at some time. */
    public WorkerTask start(SessionKind newKind, long newSinceEpochNanos) {
        return new WorkerTask(newKind, model, folder, store, name, revision, sentences,
                newSinceEpochNanos);
    }

    /** The sentences that may be asked for; requests name them by their index. */
    public List<String> allSentences() {
        return Sentences.generate(SENTENCES_SEED, sentences);
    }

    /** The next requests of a stream, as indexes of sentences. */
    public int[] requests(long seed, int count) {
        return new ZipfStream(sentences, ZIPF_EXPONENT, seed).next(count);
    }

    /** The tokens of the model's tokenizer, a line each. */
    public Path vocabularyFile() {
        return folder.resolve("vocabulary.txt");
    }

    /** The model with weights that the runtime repacked and wrote itself. */
    public Path prepackedModel() {
        return folder.resolve("prepacked.onnx");
    }

    /** The answers that others are compared with: of sentence {@code i} in place {@code i}. */
    public Path referenceFile() {
        return folder.resolve("answers.f32");
    }
}
