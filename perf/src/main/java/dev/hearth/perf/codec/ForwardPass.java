package dev.hearth.perf.codec;

import java.util.ArrayList;
import java.util.List;

/** A forward pass of MiniLM over token ids in plain Java, for real keys, values and hidden states. */
final class ForwardPass {
    private static final int WIDTH = 384;
    private static final int INNER = 1536;
    private static final int HEADS = 12;
    private static final int LAYERS = 6;
    private static final int FIRST_MATMUL = 787;
    // From one layer's weights to the next layer's in the model's numbering, and from query to the others.
    private static final int LAYER_STEP = 13;
    private static final int KEY = 1;
    private static final int VALUE = 4;
    private static final int OUTPUT = 10;
    private static final int UP = 11;
    private static final int DOWN = 12;

    private final OnnxTensors model;
    private final List<float[]> keysAndValues = new ArrayList<>();
    private final List<float[]> hiddenStates = new ArrayList<>();

    ForwardPass(OnnxTensors model) {
        this.model = model;
    }

    /** Keys and values of every layer, a tensor each, of all passes run. */
    List<float[]> keysAndValues() {
        return keysAndValues;
    }

    /** What each layer hands on. */
    List<float[]> hiddenStates() {
        return hiddenStates;
    }

    void run(int[] tokens) {
        float[] x = embed(tokens);
        for (int layer = 0; layer < LAYERS; layer++) {
            x = layer(x, tokens.length, layer);
            hiddenStates.add(x);
        }
    }

    private float[] embed(int[] tokens) {
        float[] words = model.floats("embeddings.word_embeddings.weight");
        float[] positions = model.floats("embeddings.position_embeddings.weight");
        float[] types = model.floats("embeddings.token_type_embeddings.weight");
        float[] x = new float[tokens.length * WIDTH];
        for (int t = 0; t < tokens.length; t++) {
            for (int i = 0; i < WIDTH; i++) {
                x[t * WIDTH + i] = words[tokens[t] * WIDTH + i] + positions[t * WIDTH + i] + types[i];
            }
        }
        normalize(x, "embeddings.LayerNorm");
        return x;
    }

    private float[] layer(float[] x, int tokens, int layer) {
        String name = "encoder.layer." + layer;
        int first = FIRST_MATMUL + LAYER_STEP * layer;
        float[] query = dense(x, tokens, first, name + ".attention.self.query.bias", WIDTH);
        float[] key = dense(x, tokens, first + KEY, name + ".attention.self.key.bias", WIDTH);
        float[] value = dense(x, tokens, first + VALUE, name + ".attention.self.value.bias", WIDTH);
        keysAndValues.add(key);
        keysAndValues.add(value);
        float[] attended = dense(
                attend(query, key, value, tokens), tokens, first + OUTPUT, name + ".attention.output.dense.bias",
                WIDTH);
        add(attended, x);
        normalize(attended, name + ".attention.output.LayerNorm");
        float[] inner = dense(attended, tokens, first + UP, name + ".intermediate.dense.bias", INNER);
        for (int i = 0; i < inner.length; i++) {
            inner[i] = gelu(inner[i]);
        }
        float[] out = dense(inner, tokens, first + DOWN, name + ".output.dense.bias", WIDTH);
        add(out, attended);
        normalize(out, name + ".output.LayerNorm");
        return out;
    }

    private static float[] attend(float[] query, float[] key, float[] value, int tokens) {
        int size = WIDTH / HEADS;
        float[] out = new float[tokens * WIDTH];
        float[] weights = new float[tokens];
        for (int head = 0; head < HEADS; head++) {
            for (int t = 0; t < tokens; t++) {
                float sum = 0;
                for (int s = 0; s < tokens; s++) {
                    float dot = 0;
                    for (int i = head * size; i < (head + 1) * size; i++) {
                        dot += query[t * WIDTH + i] * key[s * WIDTH + i];
                    }
                    weights[s] = (float) Math.exp(dot / Math.sqrt(size));
                    sum += weights[s];
                }
                for (int s = 0; s < tokens; s++) {
                    for (int i = head * size; i < (head + 1) * size; i++) {
                        out[t * WIDTH + i] += weights[s] / sum * value[s * WIDTH + i];
                    }
                }
            }
        }
        return out;
    }

    private float[] dense(float[] x, int tokens, int matmul, String bias, int outWidth) {
        float[] weights = model.floats("onnx::MatMul_" + matmul);
        float[] biases = model.floats(bias);
        int inWidth = x.length / tokens;
        float[] out = new float[tokens * outWidth];
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(biases, 0, out, t * outWidth, outWidth);
            for (int i = 0; i < inWidth; i++) {
                float scale = x[t * inWidth + i];
                for (int o = 0; o < outWidth; o++) {
                    out[t * outWidth + o] += scale * weights[i * outWidth + o];
                }
            }
        }
        return out;
    }

    private void normalize(float[] x, String name) {
        float[] weight = model.floats(name + ".weight");
        float[] bias = model.floats(name + ".bias");
        for (int at = 0; at < x.length; at += WIDTH) {
            double mean = 0;
            double squares = 0;
            for (int i = 0; i < WIDTH; i++) {
                mean += x[at + i] / WIDTH;
                squares += (double) x[at + i] * x[at + i] / WIDTH;
            }
            double scale = 1 / Math.sqrt(squares - mean * mean + 1e-12);
            for (int i = 0; i < WIDTH; i++) {
                x[at + i] = (float) ((x[at + i] - mean) * scale) * weight[i] + bias[i];
            }
        }
    }

    private static void add(float[] x, float[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    // The usual approximation by the hyperbolic tangent.
    private static float gelu(float x) {
        return (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }
}
