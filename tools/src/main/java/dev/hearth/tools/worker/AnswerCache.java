package dev.hearth.tools.worker;

import dev.hearth.codec.DType;
import dev.hearth.store.Fingerprint;
import dev.hearth.store.Hearth;
import dev.hearth.store.HearthException;
import dev.hearth.store.Keys;
import dev.hearth.store.Kind;
import dev.hearth.store.Namespace;
import dev.hearth.store.TensorSpec;
import dev.hearth.tools.inference.WorkerTask;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The vectors of sentences in a store, shared by all processes that compute them in the same way. One thread. */
final class AnswerCache {
    private static final TensorSpec SPEC = TensorSpec.of(DType.F32, Encoder.DIMENSIONS);

    private final Namespace namespace;
    private long full;

    /** The answers of a runtime's version, with the weights and options of a task. */
    AnswerCache(Hearth hearth, WorkerTask task, String runtimeVersion) {
        this.namespace = hearth.namespace(new Fingerprint(task.name() + "-answers", task.revision(), Map.of("dtype",
                "F32", "pooling", "mean", "runtime", "onnxruntime-" + runtimeVersion, "repacked",
                Boolean.toString(task.kind().repacks()), "machine", System.getProperty("os.arch"))));
    }

    /** The vector of a sentence, or null if it is not there. */
    float @Nullable [] get(String sentence) {
        float[] vector = new float[Encoder.DIMENSIONS];
        MemorySegment target = MemorySegment.ofArray(vector);
        return namespace.read(Keys.utf8(sentence), 0, target) == target.byteSize() ? vector : null;
    }

    /** Keeps the vector of a sentence, if there is room. */
    void put(String sentence, float[] vector) {
        try {
            namespace.put(Keys.utf8(sentence), MemorySegment.ofArray(vector), SPEC, Kind.ACTIVATION);
        } catch (HearthException.Full _) {
            // A cache that is full has not failed.
            full++;
        }
    }

    /** How many vectors there was no room for. */
    long full() {
        return full;
    }
}
