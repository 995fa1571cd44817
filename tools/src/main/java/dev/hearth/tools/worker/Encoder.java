package dev.hearth.tools.worker;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.hearth.codec.DType;
import dev.hearth.tools.inference.SessionKind;
import dev.hearth.tools.inference.WordPiece;
import dev.hearth.tools.inference.WorkerTask;
import dev.hearth.tools.model.ModelFile;
import dev.hearth.tools.model.ModelFiles;
import dev.hearth.tools.model.ModelTensor;
import dev.hearth.tools.model.OnnxSkeleton;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sentence encoder: tokenizer, ONNX Runtime session with one thread, mean of the token vectors, scaled to length 1.
 *
 * <p>Parameters that are given to the session are used where they lie, so the session ends before their tensors, and
 * these before the memory under them. One thread.
 */
final class Encoder implements AutoCloseable {
    /** Elements of an answer. */
    static final int DIMENSIONS = 384;

    private static final int MAX_TOKENS = 128;
    private static final String DISABLE_PREPACKING = "session.disable_prepacking";

    private final OrtEnvironment environment;
    private final WordPiece tokenizer;
    private final OrtSession session;
    private final List<OnnxTensor> parameters;

    private Encoder(OrtEnvironment environment, WordPiece tokenizer, OrtSession session,
            List<OnnxTensor> parameters) {
        this.environment = environment;
        this.tokenizer = tokenizer;
        this.session = session;
        this.parameters = parameters;
    }

    /** A session of the task's kind; {@code source} is where a session gets parameters from that it has to be given. */
    static Encoder open(WorkerTask task, @Nullable LeasedParameters source) throws IOException, OrtException {
        OrtEnvironment environment = environment();
        WordPiece tokenizer = new WordPiece(Files.readAllLines(task.vocabularyFile()));
        List<OnnxTensor> parameters = new ArrayList<>();
        try (OrtSession.SessionOptions options = options()) {
            if (!task.kind().repacks()) {
                options.addConfigEntry(DISABLE_PREPACKING, "1");
            }
            Path model = switch (task.kind()) {
                case DEFAULT, COPIES -> task.model();
                case PREPACKED -> task.prepackedModel();
                case LEASES -> {
                    Path skeleton = task.folder().resolve(OnnxSkeleton.MODEL_NAME);
                    parameters.addAll(give(skeleton, Objects.requireNonNull(source, "source"), environment, options));
                    yield skeleton;
                }
            };
            return new Encoder(environment, tokenizer, environment.createSession(model.toString(), options),
                    parameters);
        }
    }

    /** Lets the runtime repack the weights and write them to a file that {@link SessionKind#PREPACKED} maps. */
    static void prepack(WorkerTask task) throws OrtException {
        Path target = task.prepackedModel();
        try (OrtSession.SessionOptions options = options()) {
            options.setOptimizedModelFilePath(target.toString());
            options.addConfigEntry("session.save_external_prepacked_constant_initializers", "1");
            options.addConfigEntry("session.optimized_model_external_initializers_file_name",
                    target.getFileName() + ".weights");
            options.addConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
            environment().createSession(task.model().toString(), options).close();
        }
    }

    /** The runtime reports on its use to a server on the network unless this variable says otherwise. */
    private static OrtEnvironment environment() {
        if (!"1".equals(System.getenv(WorkerTask.NO_REPORTS))) {
            throw new IllegalStateException(WorkerTask.NO_REPORTS + " is not 1");
        }
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "hearth-demo");
    }

    private static OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        return options;
    }

    private static List<OnnxTensor> give(Path skeleton, LeasedParameters source, OrtEnvironment environment,
            OrtSession.SessionOptions options) throws IOException, OrtException {
        List<OnnxTensor> given = new ArrayList<>();
        try (ModelFile model = ModelFiles.open(skeleton)) {
            for (ModelTensor parameter : OnnxSkeleton.outside(model)) {
                if (parameter.dtype() != DType.F32) {
                    throw new IOException("parameter=" + parameter.name() + " dtype=" + parameter.dtype()
                            + ", expected F32");
                }
                OnnxTensor tensor = OnnxTensor.createTensor(environment,
                        source.bytes(parameter).asByteBuffer().order(ByteOrder.nativeOrder()),
                        parameter.shape().stream().mapToLong(Long::longValue).toArray(), OnnxJavaType.FLOAT);
                given.add(tensor);
                options.addInitializer(parameter.name(), tensor);
            }
        }
        return given;
    }

    /** The runtime's version. */
    String version() {
        return environment.getVersion();
    }

    /** The vector of a sentence, {@value #DIMENSIONS} elements. */
    float[] encode(String sentence) throws OrtException {
        long[] tokens = tokenizer.encode(sentence, MAX_TOKENS);
        long[] ones = new long[tokens.length];
        Arrays.fill(ones, 1);
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            for (String name : session.getInputNames()) {
                inputs.put(name, switch (name) {
                    case "input_ids" -> row(tokens);
                    case "attention_mask" -> row(ones);
                    case "token_type_ids" -> row(new long[tokens.length]);
                    default -> throw new IllegalStateException("input=" + name);
                });
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return pooled(((OnnxTensor) result.get(0)).getFloatBuffer(), tokens.length);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor row(long... values) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), new long[]{1, values.length});
    }

    private static float[] pooled(FloatBuffer vectors, int tokens) {
        if (vectors.remaining() != tokens * DIMENSIONS) {
            throw new IllegalStateException("elements=" + vectors.remaining() + " tokens=" + tokens);
        }
        float[] mean = new float[DIMENSIONS];
        for (int at = 0; at < tokens * DIMENSIONS; at++) {
            mean[at % DIMENSIONS] += vectors.get(at);
        }
        double squares = 0;
        for (float sum : mean) {
            squares += (double) sum * sum;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < DIMENSIONS; i++) {
            mean[i] = (float) (mean[i] / length);
        }
        return mean;
    }

    @Override
    public void close() throws OrtException {
        session.close();
        parameters.forEach(OnnxTensor::close);
    }
}
