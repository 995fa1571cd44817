package dev.hearth.tools.convert;

import dev.hearth.codec.DType;
import dev.hearth.tools.model.TensorContents;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads the elements of a floating-point tensor from its start to its end, some at a time. One thread. */
final class ElementReader {
    /** The most elements of a step. */
    static final int MAX_STEP = 1 << 14;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final DType dtype;
    private final TensorContents contents;
    private final int elementBytes;
    private final MemorySegment bytes;
    private final int[] floatBits = new int[MAX_STEP];
    private final double[] values = new double[MAX_STEP];
    private long offsetBytes;

    ElementReader(DType dtype, TensorContents contents) {
        this.dtype = dtype;
        this.contents = contents;
        this.elementBytes = dtype.bits() / Byte.SIZE;
        this.bytes = MemorySegment.ofArray(new byte[MAX_STEP * elementBytes]);
    }

    /** Reads the next elements, at most {@link #MAX_STEP}. */
    void read(int count) throws IOException {
        contents.read(offsetBytes, bytes.asSlice(0, (long) count * elementBytes));
        offsetBytes += (long) count * elementBytes;
        switch (dtype) {
            case F64 -> doubles(count);
            case F32 -> floats(count);
            case F16 -> halves(count);
            case BF16 -> bfloats(count);
            default -> throw new IllegalArgumentException("dtype=" + dtype);
        }
    }

    private void doubles(int count) {
        for (int i = 0; i < count; i++) {
            long bits = bytes.get(LONG, (long) i * Long.BYTES);
            floatBits[i] = FloatBits.ofDouble(bits);
            values[i] = Double.longBitsToDouble(bits);
        }
    }

    private void floats(int count) {
        for (int i = 0; i < count; i++) {
            set(i, bytes.get(INT, (long) i * Integer.BYTES));
        }
    }

    private void halves(int count) {
        for (int i = 0; i < count; i++) {
            set(i, FloatBits.ofHalf(bytes.get(SHORT, (long) i * Short.BYTES)));
        }
    }

    private void bfloats(int count) {
        for (int i = 0; i < count; i++) {
            set(i, FloatBits.ofBfloat(bytes.get(SHORT, (long) i * Short.BYTES)));
        }
    }

    private void set(int i, int bits) {
        floatBits[i] = bits;
        values[i] = Float.intBitsToFloat(bits);
    }

    /** An element of the last step as a float's bits: exact, or rounded to odd if it was a double. */
    int floatBits(int i) {
        return floatBits[i];
    }

    /** An element of the last step, exact. */
    double value(int i) {
        return values[i];
    }
}
