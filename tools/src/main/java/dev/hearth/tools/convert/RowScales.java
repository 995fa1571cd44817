package dev.hearth.tools.convert;

import dev.hearth.codec.DType;
import dev.hearth.tools.model.TensorContents;
import dev.hearth.tools.model.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The scales of a tensor in eight bits: symmetric, without zero points, one for each row.
 *
 * <p>A row is what one index of the first dimension selects: an output channel of a linear or convolution layer as
 * PyTorch lays it out. Tensors with fewer than two dimensions, or with more than {@value #MAX_ROWS} rows, have one
 * scale. The scale of a row is its largest magnitude over 127 as a float, 1 for a row of zeros; an element is the whole
 * number nearest to its quotient, ties to even, from -127 to 127. The product with the scale undoes it: the scales have
 * the tensor's dimensions with all but the first of length 1, so that they multiply row by row as they are.
 */
public final class RowScales {
    /** The most rows that have scales of their own: scales are held in memory. */
    public static final int MAX_ROWS = 1 << 20;
    /** What comes behind the tensor's name in that of its scales. */
    public static final String SUFFIX = "_scale";
    private static final int MAX_MAGNITUDE = 127;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final float[] scales;
    private final long rowElements;

    private RowScales(float[] scales, long rowElements) {
        this.scales = scales;
        this.rowElements = rowElements;
    }

    /** Whether a tensor of this shape has a scale for each row, and not one for all of it. */
    public static boolean isByRow(List<Long> shape) {
        return shape.size() > 1 && shape.getFirst() <= MAX_ROWS;
    }

    /** The description of the scales of a tensor. */
    public static TensorInfo info(TensorInfo tensor) {
        List<Long> shape = new ArrayList<>(Collections.nCopies(tensor.shape().size(), 1L));
        if (isByRow(tensor.shape())) {
            shape.set(0, tensor.shape().getFirst());
        }
        return TensorInfo.of(tensor.name() + SUFFIX, DType.F32, shape);
    }

    /**
     * The scales of a tensor, which is read once; empty if it has a NaN or infinity, for which there are no integers.
     */
    public static Optional<RowScales> of(TensorInfo tensor, TensorContents contents) throws IOException {
        long elements = tensor.byteSize() / (tensor.dtype().bits() / Byte.SIZE);
        int rows = isByRow(tensor.shape()) ? Math.toIntExact(tensor.shape().getFirst()) : 1;
        RowScales result = new RowScales(new float[rows], rows == 0 ? 0 : elements / rows);
        ElementReader reader = new ElementReader(tensor.dtype(), contents);
        for (int row = 0; row < rows; row++) {
            double largest = 0;
            for (long done = 0; done < result.rowElements;) {
                int step = (int) Math.min(ElementReader.MAX_STEP, result.rowElements - done);
                reader.read(step);
                for (int i = 0; i < step; i++) {
                    // A NaN is larger than any: it stays.
                    largest = Math.max(largest, Math.abs(reader.value(i)));
                }
                done += step;
            }
            float scale = scale(largest);
            if (!Float.isFinite(scale)) {
                return Optional.empty();
            }
            result.scales[row] = scale;
        }
        return Optional.of(result);
    }

    private static float scale(double largest) {
        return largest == 0 ? 1 : Math.max((float) (largest / MAX_MAGNITUDE), Float.MIN_VALUE);
    }

    /** The scale of the element with this index. */
    double scale(long element) {
        return scales[(int) (element / rowElements)];
    }

    /** Elements in a row. */
    long rowElements() {
        return rowElements;
    }

    /** The number that stands for an element. */
    static byte quantise(double value, double scale) {
        return (byte) Math.clamp(Math.rint(value / scale), -MAX_MAGNITUDE, MAX_MAGNITUDE);
    }

    /** The scales as a tensor's bytes. */
    public MemorySegment bytes() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[scales.length * Float.BYTES]);
        for (int i = 0; i < scales.length; i++) {
            bytes.set(FLOAT, (long) i * Float.BYTES, scales[i]);
        }
        return bytes;
    }
}
