package dev.hearth.perf.codec;

import dev.hearth.codec.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What codecs are measured on: weights of MiniLM in several types, keys, values and hidden states of a forward pass
 * over real text, and the two ends, zeros and random bytes.
 *
 * @param name as printed
 * @param dtype element type
 * @param bytes the values, one after the other
 */
record CodecData(String name, DType dtype, MemorySegment bytes) {
    private static final int SYNTHETIC_BYTES = 32 << 20;
    // Tensors below a page are biases and norms: not worth a page of their own in a measurement.
    private static final int LEAST_TENSOR_BYTES = 65_536;
    private static final int PASSES = 6;
    private static final int TOKENS = 256;

    private interface Convert {
        void put(MemorySegment target, long i, float value);
    }

    /** All of them, in the arena. */
    static List<CodecData> all(Arena arena) {
        OnnxTensors model = OnnxTensors.ofResource("all-minilm-l6-v2.onnx");
        byte[] tokenizer = OnnxTensors.resource("all-minilm-l6-v2-tokenizer.json");
        float[] weights = weights(model);
        ForwardPass pass = forward(model, tokenizer);
        float[] keysAndValues = join(pass.keysAndValues());
        float[] hidden = join(pass.hiddenStates());
        List<CodecData> all = new ArrayList<>();
        all.add(of(arena, "bf16 weights", DType.BF16, weights));
        all.add(of(arena, "bf16 K/V", DType.BF16, keysAndValues));
        all.add(of(arena, "bf16 hidden states", DType.BF16, hidden));
        all.add(of(arena, "fp32 weights", DType.F32, weights));
        all.add(of(arena, "fp32 hidden states", DType.F32, hidden));
        all.add(of(arena, "fp32 holding fp16", DType.F32, throughHalf(weights)));
        all.add(of(arena, "fp16 weights", DType.F16, weights));
        all.add(int8(arena));
        all.add(new CodecData("zeros", DType.F32, arena.allocate(SYNTHETIC_BYTES, 4096)));
        all.add(random(arena));
        all.add(text(arena, tokenizer));
        return all;
    }

    private static float[] weights(OnnxTensors model) {
        List<float[]> parts = new ArrayList<>();
        model.tensors().forEach((name, tensor) -> {
            if (tensor.type() == OnnxTensors.FLOAT && tensor.length() > LEAST_TENSOR_BYTES) {
                parts.add(model.floats(name));
            }
        });
        return join(parts);
    }

    private static ForwardPass forward(OnnxTensors model, byte[] tokenizer) {
        WordPieces pieces = new WordPieces(tokenizer);
        String licence = new String(OnnxTensors.resource("dev/hearth/perf/codec/text.txt"),
                java.nio.charset.StandardCharsets.UTF_8);
        ForwardPass pass = new ForwardPass(model);
        int step = licence.length() / PASSES;
        for (int i = 0; i < PASSES; i++) {
            pass.run(pieces.encode(licence.substring(i * step), TOKENS));
        }
        return pass;
    }

    private static CodecData of(Arena arena, String name, DType dtype, float[] values) {
        MemorySegment bytes = arena.allocate((long) values.length * dtype.bits() / 8, 4096);
        Convert convert = switch (dtype) {
            case BF16 -> (target, i, v) -> target.setAtIndex(ValueLayout.JAVA_SHORT, i, bf16(v));
            case F16 -> (target, i, v) -> target.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(v));
            default -> (target, i, v) -> target.setAtIndex(ValueLayout.JAVA_FLOAT, i, v);
        };
        for (int i = 0; i < values.length; i++) {
            convert.put(bytes, i, values[i]);
        }
        return new CodecData(name, dtype, bytes);
    }

    // Rounded to the nearest, ties to even.
    private static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    private static float[] throughHalf(float[] values) {
        float[] halves = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            halves[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        return halves;
    }

    private static CodecData int8(Arena arena) {
        OnnxTensors model = OnnxTensors.ofResource("all-minilm-l6-v2-q.onnx");
        long bytes = 0;
        List<OnnxTensors.Tensor> tensors = model.tensors().values().stream()
                .filter(t -> t.type() == OnnxTensors.UINT8 || t.type() == OnnxTensors.INT8)
                .filter(t -> t.length() > LEAST_TENSOR_BYTES)
                .toList();
        for (OnnxTensors.Tensor tensor : tensors) {
            bytes += tensor.length();
        }
        MemorySegment target = arena.allocate(bytes, 4096);
        long at = 0;
        for (OnnxTensors.Tensor tensor : tensors) {
            MemorySegment.copy(model.file(), tensor.offset(), target, ValueLayout.JAVA_BYTE, at, tensor.length());
            at += tensor.length();
        }
        return new CodecData("int8 weights", DType.I8, target);
    }

    private static CodecData random(Arena arena) {
        MemorySegment bytes = arena.allocate(SYNTHETIC_BYTES, 4096);
        SplittableRandom random = new SplittableRandom(1);
        for (long i = 0; i < SYNTHETIC_BYTES; i += 8) {
            bytes.set(ValueLayout.JAVA_LONG, i, random.nextLong());
        }
        return new CodecData("random bytes", DType.UNTYPED, bytes);
    }

    private static CodecData text(Arena arena, byte[] text) {
        MemorySegment bytes = arena.allocate(text.length, 4096);
        MemorySegment.copy(text, 0, bytes, ValueLayout.JAVA_BYTE, 0, text.length);
        return new CodecData("text (JSON)", DType.UNTYPED, bytes);
    }

    private static float[] join(List<float[]> parts) {
        int length = 0;
        for (float[] part : parts) {
            length += part.length;
        }
        float[] joined = new float[length];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }
}
